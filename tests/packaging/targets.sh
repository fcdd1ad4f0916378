#!/bin/sh
# Every Linux executable answers and supervises: the one for musl in a root that has musl and
# nothing of glibc, those for arm64 under QEMU. And none asks for more than was promised.
#
#   sh tests/packaging/targets.sh [TARGET…]
#
# As root on Debian x64; needs gcc, aarch64-linux-gnu-gcc, qemu-aarch64-static, readelf, and the
# network once. Prints "N passed, N failed".
set -u
cd "$(dirname "$0")/../.."
. tests/packaging/root.sh

passed=0 failed=0
pass() { passed=$((passed + 1)); }
fail() {
  failed=$((failed + 1))
  printf 'FAILED: %s\n' "$*"
}
end() {
  printf '%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
}
for tool in gcc aarch64-linux-gnu-gcc qemu-aarch64-static readelf apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || fail "$tool is missing"
done
[ "$failed" -eq 0 ] || end

work=$(mktemp -d)
daemon=
finish() {
  [ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

# libraries ARCH: C libraries of Debian for that architecture, unpacked and kept; this machine's
# own packages and package lists are left alone.
libraries() {
  kept=$roots/libraries-$1
  [ ! -e "$kept/.complete" ] || return 0
  rm -rf "$kept"
  mkdir -p "$kept/apt/lists/partial" "$kept/apt/archives/partial" "$kept/packages"
  echo 'deb http://deb.debian.org/debian bookworm main' >"$kept/apt/sources.list"
  (
    cd "$kept/packages"
    for action in update 'download musl libc6 libstdc++6 libgcc-s1 busybox-static'; do
      # shellcheck disable=SC2086 # the action and its words
      apt-get -qq -o "APT::Architecture=$1" -o "APT::Architectures=$1" \
        -o "Dir::Etc::sourcelist=$kept/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o "Dir::State::lists=$kept/apt/lists" -o Dir::State::status=/dev/null \
        -o "Dir::Cache=$kept/apt" -o APT::Sandbox::User=root $action || exit 1
    done
    for package in *.deb; do dpkg-deb -x "$package" "$kept/root" || exit 1; done
  ) || return 1
  rm -rf "$kept/apt" "$kept/packages"
  : >"$kept/.complete"
}

# musl_root ARCH CPU LOADER DIR: musl, the two libraries of the compiler, and nothing else.
musl_root() {
  from=$roots/libraries-$1/root
  mkdir -p "$4/lib" "$4/bin" "$4/etc" "$4/tmp" "$4/proc" "$4/dev"
  cp -L "$from/lib/$2-linux-musl/libc.so" "$4/lib/ld-musl-$2.so.1"
  cp -L "$from/usr/lib/$2-linux-gnu/libstdc++.so.6" "$from/lib/$2-linux-gnu/libgcc_s.so.1" "$4/lib/"
  cc=gcc
  [ "$2" = x86_64 ] || cc=$2-linux-gnu-gcc
  "$cc" -shared -fPIC -nostdlib -fno-builtin -Wl,-soname,"$3" -o "$4/lib/$3" \
    tests/packaging/musl_shim.c || return 1
  cp "$from/bin/busybox" "$4/bin/busybox"
  cp -a /dev/null /dev/urandom "$4/dev/"
  echo 'root:x:0:0:root:/:/bin/sh' >"$4/etc/passwd"
  echo 'root:x:0:' >"$4/etc/group"
}

# until_true COMMAND…: within a minute; emulation is slow.
until_true() {
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 120 ] || return 1
    sleep 0.5
  done
}

# supervises TARGET DIR PROGRAM BIN WORD…: the words are what the executables in BIN are started
# with. DIR is the directory of the test here; PROGRAM, BIN and $place are as the executable sees
# them.
supervises() {
  target=$1 here=$2 program=$3 bin=$4
  shift 4
  cat >"$here/supervisord.conf" <<CONFIG
[unix_http_server]
file = $place/supervisor.sock
[supervisord]
logfile = $place/supervisord.log
pidfile = $place/supervisord.pid
user = root
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl = unix://$place/supervisor.sock
[program:sleeper]
command = $program 100000
startsecs = 0
CONFIG
  "$@" "$bin/supervisord" -n -c "$place/supervisord.conf" >"$here/output" 2>&1 &
  daemon=$!
  ctl="$* $bin/supervisorctl -c $place/supervisord.conf"
  # shellcheck disable=SC2086 # the words of the command
  {
    is_running() { $ctl status | grep -q RUNNING; }
    is_another() { [ "$($ctl pid sleeper)" -gt 0 ] && [ "$($ctl pid sleeper)" != "$first" ]; }
    until_true is_running || {
      fail "$target: the program does not run"
      cat "$here/output"
      kill -KILL "$daemon"
      daemon=
      return
    }
    pass
    version=$($ctl version)
    if [ "$version" = 4.3.0 ]; then pass; else fail "$target: version is \"$version\""; fi
    first=$($ctl pid sleeper)
    $ctl signal KILL sleeper >/dev/null
    if until_true is_another; then pass; else fail "$target: a program that died is not replaced"; fi
    $ctl stop sleeper >"$here/answer" 2>&1
    if grep -qx 'sleeper: stopped' "$here/answer"; then pass; else fail "$target: $(cat "$here/answer")"; fi
    $ctl shutdown >/dev/null
  }
  if wait "$daemon"; then pass; else
    fail "$target: the daemon ended with status $?"
    cat "$here/output"
  fi
  daemon=
}

# needs TARGET LIBRARY…: the shared libraries it names are these.
needs() {
  target=$1
  shift
  named=$(readelf -d "dist/$target/supervisord" |
    sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
  if [ "$named" = "$* " ]; then pass; else fail "$target needs $named"; fi
}

# at_most TARGET VERSION: the newest version of a glibc symbol it asks for.
at_most() {
  newest=$(readelf -V "dist/$1/supervisord" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
  if [ "$newest" = "GLIBC_$2" ]; then pass; else fail "$1 needs $newest"; fi
}

chosen=${*:-bun-linux-x64 bun-linux-arm64 bun-linux-x64-musl bun-linux-arm64-musl}
for target in $chosen; do
  [ -x "dist/$target/supervisord" ] || ./compile.sh --target="$target" >"$work/build" 2>&1 || {
    cat "$work/build"
    fail "$target was not built"
    continue
  }
  directory=$work/$target
  mkdir -p "$directory"
  case $target in
    bun-linux-x64)
      needs "$target" ld-linux-x86-64.so.2 libc.so.6 libdl.so.2 libm.so.6 libpthread.so.0
      at_most "$target" 2.17
      place=$directory supervises "$target" "$directory" /bin/sleep "dist/$target"
      ;;
    bun-linux-arm64)
      needs "$target" ld-linux-aarch64.so.1 libc.so.6 libdl.so.2 libm.so.6 libpthread.so.0
      at_most "$target" 2.17
      libraries arm64 || { fail "no libraries for arm64" && continue; }
      place=$directory supervises "$target" "$directory" /bin/sleep "dist/$target" \
        qemu-aarch64-static -L "$roots/libraries-arm64/root"
      ;;
    bun-linux-x64-musl)
      needs "$target" libc.musl-x86_64.so.1 libstdc++.so.6
      libraries amd64 && musl_root amd64 x86_64 ld-linux-x86-64.so.2 "$directory" ||
        { fail "no root with musl" && continue; }
      cp "dist/$target/supervisord" "$directory/bin/"
      ln "$directory/bin/supervisord" "$directory/bin/supervisorctl"
      place=/tmp supervises "$target" "$directory/tmp" '/bin/busybox sleep' /bin \
        chroot "$directory"
      ;;
    bun-linux-arm64-musl)
      # Here the libraries do not name the loader, so that what takes its place has to be preloaded.
      needs "$target" libc.musl-aarch64.so.1 libstdc++.so.6
      libraries arm64 && musl_root arm64 aarch64 ld-linux-aarch64.so.1 "$directory/root" ||
        { fail "no root with musl" && continue; }
      place=$directory supervises "$target" "$directory" /bin/sleep "dist/$target" \
        qemu-aarch64-static -E LD_PRELOAD=/lib/ld-linux-aarch64.so.1 -L "$directory/root"
      ;;
    *) fail "$target is not a target for Linux" ;;
  esac
done
end
