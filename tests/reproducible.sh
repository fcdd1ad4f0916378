#!/bin/sh
# The same source gives the same bytes: built in two folders with different names, at different
# times, both must equal what `./compile.sh` left in dist/.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
[ -f dist/supervisord ] || ./compile.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# dist/ may have been built from a clean checkout, which names its commit; the copies have no .git.
commit=$(./dist/supervisord --build-info | sed -n 's/.*"commit": *"\([^"]*\)".*/\1/p')
[ "$commit" != unknown ] || commit=

for name in first "another name, and longer"; do
  copy="$work/$name"
  mkdir "$copy"
  cp -R compile.sh LICENSE package.json package-lock.json deno.json cli packaging src "$copy/"
  # Not a link: nothing of a build may depend on where the packages really lie.
  mkdir "$copy/node_modules"
  for package in node_modules/*; do
    case $package in
      # Not for the build, and some 300 MB.
      */deno | */@deno | */@oven | */@types | */undici-types) ;;
      *) cp -R "$package" "$copy/node_modules/" ;;
    esac
  done
  (cd "$copy" && SUPERVISORD_COMMIT=$commit TZ=Asia/Tokyo LC_ALL=C ./compile.sh)
done

checksum() { sha256sum "$1/supervisord" | cut -d' ' -f1; }
built=$(checksum "$root/dist")
failed=0
for name in first "another name, and longer"; do
  again=$(checksum "$work/$name/dist")
  if [ "$again" = "$built" ]; then
    echo "same bytes: $again ($name)"
  else
    echo "different bytes: $again ($name), dist/ has $built"
    failed=1
  fi
done
for name in supervisorctl echo_supervisord_conf pidproxy; do
  if [ ! dist/supervisord -ef "dist/$name" ]; then
    echo "dist/$name is not the same file as dist/supervisord"
    failed=1
  fi
done
if grep -qF "$root/" dist/supervisord; then
  echo "dist/supervisord names the folder it was built in"
  failed=1
fi
exit "$failed"
