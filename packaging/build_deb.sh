#!/bin/sh
# Makes dist/supervisor_VERSION_ARCH.deb of an executable that compile.sh has built.
#
#   packaging/build_deb.sh EXECUTABLE amd64|arm64 OUTDIR
#
# DEB_COMPRESSION=gzip makes a larger one within seconds, for tests; the default is xz.
set -eu
executable=$(realpath "$1") arch=$2 outdir=$(realpath "$3")
cd "$(dirname "$0")/.."
. packaging/lib.sh
need dpkg-deb gzip md5sum

# The epoch is above whatever Debian may give its package of the same name.
debian_version=1:$version-1
file=$outdir/supervisor_$version-1_$arch.deb

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
tree=$work/tree
mkdir "$tree"
chmod 755 "$tree"

stage "$executable" "$tree"
install -D -m 644 packaging/debian/supervisord.conf "$tree/etc/supervisor/supervisord.conf"
install -d "$tree/etc/supervisor/conf.d" "$tree/var/log/supervisor"
install -D -m 644 packaging/debian/supervisor.default "$tree/etc/default/supervisor"
install -D -m 755 packaging/sysv/supervisor "$tree/etc/init.d/supervisor"
install -D -m 644 packaging/systemd/supervisor.service \
  "$tree/lib/systemd/system/supervisor.service"

doc=$tree/usr/share/doc/supervisor
install -D -m 644 packaging/logrotate/supervisor "$doc/examples/logrotate"
install -D -m 644 packaging/debian/README.Debian "$doc/README.Debian"
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"
printf '%s\n' "supervisor ($debian_version) unstable; urgency=medium" '' \
  "  * Version $version; changelog.gz tells what is new." '' \
  " -- The supervisord contributors <supervisord@users.noreply.github.com>  $(
    date -u -d "@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %H:%M:%S +0000'
  )" | gzip -9n >"$doc/changelog.Debian.gz"
{
  printf '%s\n' 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/' \
    'Upstream-Name: supervisord' '' 'Files: *' 'Copyright: 2026 the supervisord contributors' \
    'License: Expat' ' Everything in the executable, with its licence:' ' .'
  # Without the texts that Debian has anyway: cli/print/license_texts.ts puts them at the end.
  from_program licenses | sed '/^--- Apache-2.0 ---$/,$d' | sed 's/^$/./; s/^/ /; s/[[:space:]]*$//'
  printf '%s\n' ' On Debian systems the texts of the Apache License, version 2.0, of the GNU Library General' \
    ' Public License, version 2, and of the GNU Lesser General Public License, version 2.1, are in' \
    ' /usr/share/common-licenses/Apache-2.0, /usr/share/common-licenses/LGPL-2 and' \
    ' /usr/share/common-licenses/LGPL-2.1.'
} >"$doc/copyright"
install -D -m 644 packaging/debian/lintian-overrides "$tree/usr/share/lintian/overrides/supervisor"

mkdir "$tree/DEBIAN"
size=$(du -k -s --apparent-size "$tree" | cut -f1)
sed -e "s/@VERSION@/$debian_version/" -e "s/@ARCH@/$arch/" -e "s/@SIZE@/$size/" \
  packaging/debian/control.in >"$tree/DEBIAN/control"
install -m 644 packaging/debian/conffiles "$tree/DEBIAN/conffiles"
for script in preinst postinst prerm postrm; do
  install -m 755 "packaging/debian/$script" "$tree/DEBIAN/$script"
done
# Configuration is dpkg's own concern, and changes.
(cd "$tree" && find usr lib -type f -print | sort | xargs md5sum >DEBIAN/md5sums)
chmod 644 "$tree/DEBIAN/md5sums" "$tree/DEBIAN/control"

same_times "$tree"
dpkg-deb --root-owner-group -Zxz -z9 ${DEB_COMPRESSION:+-Z"$DEB_COMPRESSION" -z1} --build "$tree" "$file" >/dev/null
say "built $file"
