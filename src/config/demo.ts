/**
 * The demonstration configuration: a few small programs that show what a supervisor does,
 * and need nothing but /bin/sh.
 */

export interface DemoPlace {
  /** An absolute path of an existing directory for the socket, the logs and the pid file. */
  readonly directory: string;
  /** TCP port of the control page, on 127.0.0.1 alone. */
  readonly port: number;
  /** Name for `user=`: as root the daemon wants to be told; null leaves the key out. */
  readonly user: string | null;
}

/** A value as supervisord.conf wants it: every `%` is the start of an expansion there. */
function literal(value: string): string {
  return value.replaceAll("%", "%%");
}

/** The text of a supervisord.conf with the demonstration in it. */
export function demoConfiguration(place: DemoPlace): string {
  const directory = literal(place.directory);
  return `; The demonstration. Edit it, then type: supervisorctl update

[supervisord]
nodaemon = true
logfile = ${directory}/supervisord.log
pidfile = ${directory}/supervisord.pid
childlogdir = ${directory}
${place.user === null ? "" : `user = ${literal(place.user)}\n`}
[unix_http_server]
file = ${directory}/supervisor.sock

[inet_http_server]
port = 127.0.0.1:${place.port}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl = unix://${directory}/supervisor.sock

; Runs for ever and writes a line every two seconds: supervisorctl tail -f clock
[program:clock]
command = /bin/sh -c 'while :; do date; sleep 2; done'

; Dies every ten seconds with a status that is not expected, and is started again.
[program:flaky]
command = /bin/sh -c 'echo "up again, as $$"; sleep 10; echo "something went wrong" >&2; exit 3'

; Cannot start: tried three times, one second more between tries each time, then FATAL.
[program:doomed]
command = /bin/sh -c 'echo "no database" >&2; exit 1'
startretries = 2

; Two processes of one program: supervisorctl stop worker:*
[program:worker]
command = /bin/sh -c 'echo "worker $WORKER ready"; exec sleep 86400'
process_name = %(program_name)s_%(process_num)02d
numprocs = 2
environment = WORKER="%(process_num)d"

; Does not listen to SIGTERM; after three seconds it gets SIGKILL: supervisorctl stop stubborn
[program:stubborn]
command = /bin/sh -c 'trap "echo not now" TERM; while :; do sleep 1; done'
stopwaitsecs = 3

; Starts when asked to: supervisorctl start idle
[program:idle]
command = /bin/sh -c 'exec sleep 86400'
autostart = false

; Notes every change of state: supervisorctl tail -f journal stderr
[eventlistener:journal]
events = PROCESS_STATE
buffer_size = 100
command = /bin/sh -c '
  while printf "READY\\n" && read -r header; do
    payload=$(dd bs=1 count="\${header##*len:}" 2>/dev/null)
    echo "$header $payload" >&2
    printf "RESULT 2\\nOK"
  done'
`;
}

/** What to tell the person in front of the terminal, before the log begins. */
export function demoWelcome(place: DemoPlace, executable: string): string {
  const ctl = `${executable} ctl -c ${place.directory}/supervisord.conf`;
  return `The demonstration runs from ${place.directory}

  control page   http://127.0.0.1:${place.port}/
  what is up     ${ctl} status
  its output     ${ctl} tail -f clock
  a restart      ${ctl} restart clock
  the end        Ctrl-C here, or ${ctl} shutdown

`;
}
