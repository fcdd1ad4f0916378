# What the packaging scripts share; sourced with the root of the project as working directory.
# shellcheck shell=sh

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
die() {
  say "$*"
  exit 1
}
need() {
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 || die "$tool is missing"
  done
}

# The one place that has the version (src/build_info.ts is kept equal to it by a test).
version=$(sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' package.json)
[ -n "$version" ] || die "package.json has no version"

# Every time in a package is this one, so that the same source gives the same bytes: the time of
# the commit, or a fixed one where there is no git.
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null) || SOURCE_DATE_EPOCH=
  [ -n "$SOURCE_DATE_EPOCH" ] || SOURCE_DATE_EPOCH=1767225600
fi
export SOURCE_DATE_EPOCH
# Names of months, sort orders and times must not depend on who builds.
export LC_ALL=C TZ=UTC
umask 022

# The Bun of package.json; compile.sh has fetched it.
if [ -z "${BUN:-}" ]; then
  for BUN in "$PWD"/node_modules/bun/bin/bun.exe "$PWD"/node_modules/@oven/bun-*/bin/bun \
    "$(command -v bun || echo /nonexistent)"; do
    "$BUN" --version >/dev/null 2>&1 && break
  done
fi

# From source: the machine that builds need not be able to run what it builds.
from_program() { "$BUN" run cli/main.ts print "$@"; }

# same_times DIR: gives everything below the one time, links included.
same_times() { find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }

# stage EXECUTABLE DIR: the part of an installation that all packages have in common.
stage() {
  install -D -m 755 "$1" "$2/usr/bin/supervisord"
  for name in supervisorctl echo_supervisord_conf pidproxy; do
    ln -f "$2/usr/bin/supervisord" "$2/usr/bin/$name"
  done
  for page in supervisord.8 supervisorctl.1 supervisord.conf.5 echo_supervisord_conf.1 pidproxy.1; do
    section=${page##*.}
    mkdir -p "$2/usr/share/man/man$section"
    from_program man "${page%.*}" | gzip -9n >"$2/usr/share/man/man$section/$page.gz"
  done
  mkdir -p "$2/usr/share/bash-completion/completions" "$2/usr/share/zsh/vendor-completions" \
    "$2/usr/share/fish/vendor_completions.d"
  from_program completion-bash >"$2/usr/share/bash-completion/completions/supervisorctl"
  from_program completion-zsh >"$2/usr/share/zsh/vendor-completions/_supervisorctl"
  from_program completion-fish >"$2/usr/share/fish/vendor_completions.d/supervisorctl.fish"
}
