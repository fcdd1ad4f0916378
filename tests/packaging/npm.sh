#!/bin/sh
# What npx runs from the packed package, without a network.
set -eu
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' package.json)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
packaging/build_npm.sh dist/supervisord linux x64 "$work"
# A cache of its own: nothing of an earlier installation may answer.
export npm_config_cache="$work/cache" npm_config_offline=true npm_config_update_notifier=false
cd "$work"
npx --yes --package "$work/supervisord-$version.tgz" supervisord --build-info |
  grep "\"version\": \"$version\""
npx --yes --package "$work/supervisord-$version.tgz" supervisorctl --help | grep '^supervisorctl --'
npx --yes --package "$work/supervisord-$version.tgz" echo_supervisord_conf | grep -x '\[supervisord\]'
