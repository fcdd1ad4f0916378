#!/bin/sh
# Makes everything of a release, in dist/release: `./compile.sh --release` calls it.
#
#   packaging/release.sh BUILT OUTDIR TARGET…     executables are in BUILT/TARGET
#
# The same commit gives the same bytes. RELEASE_URL is where the files will be found (for the
# Homebrew formula and the Nix expression). RELEASE_COMPRESSION=fast makes larger files within
# seconds, to try it out.
set -eu
built=$(realpath "$1") outdir=$2
shift 2
mkdir -p "$outdir"
outdir=$(realpath "$outdir")
cd "$(dirname "$0")/.."
. packaging/lib.sh
need tar xz gzip sha256sum

level=9 deb=
if [ "${RELEASE_COMPRESSION:-}" = fast ]; then level=0 deb=gzip; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
# Nothing of a former release among the files of this one.
rm -f "$outdir"/supervisord-* "$outdir"/supervisor_* "$outdir"/SHA256SUMS

# What an executable of the target needs of the system it is started on; tested by
# tests/packaging/targets.sh.
requirements() {
  case $1 in
    *-musl) echo 'Linux 5.1 or newer, musl 1.2.3 or newer, libstdc++ and libgcc (Alpine: apk add libstdc++)' ;;
    *linux*) echo 'Linux 5.1 or newer, glibc 2.17 or newer; no other library' ;;
    *darwin*) echo 'macOS 13 or newer' ;;
  esac
}

# compressed TARGET: standard input as it is shipped; bench/NOTES.md has what each choice saves. The
# filter for x86 is as old as xz. The one for arm64 is of xz 5.4: older systems could not unpack it.
compressed() {
  case $1 in
    *-x64*) xz --format=xz --x86 "--lzma2=preset=$level" -T1 -c ;;
    *) xz --format=xz "--lzma2=preset=$level" -T1 -c ;;
  esac
}

set_of=
for target in "$@"; do
  executable=$built/$target/supervisord
  [ -x "$executable" ] || die "$executable is missing; ./compile.sh --release builds it"
  platform=${target#bun-}
  full=supervisord-$version-$platform
  top=$work/$full
  mkdir -p "$top/bin"
  install -m 755 "$executable" "$top/bin/supervisord"
  for link in supervisorctl echo_supervisord_conf pidproxy; do
    ln "$top/bin/supervisord" "$top/bin/$link"
  done
  if [ ! -d "$work/share" ]; then
    stage "$executable" "$work/stage"
    cp -R "$work/stage/usr/share" "$work/share"
    rm -rf "$work/stage"
    from_program licenses >"$work/LICENSES.txt"
  fi
  cp -R "$work/share" "$top/share"
  cp LICENSE README.md CHANGELOG.md "$work/LICENSES.txt" "$top/"
  mkdir "$top/service"
  cp packaging/systemd/supervisor.service packaging/launchd/org.supervisord.plist "$top/service/"
  cp packaging/openrc/supervisord "$top/service/openrc"
  cp packaging/sysv/supervisor "$top/service/sysv"
  requirements "$target" >"$top/REQUIRES.txt"
  find "$top" -type d -exec chmod 755 {} +
  # Hard links stay hard links: the four names are one file in the archive, too.
  (cd "$work" && tar --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 \
    --numeric-owner -cf - "$full") | compressed "$target" >"$outdir/$full.tar.xz"
  rm -rf "$top"
  say "built $outdir/$full.tar.xz"
  set_of="$set_of $platform=$executable"
  case $target in
    bun-linux-x64) DEB_COMPRESSION="$deb" packaging/build_deb.sh "$executable" amd64 "$outdir" ;;
    bun-linux-arm64) DEB_COMPRESSION="$deb" packaging/build_deb.sh "$executable" arm64 "$outdir" ;;
  esac
done

# shellcheck disable=SC2086 # a list of pairs
"$BUN" run packaging/sbom.ts $set_of >"$outdir/supervisord-$version.cdx.json"
from_program licenses >"$outdir/supervisord-$version-licenses.txt"
cp packaging/verify.sh "$outdir/supervisord-$version-verify.sh"

url=${RELEASE_URL:-https://downloads.example.org/supervisord/$version}
for template in packaging/homebrew/supervisord.rb packaging/nix/default.nix; do
  sed -e '1s/Made by .*/Made for this release by packaging\/release.sh./' -e "s|@VERSION@|$version|g" \
    -e "s|@BASE@|$url|g" "$template" >"$work/filled"
  for archive in "$outdir"/supervisord-*.tar.xz; do
    platform=$(basename "$archive" .tar.xz)
    platform=${platform#"supervisord-$version-"}
    sum=$(sha256sum "$archive" | cut -d' ' -f1)
    sed -i "s|@SHA256_$platform@|$sum|g" "$work/filled"
  done
  cp "$work/filled" "$outdir/supervisord-$version.${template##*.}"
done

(cd "$outdir" && find . -maxdepth 1 -name 'supervisor[d_]*' -printf '%f\n' | sort | xargs sha256sum) \
  >"$work/sums"
mv "$work/sums" "$outdir/SHA256SUMS"
say "release $version is in $outdir"
