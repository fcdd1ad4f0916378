#!/bin/sh
# The one test command: installs what the tests need, then runs all of them.
#
#   sh tests/run.sh          everything (some 20 minutes on 2 cores; as root on Debian)
#   sh tests/run.sh --fast   format, lint, types and unit tests: for the loop
#   sh tests/run.sh STEP…    only the named steps; --list names them
#
# A tool that is missing and cannot be installed is a failure, never a reason to leave a test out.
set -eu
cd "$(dirname "$0")/.."
root=$PWD

say() { printf '== %s\n' "$*"; }
die() {
  printf 'tests/run.sh: %s\n0 passed, 1 failed\n' "$*"
  exit 1
}

fast=no
for argument in "$@"; do
  case $argument in --fast | --list) fast=yes ;; esac
done

# Debian's package for each tool the tests use. superlance is in no Debian release.
tools='supervisord:supervisor nginx:nginx-light redis-server:redis-server memcached:memcached
php-fpm8.2:php8.2-fpm /usr/lib/postgresql/15/bin/initdb:postgresql-15 psql:postgresql-client-15
/usr/bin/python3:python3-minimal tmux:tmux setpriv:util-linux unshare:util-linux script:bsdutils
ps:procps setsid:util-linux curl:curl chromium:chromium zsh:zsh fish:fish
groff:groff mandoc:mandoc debootstrap:debootstrap lintian:lintian
gcc:gcc aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu qemu-aarch64-static:qemu-user-static
readelf:binutils as:binutils objcopy:binutils
aarch64-linux-gnu-as:binutils-aarch64-linux-gnu xz:xz-utils systemd-analyze:systemd ruby:ruby nix-instantiate:nix-bin
logrotate:logrotate rpmbuild:rpm'

missing_packages() {
  for tool in $tools; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" >/dev/null 2>&1 || printf '%s\n' "${tool#*:}"
  done | sort -u
}

# Packages of services start them when they are installed. The guard tells invoke-rc.d not to; it
# is ours for this one step, and one that was there before stays.
install_packages() {
  guard=/usr/sbin/policy-rc.d ours=no
  if [ ! -e "$guard" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$guard"
    chmod 755 "$guard"
    ours=yes
    trap 'rm -f "$guard"' EXIT INT TERM
  fi
  status=0
  { apt-get -qq update &&
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@"; } \
    </dev/null >"${TMPDIR:-/tmp}/supervisord-test-apt.log" 2>&1 || status=$?
  if [ "$ours" = yes ]; then
    rm -f "$guard"
    trap - EXIT INT TERM
  fi
  [ "$status" -eq 0 ] || tail -n 20 "${TMPDIR:-/tmp}/supervisord-test-apt.log"
  return "$status"
}

if [ "$fast" = no ]; then
  missing=$(missing_packages)
  if [ -n "$missing" ]; then
    packages=$(echo $missing)
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 ||
      die "these packages are missing: $packages; as root on Debian this script installs them"
    say "installing $packages"
    # shellcheck disable=SC2086 # a list of names
    install_packages $packages || die "could not install $packages"
    missing=$(missing_packages)
    [ -z "$missing" ] || die "still missing after the installation: $(echo $missing)"
  fi
fi

# The exact packages of the lock file; npm ci is skipped when they are what is installed.
if ! cmp -s package-lock.json node_modules/.tested-lock || [ ! -x node_modules/.bin/deno ]; then
  command -v npm >/dev/null 2>&1 || die "npm is missing (https://nodejs.org)"
  say "npm ci"
  npm ci --no-audit --no-fund >"${TMPDIR:-/tmp}/supervisord-test-npm.log" 2>&1 ||
    { cat "${TMPDIR:-/tmp}/supervisord-test-npm.log"; die "npm ci failed"; }
  cp package-lock.json node_modules/.tested-lock
fi

PATH=$root/node_modules/.bin:$PATH:/usr/sbin:/sbin
export PATH
# The packages in node_modules are all there is to fetch; and colours are for people.
export DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
# The reference lives in Debian's own Python, which need not be the first on PATH.
: "${REFERENCE_PYTHON:=/usr/bin/python3}"
export REFERENCE_PYTHON
exec bun run tests/run.ts "$@"
