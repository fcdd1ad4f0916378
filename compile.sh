#!/bin/sh
# Builds the executables. Needs Node.js with npm, or Bun; everything else it fetches itself, in
# the versions package.json pins.
set -eu

usage() {
  cat <<'USAGE'
Usage: ./compile.sh [--target=TARGET | --all] [--runtime=bun|deno] [--outdir=DIR] [--deb] [--rpm]
                    [--npm] [--release]

Without options: dist/supervisord for this machine, with the hard links supervisorctl,
echo_supervisord_conf and pidproxy beside it.

  --target=TARGET  build for another machine, into dist/TARGET/:
                     bun-linux-x64  bun-linux-arm64  bun-linux-x64-musl  bun-linux-arm64-musl
                     bun-darwin-x64  bun-darwin-arm64
  --all            every target of that list
  --runtime=deno   build with `deno compile`, into dist/deno/ (downloads Deno's base executable,
                   or takes the file that DENORT_BIN names)
  --outdir=DIR     where the executables go instead of dist/
  --deb            a Debian package of each target that has one (of this machine's without
                   --target), beside the executables' directories
  --rpm, --npm     the same for RPM, and for npm and npx
  --release        everything of a release, in dist/release: every target's executable in a tarball,
                   packages, checksums, a bill of materials, and a script that verifies them
  --toolchain      only fetch Bun and the dependencies

SUPERVISORD_COMMIT names the commit shown by `supervisord --build-info`; without it a clean git
checkout names its own. The same source, commit and target give the same bytes, wherever they are.
USAGE
}

say() { printf 'compile.sh: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

all_targets='bun-linux-x64 bun-linux-arm64 bun-linux-x64-musl bun-linux-arm64-musl bun-darwin-x64 bun-darwin-arm64'
targets= runtime=bun outdir= toolchain_only=no deb=no rpm=no npm=no release=no

while [ $# -gt 0 ]; do
  option=$1 value=
  shift
  case $option in
    --*=*)
      value=${option#*=} option=${option%%=*}
      [ -n "$value" ] || die "$option needs a value"
      ;;
    --target | --runtime | --outdir)
      [ $# -gt 0 ] || die "$option needs a value"
      value=$1
      shift
      ;;
  esac
  case $option in
    --target) targets="$targets $value" ;;
    --all) targets=$all_targets ;;
    --runtime) runtime=$value ;;
    --outdir) outdir=$value ;;
    --deb) deb=yes ;;
    --rpm) rpm=yes ;;
    --npm) npm=yes ;;
    --release) release=yes ;;
    --toolchain) toolchain_only=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      die "unknown option $option"
      ;;
  esac
done

case $runtime in bun | deno) ;; *) die "--runtime is bun or deno, not \"$runtime\"" ;; esac
for target in $targets; do
  case " $all_targets " in
    *" $target "*) ;;
    *) die "unknown target \"$target\"; one of: $all_targets" ;;
  esac
done
# Relative to where the caller stands, so before the change of directory.
case $outdir in '' | /*) ;; *) outdir=$PWD/$outdir ;; esac

cd "$(dirname "$0")"
root=$PWD
[ -n "$outdir" ] || outdir=$root/dist

# The version package.json pins for a package of the toolchain.
pinned() { sed -n "s/^ *\"$1\": *\"\([0-9][^\"]*\)\".*/\1/p" package.json; }

# The first of the given executables that runs and has the pinned version.
first_of_version() {
  wanted=$1
  shift
  for candidate in "$@"; do
    if [ "$("$candidate" --version 2>/dev/null | sed -n '1s/^deno \([^ ]*\).*/\1/; 1p')" = "$wanted" ]; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  return 1
}

# The executable itself, not its link in .bin: where install scripts are switched off that one is
# only a placeholder.
find_bun() {
  first_of_version "$(pinned bun)" "$root"/node_modules/bun/bin/bun.exe \
    "$root"/node_modules/@oven/bun-*/bin/bun "$(command -v bun || echo /nonexistent)"
}
find_deno() {
  first_of_version "$(pinned deno)" "$root"/node_modules/deno/deno \
    "$root"/node_modules/@deno/*/deno "$root"/node_modules/.bin/deno \
    "$(command -v deno || echo /nonexistent)"
}

# What the build needs is here in the pinned versions (the rest of package.json is for the tests).
have_toolchain() {
  sed -n '/^ *"dependencies"/,/}/s/^ *"\([^"]*\)": *"\([0-9][^"]*\)".*/\1 \2/p' package.json |
    while read -r name version; do
      # The first of them: a script of a package may be called "version", too.
      installed=$(sed -n '/^ *"version": *"/{s/^ *"version": *"\([^"]*\)".*/\1/p;q;}' \
        "node_modules/$name/package.json" 2>/dev/null)
      [ "$installed" = "$version" ] || exit 1
    done &&
    find_bun >/dev/null
}

fetch_toolchain() {
  if have_toolchain; then return 0; fi
  if command -v npm >/dev/null 2>&1; then
    say "fetching the toolchain with npm"
    # Not every platform's optional packages are in the lock file; where npm ci stumbles over a
    # missing one, npm install adds it and keeps to the lock for the rest.
    npm ci --no-audit --no-fund >&2 || npm install --no-save --no-audit --no-fund >&2 ||
      die "npm could not fetch the packages of package.json"
  elif command -v bun >/dev/null 2>&1; then
    say "fetching the toolchain with bun"
    bun install --frozen-lockfile >&2 || die "bun could not fetch the packages of package.json"
  else
    die "needs Node.js with npm (https://nodejs.org), or Bun (https://bun.com), to fetch the rest"
  fi
}

fetch_toolchain
[ "$toolchain_only" = no ] || exit 0

commit=${SUPERVISORD_COMMIT:-}
if [ -z "$commit" ] && [ -e .git ] && [ -z "$(git status --porcelain 2>/dev/null || echo unknown)" ]; then
  commit=$(git rev-parse HEAD)
fi
case $commit in *[!0-9A-Za-z._-]*) die "SUPERVISORD_COMMIT \"$commit\" is not a commit name" ;; esac

# link DIR: the other names of the executable in DIR. One file on disk; moving or copying one
# name alone works as well.
link_names() {
  for name in supervisorctl echo_supervisord_conf pidproxy; do
    ln -f "$1/supervisord" "$1/$name"
  done
}

# build_bun TARGET DIR (TARGET "" is this machine)
build_bun() {
  mkdir -p "$2"
  # Built beside its place and renamed into it: a running daemon keeps its text, and a build
  # that fails leaves the previous executable.
  rm -f "$2/.supervisord.new"
  # What is imported when needed is a piece of its own (--splitting), so that supervisorctl loads
  # nothing of the daemon: half its time. No .env and no bunfig.toml: the program must not be
  # changed by files of the directory it happens to be started in. Source maps would be 2 MB for
  # nobody.
  "$bun" build --compile ${1:+"--target=$1"} --format=esm --splitting --minify --bytecode \
    --sourcemap=none --no-compile-autoload-dotenv --no-compile-autoload-bunfig \
    --define "SUPERVISORD_BUILD_COMMIT=\"$commit\"" \
    --define "SUPERVISORD_BUILD_TARGET=\"${1:-native}\"" \
    --outfile "$2/.supervisord.new" ./cli/main.ts >&2 ||
    die "the build${1:+ for $1} failed"
  "$bun" packaging/quiet_start/patch.ts "$2/.supervisord.new" >&2
  mv -f "$2/.supervisord.new" "$2/supervisord"
  link_names "$2"
  say "built $2/supervisord"
}

build_deno() {
  [ -z "$targets" ] || die "--target and --all are for the bun runtime"
  deno=$(find_deno) || die "Deno $(pinned deno) is not installed: \`npm ci\` fetches it"
  mkdir -p "$outdir/deno"
  if ! "$deno" compile --allow-all --no-check --output "$outdir/deno/.supervisord.new" ./cli/main.ts >&2; then
    rm -f "$outdir/deno/.supervisord.new"
    cat >&2 <<EXPLAIN
compile.sh: \`deno compile\` could not build the executable.
  It puts the program behind a base executable, "denort", which is not part of the deno package:
  it is downloaded from dl.deno.land when first needed, and no package registry has it.
  Either run this where that host can be reached, or download
  denort-$(uname -m)-*.zip of Deno $(pinned deno) elsewhere and name the unpacked file:
      DENORT_BIN=/path/to/denort ./compile.sh --runtime=deno
  Without it the program runs on Deno from source: deno run -A cli/main.ts
EXPLAIN
    exit 1
  fi
  mv -f "$outdir/deno/.supervisord.new" "$outdir/deno/supervisord"
  link_names "$outdir/deno"
  say "built $outdir/deno/supervisord"
}

if [ "$runtime" = deno ]; then
  build_deno
  exit 0
fi

bun=$(find_bun) || die "Bun $(pinned bun) is not installed, although the toolchain was fetched"
# package TARGET DIR: the packages that were asked for, of what was built there.
package() {
  case ${1:-$(uname -s)-$(uname -m)} in
    bun-linux-x64 | Linux-x86_64) set -- "$2/supervisord" amd64 x86_64 linux x64 ;;
    bun-linux-arm64 | Linux-aarch64) set -- "$2/supervisord" arm64 aarch64 linux arm64 ;;
    bun-darwin-x64 | Darwin-x86_64) set -- "$2/supervisord" '' '' darwin x64 ;;
    bun-darwin-arm64 | Darwin-arm64) set -- "$2/supervisord" '' '' darwin arm64 ;;
    *) return 0 ;;
  esac
  if [ "$deb" = yes ] && [ -n "$2" ]; then packaging/build_deb.sh "$1" "$2" "$outdir"; fi
  if [ "$rpm" = yes ] && [ -n "$3" ]; then packaging/build_rpm.sh "$1" "$3" "$outdir"; fi
  if [ "$npm" = yes ]; then
    # The file has no platform in its name: each has a directory of its own.
    mkdir -p "$outdir/npm-$4-$5"
    packaging/build_npm.sh "$1" "$4" "$5" "$outdir/npm-$4-$5"
  fi
}

if [ "$release" = yes ] && [ -z "$targets" ]; then targets=$all_targets; fi
if [ -z "$targets" ]; then
  build_bun "" "$outdir"
  package "" "$outdir"
else
  for target in $targets; do
    build_bun "$target" "$outdir/$target"
    package "$target" "$outdir/$target"
  done
fi
if [ "$release" = yes ]; then
  # shellcheck disable=SC2086 # a list of names
  BUN=$bun packaging/release.sh "$outdir" "$outdir/release" $targets
fi
