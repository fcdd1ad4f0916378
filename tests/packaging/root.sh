# Debian roots for the tests of packages; sourced. Made once, copied for each test.
# shellcheck shell=sh

roots=${SUPERVISORD_TEST_ROOTS:-${XDG_CACHE_HOME:-$HOME/.cache}/supervisord-test-roots}

# In namespaces of its own, so that mounts and processes end with it, whatever happens; and without
# the right to mount, to halt or to set the clock: what runs inside is somebody else's init.
# in_root ROOT COMMAND…; with in_root_by=exec it takes the place of the shell that calls it.
in_root() {
  # shellcheck disable=SC2016 # for the inner shell
  ${in_root_by:-} unshare --pid --fork --kill-child --mount --uts sh -c '
    set -e
    hostname test
    mount -t proc proc "$1/proc"
    mount -t tmpfs tmpfs "$1/run"
    mount -t tmpfs tmpfs "$1/dev"
    for device in null zero full random urandom tty; do
      : >"$1/dev/$device"
      mount --bind "/dev/$device" "$1/dev/$device"
    done
    ln -s /proc/self/fd "$1/dev/fd"
    mkdir "$1/dev/shm" "$1/run/lock"
    root=$1
    shift
    exec setpriv --bounding-set=-sys_admin,-sys_boot,-sys_module,-sys_time \
      env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
      DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
  ' in_root "$@"
}

# A minimal Debian 12, with SysV's init and the packages of Debian's supervisor at hand in apt's
# cache, but not installed: from here on no network is needed.
debian_root() {
  if [ ! -e "$roots/bookworm/.complete" ] && [ ! -x "$roots/bookworm/usr/bin/apt-get" ]; then
    mkdir -p "$roots"
    rm -rf "$roots/bookworm"
    debootstrap --variant=minbase bookworm "$roots/bookworm" >"$roots/debootstrap.log" 2>&1 || {
      tail "$roots/debootstrap.log"
      return 1
    }
    : >"$roots/bookworm/.complete"
  fi
  [ ! -e "$roots/bookworm-init/.complete" ] || return 0
  rm -rf "$roots/bookworm-init"
  cp -a "$roots/bookworm/." "$roots/bookworm-init"
  cp /etc/resolv.conf "$roots/bookworm-init/etc/resolv.conf"
  # Packages of services start them when they are installed; not here.
  printf '#!/bin/sh\nexit 101\n' >"$roots/bookworm-init/usr/sbin/policy-rc.d"
  chmod 755 "$roots/bookworm-init/usr/sbin/policy-rc.d"
  in_root "$roots/bookworm-init" sh -ec '
    apt-get update
    apt-get -y --no-install-recommends install sysvinit-core initscripts
    apt-get -y --no-install-recommends --download-only install supervisor
    rm /usr/sbin/policy-rc.d
  ' >"$roots/apt.log" 2>&1 || {
    tail "$roots/apt.log"
    return 1
  }
  : >"$roots/bookworm-init/.complete"
}
