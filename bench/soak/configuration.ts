/** What the daemon under soak runs: something of everything that can leak. */
import process from "node:process";
import { fileURLToPath } from "node:url";

export const STEADY_COUNT = 20;
/** Programs that come and go by reread and update. */
export const VISITORS = ["visitor_a", "visitor_b", "visitor_c"] as const;

export interface Visitor {
  readonly name: string;
  /** Part of its command: another number is a changed program. */
  readonly version: number;
}

/** The rates are what keeps a run at a few percent of a processor. */
export function configuration(directory: string, visitors: readonly Visitor[]): string {
  const listener = fileURLToPath(new URL("./listener.ts", import.meta.url));
  const guests = visitors.map(({ name, version }) =>
    `[program:${name}]
command = sleep ${100_000 + version}
startsecs = 0
`
  );
  return `[supervisord]
nodaemon = true
logfile = ${directory}/supervisord.log
logfile_maxbytes = 256KB
logfile_backups = 2
pidfile = ${directory}/supervisord.pid
childlogdir = ${directory}
${process.getuid?.() === 0 ? "user = root\n" : ""}
[unix_http_server]
file = ${directory}/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[program:steady]
command = sleep 100000
process_name = %(process_num)02d
numprocs = ${STEADY_COUNT}
startsecs = 0

; Crash loops: one that runs for a moment, one that never gets far enough.
[program:crashes]
command = sh -c 'echo out; echo err >&2; sleep 1.5; exit 1'
process_name = %(process_num)d
numprocs = 3
startsecs = 0
autorestart = true

[program:hopeless]
command = sh -c 'exit 3'
startretries = 3

; Some 40 kB per second into logs that roll over about each second.
[program:writer]
command = sh -c 'while :; do seq -f "%%0100.0f" 1 200; seq 1 50 >&2; sleep 0.5; done'
process_name = %(process_num)d
numprocs = 2
stdout_logfile = ${directory}/writer_%(process_num)d.log
stdout_logfile_maxbytes = 50KB
stdout_logfile_backups = 3
stderr_logfile_maxbytes = 20KB
stderr_logfile_backups = 1
stopasgroup = true
killasgroup = true

; What it says becomes events, what it is told comes back.
[program:speaker]
command = sh -c 'while read -r line; do echo "heard <!--XSUPERVISOR:BEGIN-->$line<!--XSUPERVISOR:END-->"; done'
stdout_capture_maxbytes = 100KB
stdout_events_enabled = true

[eventlistener:notes]
command = ${process.execPath} ${listener}
events = PROCESS_STATE, PROCESS_COMMUNICATION, PROCESS_LOG, REMOTE_COMMUNICATION, TICK_5
buffer_size = 100

; Never reads: its buffer is full all the time.
[eventlistener:deaf]
command = sh -c 'printf "READY\\n"; exec sleep 100000'
events = PROCESS_STATE, TICK_5
buffer_size = 10

${guests.join("\n")}`;
}
