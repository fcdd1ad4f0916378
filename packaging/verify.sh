#!/bin/sh
# Verifies the files of a release: sh supervisord-VERSION-verify.sh [DIRECTORY]
# (default: where this script lies). Needs tar, xz and sha256sum, and no network.
set -eu
cd "${1:-$(dirname "$0")}"

die() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

sha256sum --check --quiet SHA256SUMS || die "checksums"
unlisted=$(ls | grep '^supervisor' | while read -r file; do
  cut -c67- SHA256SUMS | grep -qxF "$file" || printf '%s ' "$file"
done)
[ -z "$unlisted" ] || die "not in SHA256SUMS: $unlisted"

bill=$(ls supervisord-*.cdx.json)
version=${bill#supervisord-}
version=${version%.cdx.json}
grep -q "\"version\": \"$version\"" "$bill" || die "$bill is of another version"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
case $(uname -s)-$(uname -m) in
  Linux-x86_64) here=linux-x64 ;;
  Linux-aarch64) here=linux-arm64 ;;
  Darwin-x86_64) here=darwin-x64 ;;
  Darwin-arm64) here=darwin-arm64 ;;
  *) here= ;;
esac

for archive in supervisord-"$version"-*.tar.xz; do
  platform=${archive#supervisord-"$version"-}
  platform=${platform%.tar.xz}
  xz -dc "$archive" | tar -xf - -C "$work"
  bin=$work/supervisord-$version-$platform/bin
  [ "$(cd "$bin" && ls)" = "$(printf '%s\n' echo_supervisord_conf pidproxy supervisorctl supervisord)" ] ||
    die "$archive: $(ls "$bin")"
  [ "$(ls -i "$bin" | sed 's/^ *//' | cut -d' ' -f1 | sort -u | wc -l)" -eq 1 ] ||
    die "$archive: the four names are not one file"
  grep -q "$(sha256sum "$bin/supervisord" | cut -d' ' -f1)" "$bill" ||
    die "$archive: the executable is not the one in $bill"
  if [ "$platform" = "$here" ]; then
    "$bin/supervisord" --build-info | grep -q "\"version\": \"$version\"" ||
      die "$archive: the executable says it is $("$bin/supervisord" --build-info)"
    "$bin/supervisord" print licenses | cmp -s - "supervisord-$version-licenses.txt" ||
      die "$archive: other licences than the release says"
  fi
  rm -rf "$work"/*
  printf 'ok  %s\n' "$archive"
done
printf 'release %s is complete and unchanged\n' "$version"
