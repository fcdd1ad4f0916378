#!/bin/sh
# Installs, upgrades, removes and purges the .deb in a Debian of its own, whose process 1 is SysV's
# init, and compares what was to be seen with deb.transcript.
#
#   sh tests/packaging/deb.sh           as root; needs debootstrap, dpkg-deb, and the network once
#   sh tests/packaging/deb.sh --update  keeps what is to be seen now
set -eu
cd "$(dirname "$0")/../.."
. tests/packaging/root.sh
for tool in debootstrap dpkg-deb lintian unshare setpriv; do
  command -v "$tool" >/dev/null || {
    echo "$tool is missing"
    exit 1
  }
done
debian_root

work=$(mktemp -d)
init=
finish() {
  [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

[ -x dist/supervisord ] || ./compile.sh
DEB_COMPRESSION=gzip packaging/build_deb.sh dist/supervisord "$(dpkg --print-architecture)" "$work"
lintian --fail-on warning,error --allow-root --tag-display-limit 0 "$work"/supervisor_*.deb

root=$work/root
cp -a "$roots/bookworm-init/." "$root"
mv "$work"/supervisor_*.deb "$root/root/supervisor.deb"
cp tests/packaging/deb_story.sh "$root/root/story.sh"
# No scripts of rcS and rc0: the kernel and the disks are not this init's.
cat >"$root/etc/inittab" <<'INITTAB'
id:2:initdefault:
rc:2:wait:/etc/init.d/rc 2
st:2:once:/bin/sh -c 'sh /root/story.sh >/root/transcript; : >/root/done'
INITTAB
# Its number must be that of unshare itself, which lets nothing but KILL end it; what is inside goes
# with it.
(
  in_root_by=exec
  in_root "$root" /sbin/init
) >"$work/console" 2>&1 &
init=$!
seconds=0
while [ ! -e "$root/root/done" ]; do
  [ "$seconds" -lt 300 ] && kill -0 "$init" 2>/dev/null || {
    cat "$work/console" "$root/root/transcript" || true
    echo "the story did not come to its end"
    exit 1
  }
  sleep 1
  seconds=$((seconds + 1))
done
kill -KILL "$init"
wait "$init" 2>/dev/null || true
init=

# What is different each time: numbers of processes, times, and versions that change.
version=$(sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' package.json)
sed -e 's/pid [0-9][0-9]*/pid PID/g' -e 's/uptime [0-9:]*/uptime TIME/' \
  -e 's/[0-9]* files and directories/N files and directories/' -e '/^(Reading database/s/.*(/(/' \
  -e "s/1:$version-1/VERSION/g" "$root/root/transcript" >"$work/transcript"

kept=tests/packaging/deb.transcript
if [ "${1:-}" = --update ]; then
  cp "$work/transcript" "$kept"
  exit 0
fi
diff -u "$kept" "$work/transcript"
