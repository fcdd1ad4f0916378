/** Readiness, health checks and rolling restarts, with programs that do what they say. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../support/ports.ts";
import { makeDirectory, type TestDaemon, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

/** Speaks sd_notify as its manual says; beats until the file "silent" appears. */
const NOTIFIER = `
import os, socket, sys, time
out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
out.connect(os.environ["NOTIFY_SOCKET"])
say = lambda text: out.send(text.encode())
say("STATUS=loading")
time.sleep(0.2)
say("READY=1\\nSTATUS=serving")
while True:
    if "WATCHDOG_USEC" in os.environ and not os.path.exists("silent"):
        say("WATCHDOG=1")
    time.sleep(0.1)
`;

/**
 * An HTTP server: with a port of its own, or (without) on the listening socket it finds as
 * descriptor 0, which it shares with others. It ends only between two requests.
 */
const SERVER = `
import http.server, os, signal, socket, sys
if os.path.exists("broken"):
    sys.exit("broken on purpose")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"sick" if os.path.exists("sick") else b"all is well"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
own = len(sys.argv) > 1
address = ("127.0.0.1", int(sys.argv[1])) if own else ("", 0)
server = http.server.HTTPServer(address, Handler, bind_and_activate=own)
if not own:
    server.socket = socket.socket(fileno=0)
    server.socket.setblocking(False)
    # Whoever was called asks in vain when another one was faster.
server.timeout = 0.05
stop = []
signal.signal(signal.SIGTERM, lambda *args: stop.append(1))
if not own:
    os.write(3, b"\\n")
while not stop:
    server.handle_request()
`;

function scripts(): string {
  const directory = makeDirectory();
  writeFileSync(join(directory, "notifier.py"), NOTIFIER);
  writeFileSync(join(directory, "server.py"), SERVER);
  return directory;
}

interface Row {
  readonly namespec: string;
  readonly pid: number | null;
  readonly restarts: number;
  readonly health?: { readonly ready: boolean; readonly status: string; readonly detail: string };
}

/** What the API tells of every process. */
async function rows(daemon: TestDaemon): Promise<Map<string, Row>> {
  const text = await new Promise<string>((resolve, reject) => {
    const asked = request(
      { socketPath: join(daemon.directory, "supervisor.sock"), path: "/api/v1/processes" },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => body += chunk);
        response.on("end", () => resolve(body));
      },
    );
    asked.on("error", reject);
    asked.end();
  });
  const { processes } = JSON.parse(text) as { readonly processes: readonly Row[] };
  return new Map(processes.map((row) => [row.namespec, row]));
}

test("programs of every kind are waited for until they say, or show, that they are ready", async () => {
  const directory = scripts();
  const redis = await freePort();
  const web = await freePort();
  const programs = `
[program:notify]
command = python3 notifier.py
readiness = notify
[program:descriptor]
command = sh -c "sleep 0.3; echo >&7; exec sleep 600"
readiness = fd:7
[program:log]
command = sh -c "echo Starting; sleep 0.3; echo 'Listening on port 80'; exec sleep 600"
stdout_logfile = NONE
readiness = log:^Listening on port \\d+$
[program:file]
command = sh -c "sleep 0.3; touch marker; exec sleep 600"
readiness = file:${directory}/marker
[program:command]
command = sh -c "sleep 0.3; touch done; exec sleep 600"
healthcheck = exec:sh -c "test -f done || { echo not done; exit 1; }"
[program:redis]
command = redis-server --port ${redis} --unixsocket ${directory}/redis.sock --save ""
readiness = unix://${directory}/redis.sock
healthcheck = tcp://127.0.0.1:${redis}
[program:web]
command = python3 server.py ${web}
healthcheck = http://127.0.0.1:${web}/up status=200 body="all is well"
[program:plain]
command = sleep 600
`;
  // A marker from before the start is nobody's news.
  writeFileSync(join(directory, "marker"), "");
  await withDaemon({ directory, programs }, async (daemon) => {
    const waited = await daemon.ctl("wait", "--timeout", "60", "all");
    assert.equal(waited.status, 0, waited.stdout + waited.stderr);
    assert.equal(waited.stdout.match(/: ready$/gm)?.length, 8);
    const well = await daemon.ctl("wait", "redis", "web", "command", "--for=healthy");
    assert.equal(well.status, 0, well.stdout);
    const found = await rows(daemon);
    for (const [name, { health }] of found) {
      if (name === "plain") assert.equal(health, undefined);
      else assert.deepEqual([health?.ready, health?.status], [true, "healthy"], name);
    }
    assert.equal(found.get("notify")?.health?.detail, "serving");
    assert.equal(found.get("log")?.health?.detail, "said: Listening on port 80");
    const never = await daemon.ctl("wait", "--for", "healthy", "plain");
    assert.equal(never.status, 1);
    assert.equal(never.stdout, "plain: ERROR (not healthy: no healthcheck is configured)\n");
    const late = await daemon.ctl("wait", "--for", "stopped", "--timeout", "0", "plain");
    assert.match(late.stdout, /^plain: ERROR \(not stopped after 0 s: (RUNNING|STARTING)\)$/m);
    assert.equal(late.status, 1);
    assert.equal((await daemon.ctl("wait", "--for", "happy", "plain")).status, 2);
  });
});

test("who falls ill is restarted, stopped or only told of, as it was configured", async () => {
  const directory = scripts();
  const port = await freePort();
  const checks = "healthcheck_interval = 200ms\nhealthcheck_retries = 2\n";
  const programs = `
[program:web]
command = python3 server.py ${port}
healthcheck = http://127.0.0.1:${port}/ body="/^all is well$/"
${checks}
[program:watchdog]
command = python3 notifier.py
healthcheck = notify
healthcheck_start_period = 5
healthcheck_interval = 1
healthcheck_retries = 1
on_unhealthy = stop
[program:told]
command = sleep 600
healthcheck = exec:sh -c "test ! -f ${directory}/sick"
${checks}on_unhealthy = event
[eventlistener:journal]
command = sh -c "while :; do printf 'READY\\n'; read line; echo \\"$line\\" >> events; dd bs=1 count=\${line##*len:} of=/dev/null 2>/dev/null; printf 'RESULT 2\\nOK'; done"
events = PROCESS_HEALTH
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    const names = ["web", "watchdog", "told"];
    const well = await daemon.ctl("wait", "--for", "healthy", ...names);
    assert.equal(well.status, 0, well.stdout + daemon.log());
    const before = await rows(daemon);
    writeFileSync(join(directory, "sick"), "");
    writeFileSync(join(directory, "silent"), "");
    await daemon.untilLogged(/unhealthy: web \(.*the body is not as it should be\), restarting it/);
    await daemon.untilLogged(/unhealthy: told \(.*exit status 1\)\n/);
    await daemon.untilLogged(/unhealthy: watchdog \(notify: nothing heard for 1 s\), stopping it/);
    await daemon.untilState("watchdog", "STOPPED");
    rmSync(join(directory, "sick"));
    assert.equal((await daemon.ctl("wait", "--for", "healthy", "web", "told")).status, 0);
    const after = await rows(daemon);
    assert.notEqual(after.get("web")?.pid, before.get("web")?.pid);
    assert.ok((after.get("web")?.restarts ?? 0) > 0);
    assert.equal(after.get("told")?.pid, before.get("told")?.pid);
    await until("the events of health", () => {
      const text = readFileSync(join(directory, "events"), "utf8");
      return ["READY", "HEALTHY", "UNHEALTHY"].every((what) =>
        text.includes(`eventname:PROCESS_HEALTH_${what} `)
      );
    });
  });
});

test("a rolling restart fails no request, and ends at the first that does not come back", async () => {
  const directory = scripts();
  const port = await freePort();
  const programs = `
[fcgi-program:web]
command = python3 server.py
socket = tcp://127.0.0.1:${port}
process_name = %(process_num)d
numprocs = 4
readiness = fd:3
readiness_timeout = 10
startretries = 0
drain_command = sh -c "echo $SUPERVISOR_PROCESS_NAME >> drained"
[program:other]
command = sleep 600
autostart = false
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    assert.equal((await daemon.ctl("wait", "web:*")).status, 0, daemon.log());
    const before = await rows(daemon);
    const traffic = startTraffic(port);
    const rolled = await daemon.ctl("restart", "--rolling", "--batch", "2", "web:*", "other");
    const { answered, failures } = await traffic.end();
    assert.equal(rolled.status, 0, rolled.stdout);
    assert.equal(rolled.stdout.match(/^web:\d: restarted$/gm)?.length, 4, rolled.stdout);
    assert.match(rolled.stdout, /^other: left alone \(STOPPED\)$/m);
    assert.deepEqual(failures, []);
    assert.ok(answered > 0);
    const after = await rows(daemon);
    for (const [name, { pid }] of after) {
      if (name !== "other") assert.notEqual(pid, before.get(name)?.pid, name);
    }
    const drained = readFileSync(join(directory, "drained"), "utf8");
    assert.deepEqual(drained.trim().split("\n").sort(), ["0", "1", "2", "3"]);

    writeFileSync(join(directory, "broken"), "");
    const failed = await daemon.ctl("restart", "--rolling", "web:*", "--wait=ready");
    assert.equal(failed.status, 1);
    assert.match(failed.stdout, /^web:0: ERROR \(.+\)$/m);
    assert.match(failed.stdout, /after this failure; not restarted: web:1 web:2 web:3$/m);
    const left = await rows(daemon);
    for (const name of ["web:1", "web:2", "web:3"]) {
      assert.equal(left.get(name)?.pid, after.get(name)?.pid, name);
    }
  });
});

/** One request after the other, each on a connection of its own. */
function startTraffic(port: number) {
  const failures: string[] = [];
  let answered = 0;
  let isOver = false;
  const ask = () =>
    new Promise<void>((resolve) => {
      const asked = request(
        { port, host: "127.0.0.1", agent: false, timeout: 20_000 },
        (answer) => {
          answer.resume();
          answer.on("end", () => {
            answered++;
            resolve();
          });
        },
      );
      asked.on("error", (error) => {
        failures.push(error.message);
        resolve();
      });
      asked.end();
    });
  const done = (async () => {
    while (!isOver) await ask();
  })();
  return {
    async end() {
      isOver = true;
      await done;
      return { answered, failures };
    },
  };
}
