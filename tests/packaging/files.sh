#!/bin/sh
# The files in packaging/ that no other test runs are at least what they claim to be.
# Prints "N passed, N failed".
set -u
cd "$(dirname "$0")/../.."
passed=0 failed=0
# check WHAT COMMAND…
check() {
  what=$1
  shift
  if output=$("$@" 2>&1); then passed=$((passed + 1)); else
    failed=$((failed + 1))
    printf 'FAILED: %s\n%s\n' "$what" "$output"
  fi
}
unit() {
  # It looks for the programs it starts; here they are elsewhere.
  work=$(mktemp -d)
  sed -e "s|/usr/bin/|$PWD/dist/|" -e '/^Documentation=/d' packaging/systemd/supervisor.service \
    >"$work/supervisor.service"
  report=$(systemd-analyze verify "$work/supervisor.service" 2>&1)
  status=$?
  rm -rf "$work"
  printf '%s\n' "$report"
  [ "$status" -eq 0 ] && ! printf '%s' "$report" | grep -q "supervisor.service:"
}
plist() {
  /usr/bin/python3 -c 'import plistlib, sys
job = plistlib.load(open(sys.argv[1], "rb"))
assert job["ProgramArguments"][1:3] == ["-n", "-c"], job' packaging/launchd/org.supervisord.plist
}
check 'systemd unit' unit
check 'how open the unit is' systemd-analyze security --offline=true --threshold=85 \
  packaging/systemd/supervisor.service
check 'launchd job' plist
check 'configuration of the container' dist/supervisord --check -c packaging/docker/supervisord.conf
check 'Homebrew formula' ruby -c packaging/homebrew/supervisord.rb
check 'Nix expression' nix-instantiate --parse packaging/nix/default.nix
check 'logrotate snippet' logrotate --debug packaging/logrotate/supervisor
for script in packaging/*.sh packaging/debian/p* packaging/sysv/supervisor packaging/openrc/*; do
  check "$script" sh -n "$script"
done
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
