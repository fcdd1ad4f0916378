#!/bin/sh
# Makes supervisor-VERSION-1.ARCH.rpm of an executable that compile.sh has built, with the layout
# of EPEL's package: /etc/supervisord.conf, /etc/supervisord.d/*.ini, supervisord.service.
#
#   packaging/build_rpm.sh EXECUTABLE x86_64|aarch64 OUTDIR
#
# RPM_COMPRESSION=fast makes a larger one within seconds, for tests.
set -eu
executable=$(realpath "$1") arch=$2 outdir=$(realpath "$3")
cd "$(dirname "$0")/.."
. packaging/lib.sh
need rpmbuild

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
tree=$work/tree
stage "$executable" "$tree"
mkdir -p "$tree/usr/share/zsh/site-functions" "$tree/usr/share/licenses/supervisor" \
  "$tree/etc/supervisord.d" "$tree/var/log/supervisor" "$tree/usr/lib/systemd/system"
mv "$tree/usr/share/zsh/vendor-completions/_supervisorctl" "$tree/usr/share/zsh/site-functions/"
rmdir "$tree/usr/share/zsh/vendor-completions"
from_program licenses >"$tree/usr/share/licenses/supervisor/LICENSES.txt"
install -m 644 packaging/rpm/supervisord.conf "$tree/etc/supervisord.conf"
sed -e 's|/etc/supervisor/supervisord.conf|/etc/supervisord.conf|' -e '/^Alias=/d' \
  packaging/systemd/supervisor.service >"$tree/usr/lib/systemd/system/supervisord.service"
same_times "$tree"

payload=w9.xzdio
if [ "${RPM_COMPRESSION:-}" = fast ]; then payload=w1.gzdio; fi
sed -e "s|@VERSION@|$version|g" -e "s|@TREE@|$tree|" -e "s|@PAYLOAD@|$payload|" \
  packaging/rpm/supervisor.spec.in >"$work/supervisor.spec"
rpmbuild -bb --quiet --target "$arch" --define "_topdir $work/rpm" --define "_rpmdir $outdir" \
  --define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' \
  "$work/supervisor.spec" >&2
say "built $outdir/supervisor-$version-1.$arch.rpm"
