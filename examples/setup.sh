#!/bin/sh
# Prepares state/ for the configuration beside it: directories with their owners, the files that
# nginx and php-fpm cannot parametrise themselves, and an empty database. Run it once, as root.
#
#   sh setup.sh [HTTP_PORT]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
state=$here/state
port=${1:-8080}
initdb=${INITDB:-/usr/lib/postgresql/15/bin/initdb}

# Every program's user must be able to walk down to its own directory.
mkdir -p "$state/log" "$state/nginx" "$state/php-fpm"
chmod 755 "$here" "$state" "$state/log"
install -d -o postgres -g postgres -m 700 "$state/postgresql"
install -d -o redis -g redis -m 750 "$state/redis"
install -d -o memcache -g memcache -m 755 "$state/memcached"

for program in nginx php-fpm; do
  sed -e "s|@STATE@|$state|g" -e "s|@HERE@|$here|g" -e "s|@PORT@|$port|g" \
    "$here/templates/$program.conf" >"$state/$program/$program.conf"
done

if [ ! -e "$state/postgresql/data/PG_VERSION" ]; then
  # From a directory that the user postgres may enter, or initdb complains.
  cd /
  setpriv --reuid postgres --regid postgres --init-groups \
    "$initdb" --auth=trust --no-sync --pgdata="$state/postgresql/data" >"$state/log/initdb.log"
fi
