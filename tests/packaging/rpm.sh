#!/bin/sh
# The RPM is what it says, twice the same, and its files run where rpm has put them.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
export RPM_COMPRESSION=fast
mkdir "$work/first" "$work/second" "$work/root"
for turn in first second; do packaging/build_rpm.sh dist/supervisord x86_64 "$work/$turn"; done
cmp "$work"/first/*.rpm "$work"/second/*.rpm
# No database of the machine, no scripts: what is tested are the files.
rpm --root "$work/root" --initdb
rpm --root "$work/root" -i --nodeps --noscripts "$work"/first/*.rpm
[ "$(stat -c %h "$work/root/usr/bin/supervisorctl")" -eq 4 ]
cmp dist/supervisord "$work/root/usr/bin/supervisord"
[ "$(rpm --root "$work/root" -qc supervisor)" = /etc/supervisord.conf ]
"$work/root/usr/bin/supervisord" --check -c "$work/root/etc/supervisord.conf"
rpm --root "$work/root" -e --noscripts supervisor
left=$(find "$work/root" -name "*supervis*" ! -path "*/rpm/*")
[ -z "$left" ] || {
  echo "left behind: $left"
  exit 1
}
