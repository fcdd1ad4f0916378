#!/bin/sh
# A release of one target, made twice: the same bytes, complete by its own verification script, and
# one that somebody has touched is refused. With --all: every target, compressed as it is shipped.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

if [ "${1:-}" = --all ]; then
  ./compile.sh --release --outdir="$work/built"
  sh "$work"/built/release/supervisord-*-verify.sh
  exit
fi

# dist/ is built already, and a target for this machine differs from it by its name alone.
export RELEASE_COMPRESSION=fast
mkdir -p "$work/built/bun-linux-x64"
cp dist/supervisord "$work/built/bun-linux-x64/supervisord"
packaging/release.sh "$work/built" "$work/first" bun-linux-x64
TZ=Asia/Tokyo \
  packaging/release.sh "$work/built" "$work/second" bun-linux-x64
diff -r "$work/first" "$work/second"

sh "$work"/first/supervisord-*-verify.sh
mkdir "$work/elsewhere"
tar -xJf "$work"/first/supervisord-*-linux-x64.tar.xz -C "$work/elsewhere"
links=$(stat -c %h "$work"/elsewhere/*/bin/supervisorctl)
[ "$links" -eq 4 ] || {
  echo "the four names are not one file: $links"
  exit 1
}
for page in "$work"/elsewhere/*/share/man/man*/*.gz; do gzip -t "$page"; done

printf x >>"$work"/second/supervisord-*-licenses.txt
if sh "$work"/second/supervisord-*-verify.sh >/dev/null 2>&1; then
  echo "a file that was changed passed the verification"
  exit 1
fi
rm "$work"/first/supervisord-*-licenses.txt
if sh "$work"/first/supervisord-*-verify.sh >/dev/null 2>&1; then
  echo "a release that lacks a file passed the verification"
  exit 1
fi
