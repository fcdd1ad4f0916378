/**
 * The same command line through Supervisor's supervisorctl and through ours, both talking to
 * Supervisor's supervisord: standard output must be equal byte for byte, and so must standard
 * error and the exit status. Only two things may differ: times, and what surrounds the text of
 * an `error:` line (a Python class, file and line there; at most the server's URL here).
 *
 * REFERENCE_BIN names the directory Supervisor's programs are in, SUPERVISORCTL_BIN the command
 * to compare with in place of these sources.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "../support/run.ts";
import { until } from "../support/until.ts";

const referenceBin = process.env["REFERENCE_BIN"] ?? "/usr/bin";
const reference = [join(referenceBin, "supervisorctl")];
const entry = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const fromSource = [process.execPath, ...("Deno" in globalThis ? ["run", "-A"] : []), entry, "ctl"];
const ours = process.env["SUPERVISORCTL_BIN"]?.split(" ") ?? fromSource;

const directory = mkdtempSync(join(tmpdir(), "ctl-differential-"));
const configFile = join(directory, "s.conf");
const socket = `unix://${directory}/s.sock`;
let daemon: ChildProcess | null = null;

const CONFIG = `[supervisord]
logfile=${directory}/s.log
pidfile=${directory}/s.pid
childlogdir=${directory}
nodaemon=true
[unix_http_server]
file=${directory}/s.sock
username=joe
password=s3:cret
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=${socket}
username=joe
password=s3:cret
prompt=it's
[program:cat]
command=/bin/cat
startsecs=0
[program:off]
command=/bin/cat
autostart=false
[program:naïve✓]
command=/bin/cat
startsecs=0
[program:talk]
command=/bin/sh -c "echo 'caf\\303\\251 <&> out'; echo err >&2; exec sleep 1000"
startsecs=0
[program:nolog]
command=/bin/cat
startsecs=0
stdout_logfile=NONE
[program:fatal]
command=/bin/false
startretries=0
[program:missing]
command=/no/such
autostart=false
[program:noexec]
command=/etc/passwd
autostart=false
[program:multi]
command=/bin/cat
process_name=%(program_name)s_%(process_num)02d
numprocs=3
startsecs=0
[program:a_very_long_program_name_indeed_yes_it_is]
command=/bin/cat
autostart=false
`;

before(async () => {
  writeFileSync(configFile, CONFIG);
  daemon = spawn(join(referenceBin, "supervisord"), ["-c", configFile], { stdio: "ignore" });
  await until("the reference daemon and its programs", async () => {
    if (!existsSync(`${directory}/s.sock`)) return false;
    const { stdout } = await run([...reference, "-c", configFile, "status", "fatal", "talk"]);
    return /FATAL .*\n.*RUNNING/.test(stdout);
  });
});

after(async () => {
  const running = daemon;
  if (running !== null) {
    // All at once: on its way out it takes a second for each.
    await run([...reference, "-c", configFile, "stop", "all"]);
    const gone = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGTERM");
    await gone;
  }
  rmSync(directory, { recursive: true, force: true });
}, { timeout: 30_000 });

/** What may differ, made equal. */
function normalize(text: string): string {
  return text
    .replace(/pid \d+, uptime \d+:\d\d:\d\d/g, "pid N, uptime T")
    .replace(
      /(^|y\/N\? )error: (?:<class '[^']*'>, )?(.*?)(?:: file: .* line: \d+|: (?:unix|http):\/\/\S*)?$/gm,
      "$1error: $2",
    );
}

/** One after the other: some lines start and stop things. */
async function compare(args: readonly string[], input = ""): Promise<void> {
  const theirs = await outcomeOf(reference, args, input);
  const mine = await outcomeOf(ours, args, input);
  assert.deepEqual(mine, theirs);
}

async function outcomeOf(program: readonly string[], args: readonly string[], input: string) {
  const env = { PYTHONIOENCODING: "utf-8", LANG: "C.UTF-8", TERM: "dumb" };
  const { stdout, stderr, status } = await run([...program, "-c", configFile, ...args], {
    env,
    input,
  });
  return { stdout: normalize(stdout), stderr, status };
}

const LINES = `status|status all|status cat cat off|status multi:*|status multi:|status multi
status nosuch off|status nosuch cat|status nog:* multi:x multi:multi_01|status *|status naïve✓
start|start cat|start nosuch|start nog:*|start missing noexec fatal|start multi:*
start cat nosuch missing|stop|stop nosuch|stop nog:*|restart|restart nosuch|restart nog:*
signal|signal HUP|signal NOPE cat|signal 0 cat off nosuch|signal 0 multi:*|signal NOPE multi:*
signal 0 nog:*|signal 0 all|clear|clear nosuch|pid|pid nosuch|pid cat off|pid all|pid multi:*
tail|tail a b c d|tail -5|tail -f|tail -x cat|tail - cat|tail -5 talk|tail -+5 talk|tail --3 talk
tail -1_0 talk|tail -0 talk|tail talk|tail talk stderr|tail talk STDERR|tail talk foo
tail talk it's|tail talk a"b'c|tail -99999999999 talk|tail talk b stdout|tail -4 talk stderr
tail nolog|tail nosuch|tail multi:*|tail -f nosuch|tail -f nolog|tail -f naïve✗
maintail -x|maintail foo|maintail a b|avail|avail x|reread|reread x|reload x|shutdown x
version|version x|add|add nosuch|add cat nosuch|remove|remove cat nosuch|update|update nosuch
update cat|update all|open|open ftp://x|open foo|open unix:foo|open HTTP://x|open unix:///no/such
open http://127.0.0.1:1|help|help help|help EOF|help nosuch|help a b|help status|help maintail
?|? start|?start|!x|!|EOF|quit|exit|exit 5|foo|foo bar|*foo|start-foo|status-cat|_x|é
fg|fg a b|fg nosuch|fg off|fg multi:*`.split(/[|\n]/);

for (const line of LINES) {
  test(`"${line}" is the same`, () => compare(line.split(" ")));
}

for (const words of [[""], ["  "], ["status  cat"], [" status", "cat "], ["status\u00a0cat"]]) {
  test(`${JSON.stringify(words)} is the same`, () => compare(words));
}

const ACTIONS = "status,start x,reread,update,avail,add x,remove x,reload,shutdown,version,pid," +
  "tail x,tail -f x,maintail,maintail -f,fg x,clear x,signal HUP x,restart x,stop x";

const SERVERS = [
  ["-s", "unix:///no/such.sock"],
  ["-s", "http://127.0.0.1:1"],
  ["-s", `unix://${configFile}`],
  ["-s", "ftp://x"],
  ["-p", "wrong"],
];

for (const server of SERVERS) {
  for (const action of ACTIONS.split(",")) {
    test(`"${action}" is the same with ${server.join(" ").replace(directory, "")}`, () =>
      compare([...server, ...action.split(" ")]));
  }
}

const SCRIPTS = [
  "",
  "help\n",
  "foo\n\n  \nshutdown\nn\nreload\nx\npid nosuch\nquit\nstop cat\n",
  "pid cat\r\npid off\rpid nosuch",
  "shutdown\n",
  "fg nosuch\npid cat\n",
  `open unix:///no/such\nstart x\nopen ${socket}\npid cat\nexit\n`,
];

for (const script of SCRIPTS) {
  test(`the shell is the same with ${JSON.stringify(script).replace(directory, "")}`, () =>
    compare([], script));
}

for (const [args, input] of [["shutdown", "n\nfoo\n"], ["shutdown", ""], ["reload", "no"]]) {
  test(`-i ${args} is the same with ${JSON.stringify(input)}`, () =>
    compare(["-i", args ?? ""], input));
}
