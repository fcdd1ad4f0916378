#!/bin/sh
# The life of the package on a Debian without systemd, told to a transcript. SysV's init starts it
# in a root of its own, see deb.sh. Commands are shown as they were typed.
exec 2>&1
export HOME=/root

tell() { printf '\n# %s\n' "$*"; }
# type COMMAND: shows the command, what it printed, and its status if that is not 0.
type() {
  printf '$ %s\n' "$1"
  sh -c "$1"
  status=$?
  [ "$status" -eq 0 ] || printf '(status %s)\n' "$status"
}
# until_true COMMAND: waits for a condition, a minute at most.
until_true() {
  tries=0
  until sh -c "$1" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || {
      printf 'never came: %s\n' "$1"
      return 1
    }
    sleep 0.2
  done
}
running() { until_true "[ \"\$(supervisorctl status | grep -c RUNNING)\" -eq $1 ]"; }
# Only what dpkg and the service say; apt's progress is not the story.
quiet='-o=Dpkg::Use-Pty=0 -qq --no-download --no-install-recommends'

tell "Process 1 is SysV's init, and nothing of systemd is there"
type 'cat /proc/1/comm; ls -d /run/systemd/system'

tell 'A fresh Debian: install the package'
type 'dpkg -i /root/supervisor.deb'
until_true 'supervisorctl pid'
type 'supervisord --version; supervisorctl version'
type 'service supervisor status'
type 'supervisorctl status'
type 'stat -c "%A %U %n" /etc/supervisor /etc/supervisor/conf.d /var/log/supervisor; ls /etc/rc2.d | grep supervisor'
type 'cd /usr/bin; ls -i supervisord supervisorctl echo_supervisord_conf pidproxy | cut -d" " -f1 | uniq | wc -l'

tell 'One file into conf.d'
type 'printf "[program:hello]\ncommand = sleep 100000\n" >/etc/supervisor/conf.d/hello.conf'
type 'supervisorctl update'
running 1
type 'supervisorctl status'
type 'service supervisor restart'
running 1
type 'supervisorctl status'
tell 'A mistake in it stops nothing'
type 'echo "autostart = perhaps" >>/etc/supervisor/conf.d/hello.conf; service supervisor restart'
type 'supervisorctl status'

tell 'Remove: programs stop, configuration stays'
type 'dpkg -r supervisor'
type 'cat /proc/[0-9]*/comm | grep sleep; ls /etc/supervisor /etc/supervisor/conf.d; ls -l /etc/init.d/supervisor | cut -c1-10'
tell 'Installed again, it finds its configuration; then purge'
type 'sed -i /perhaps/d /etc/supervisor/conf.d/hello.conf; dpkg -i /root/supervisor.deb >/dev/null'
running 1
type 'supervisorctl status'
type 'dpkg -P supervisor'
type 'find /etc /var/log /usr/bin /usr/lib/systemd /var/lib/systemd | grep supervis'
type 'rm -r /etc/supervisor; dpkg -s supervisor 2>&1 | head -n 1'

tell "Debian's own package, with three programs and a changed configuration"
type "apt-get $quiet install supervisor=4.2.5-1 >/dev/null"
type 'supervisord --version'
cat >/etc/supervisor/conf.d/three.conf <<'PROGRAMS'
[program:plain]
command = sleep 100000

[program:nobody]
command = sh -c 'echo started as $(id -un); exec sleep 100000'
user = nobody
redirect_stderr = true
stdout_logfile = /var/log/nobody.log

[program:workers]
command = sh -c 'trap "echo worker %(process_num)d goes; exit 0" TERM; while :; do sleep 0.1; done'
process_name = worker_%(process_num)d
numprocs = 2
stdout_logfile = /var/log/%(program_name)s_%(process_num)d.log
PROGRAMS
type 'cat /etc/supervisor/conf.d/three.conf'
type 'sed -i "s/^chmod=0700 .*/chmod=0770/" /etc/supervisor/supervisord.conf'
type 'echo "# mine" >>/etc/default/supervisor'
# Its own stop does not wait for the end.
type 'supervisorctl shutdown'
until_true '[ ! -e /run/supervisord.pid ]'
type 'service supervisor start'
running 4
type 'supervisorctl status'
type 'readlink "/proc/$(cat /run/supervisord.pid)/exe"'

tell 'The upgrade: no question is asked, what ran runs, what was changed stays'
type 'dpkg -i /root/supervisor.deb </dev/null'
running 4
type 'supervisorctl status'
type 'readlink "/proc/$(cat /run/supervisord.pid)/exe"; supervisord --version'
type 'cat /var/log/nobody.log; cat /var/log/workers_0.log'
type 'grep ^chmod /etc/supervisor/supervisord.conf; tail -n 1 /etc/default/supervisor'
type 'ls /etc/supervisor /etc/init.d/supervisor* /etc/default/supervisor*'
type 'ls -d /usr/lib/python3/dist-packages/supervisor*'
tell "apt does not go back to Debian's by itself"
type "apt-get $quiet -s upgrade | grep supervisor; apt-cache policy supervisor | sed -n 2,3p"

tell 'An upgrade with errors in the configuration leaves everything running'
type 'echo "numprocs = some" >/etc/supervisor/conf.d/zzz.conf; dpkg -i /root/supervisor.deb'
type 'supervisorctl status'
type 'rm /etc/supervisor/conf.d/zzz.conf'

tell 'Remove and purge'
type 'dpkg -r supervisor'
type 'ls /run/supervisor*; cat /proc/[0-9]*/comm | grep -E "sleep|supervis"'
type 'find /etc/supervisor /etc/default/supervisor -type f'
type 'dpkg -P supervisor'
type 'find / -xdev -name "*supervis*" -not -path "/proc/*" -not -path "/root/*" -not -path "/var/cache/*" -not -path "/var/lib/apt/*" -not -path "/usr/share/doc/*"'
printf '\n# end\n'
