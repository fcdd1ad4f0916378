# Made by packaging/release.sh: the version and the checksums are those of dist/release.
{ lib, stdenv, fetchurl, autoPatchelfHook, installShellFiles }:

let
  version = "@VERSION@";
  sources = {
    x86_64-linux = { name = "linux-x64"; sha256 = "@SHA256_linux-x64@"; };
    aarch64-linux = { name = "linux-arm64"; sha256 = "@SHA256_linux-arm64@"; };
    x86_64-darwin = { name = "darwin-x64"; sha256 = "@SHA256_darwin-x64@"; };
    aarch64-darwin = { name = "darwin-arm64"; sha256 = "@SHA256_darwin-arm64@"; };
  };
  source = sources.${stdenv.hostPlatform.system};
in
stdenv.mkDerivation {
  pname = "supervisord";
  inherit version;

  src = fetchurl {
    url = "@BASE@/supervisord-${version}-${source.name}.tar.xz";
    inherit (source) sha256;
  };

  nativeBuildInputs = [ installShellFiles ] ++ lib.optional stdenv.isLinux autoPatchelfHook;

  # The program is appended to the engine: strip would cut it off.
  dontStrip = true;
  dontBuild = true;

  installPhase = ''
    runHook preInstall
    install -D -m 755 bin/supervisord $out/bin/supervisord
    for name in supervisorctl echo_supervisord_conf pidproxy; do
      ln $out/bin/supervisord $out/bin/$name
    done
    installManPage share/man/man*/*
    runHook postInstall
  '';

  meta = {
    description = "Supervisor 4 (supervisord, supervisorctl) as one executable";
    homepage = "https://supervisord.org";
    license = lib.licenses.mit;
    mainProgram = "supervisord";
    platforms = builtins.attrNames sources;
  };
}
