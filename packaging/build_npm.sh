#!/bin/sh
# Makes supervisord-VERSION.tgz for npm, of an executable that compile.sh has built:
#
#   packaging/build_npm.sh EXECUTABLE linux|darwin x64|arm64 OUTDIR
#
#   npx --package ./supervisord-VERSION.tgz supervisord --demo
set -eu
executable=$(realpath "$1") os=$2 cpu=$3 outdir=$(realpath "$4")
cd "$(dirname "$0")/.."
. packaging/lib.sh
need npm

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
mkdir "$work/bin"
install -m 755 "$executable" "$work/bin/supervisord"
cp LICENSE README.md CHANGELOG.md "$work/"
from_program licenses >"$work/LICENSES.txt"
# npm links all four names to the one file, and the name it is started by decides what it is.
cat >"$work/package.json" <<MANIFEST
{
  "name": "supervisord",
  "version": "$version",
  "description": "Supervisor (supervisord, supervisorctl) as one standalone executable",
  "license": "MIT",
  "homepage": "https://supervisord.org",
  "os": ["$os"],
  "cpu": ["$cpu"],
  "bin": {
    "supervisord": "bin/supervisord",
    "supervisorctl": "bin/supervisord",
    "echo_supervisord_conf": "bin/supervisord",
    "pidproxy": "bin/supervisord"
  },
  "files": ["bin", "LICENSES.txt", "CHANGELOG.md"]
}
MANIFEST
npm pack --silent --pack-destination "$outdir" "$work" >&2
say "built $outdir/supervisord-$version.tgz"
