/** The JSON API, events and metrics of the real daemon, with the examples of the documentation. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseOpenMetrics } from "../support/open_metrics.ts";
import { freePort } from "../support/ports.ts";
import { run } from "../support/run.ts";
import { type TestDaemon, withDaemon } from "../support/start_daemon.ts";
import { pause, until } from "../support/until.ts";

const documentation = readFileSync(
  fileURLToPath(new URL("../../docs/api.md", import.meta.url)),
  "utf8",
);

interface Example {
  readonly command: string;
  readonly answer: string;
}

/** Commands of the `console` blocks, each with what follows it. */
function examples(): Example[] {
  return [...documentation.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
    block.split(/^\$ /m).slice(1).map((part) => {
      const end = part.indexOf("\n");
      return { command: part.slice(0, end), answer: part.slice(end + 1).trim() };
    })
  );
}

/** Whether a value is as the documentation says: what differs from run to run is of the same kind. */
function assertLike(actual: unknown, wanted: unknown, place: string): void {
  if (typeof wanted === "number") return assert.equal(typeof actual, "number", place);
  if (typeof wanted === "string") {
    return assert.match(String(actual), patternOf(wanted), place);
  }
  if (Array.isArray(wanted)) {
    assert.ok(Array.isArray(actual), place);
    const isOpen = wanted.at(-1) === "…";
    const items = isOpen ? wanted.slice(0, -1) : wanted;
    if (!isOpen) assert.equal(actual.length, items.length, `${place}: ${JSON.stringify(actual)}`);
    items.forEach((item, i) => assertLike(actual[i], item, `${place}[${i}]`));
    return;
  }
  if (typeof wanted === "object" && wanted !== null) {
    assert.ok(typeof actual === "object" && actual !== null, place);
    for (const [key, value] of Object.entries(wanted)) {
      assertLike((actual as Record<string, unknown>)[key], value, `${place}.${key}`);
    }
    return;
  }
  assert.equal(actual, wanted, place);
}

function patternOf(text: string): RegExp {
  const parts = text.split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^\\n]*")}$`);
}

function serverSection(port: number): string {
  return `[inet_http_server]\nport = 127.0.0.1:${port}\n`;
}

test("the examples of docs/api.md do what it says", async () => {
  const programs = /```ini\n([\s\S]*?)```/.exec(documentation)?.[1] ?? "";
  const port = await freePort();
  await withDaemon({ programs: serverSection(port) + programs }, async (daemon) => {
    for (const name of ["web", "worker:worker_0", "worker:worker_1"]) {
      await daemon.untilState(name, "RUNNING");
    }
    const found = examples();
    assert.ok(found.length > 10);
    for (const { command, answer } of found) {
      const line = command.replaceAll("localhost:9001", `127.0.0.1:${port}`);
      const { stdout } = await run(["/bin/sh", "-c", line], { cwd: daemon.directory });
      if (answer.startsWith("{")) {
        assertLike(JSON.parse(stdout), JSON.parse(answer), command);
        continue;
      }
      const lines = stdout.split("\n");
      answer.split("\n").forEach((wanted, i) => {
        assert.match(lines[i] ?? "", patternOf(wanted), `${command}, line ${i + 1}`);
      });
    }
  });
});

/** GET over the daemon's own socket. */
function open(daemon: TestDaemon, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ socketPath: join(daemon.directory, "supervisor.sock"), path }, resolve)
      .on("error", reject);
  });
}

async function read(daemon: TestDaemon, path: string): Promise<string> {
  let text = "";
  const response = await open(daemon, path);
  response.setEncoding("utf8");
  for await (const piece of response) text += piece;
  return text;
}

/** Collects a stream while the test goes on. */
async function collect(daemon: TestDaemon, path: string) {
  const response = await open(daemon, path);
  const seen = { text: "", ended: false, close: () => response.destroy() };
  response.setEncoding("utf8");
  response.on("data", (piece: string) => seen.text += piece);
  response.on("end", () => seen.ended = true);
  response.on("error", () => seen.ended = true);
  return seen;
}

test("metrics of the real daemon count what its processes did", async () => {
  const programs = `[program:dies]
command = /bin/sh -c 'echo 0123456789; exit 3'
startsecs = 0
autorestart = false
[program:sleeps]
command = /bin/sleep 1000
[eventlistener:listens]
command = /bin/cat
events = TICK_3600
`;
  await withDaemon({ programs }, async (daemon) => {
    await daemon.untilState("dies", "EXITED");
    await daemon.untilState("sleeps", "RUNNING");
    const families = parseOpenMetrics(await read(daemon, "/metrics"));
    const value = (family: string, process: string, labels: Record<string, string> = {}) =>
      families.get(family)?.samples.find((sample) =>
        sample.labels["process"] === process &&
        Object.entries(labels).every(([key, text]) => sample.labels[key] === text)
      )?.value;
    assert.equal(value("supervisor_process_exits", "dies", { reason: "code", value: "3" }), 1);
    assert.equal(value("supervisor_process_log_bytes", "dies", { channel: "stdout" }), 11);
    assert.equal(value("supervisor_process_up", "dies"), 0);
    assert.equal(value("supervisor_process_up", "sleeps"), 1);
    assert.ok((value("supervisor_process_resident_memory_bytes", "sleeps") ?? 0) > 0);
    assert.ok((value("supervisor_process_open_fds", "sleeps") ?? 0) >= 3);
    assert.ok((families.get("supervisord_rpc_duration_seconds")?.samples.length ?? 0) > 0);
    const spawns = families.get("supervisord_spawn_duration_seconds")?.samples
      .find(({ name }) => name.endsWith("_count"));
    assert.equal(spawns?.value, 3);
    assert.equal(families.get("supervisor_event_queue_capacity")?.samples[0]?.value, 10);
  });
});

test("events come as they happen, and a client that comes back misses none", async () => {
  const programs = "[program:sleeps]\ncommand = /bin/sleep 1000\nstartsecs = 0\n";
  await withDaemon({ programs }, async (daemon) => {
    await daemon.untilState("sleeps", "RUNNING");
    const first = await collect(daemon, "/api/v1/events?snapshot=true");
    await until("the snapshot", () => first.text.includes("event: snapshot"));
    await daemon.ctl("stop", "sleeps");
    await until("the stop", () => /"to":"STOPPED"/.test(first.text));
    await until("the row", () => /event: process\ndata: .*"state":"STOPPED"/.test(first.text));
    const id = [...first.text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1];
    first.close();
    await daemon.ctl("start", "sleeps");
    const again = await collect(daemon, `/api/v1/events?lastEventId=${id}`);
    await until("what was missed", () => /"to":"RUNNING"/.test(again.text));
    assert.match(again.text, /"resumed":true/);
    assert.equal([...again.text.matchAll(/"to":"STARTING"/g)].length, 1);
    again.close();
    const lost = await collect(daemon, "/api/v1/events?lastEventId=other-1");
    await until("the gap", () => lost.text.includes("event: gap"));
    lost.close();
  });
});

test("a client that does not read is cut, and the daemon goes on", async () => {
  const programs = `[program:talks]
command = /bin/sh -c 'read go; while :; do head -c 60000 /dev/zero | tr "\\\\0" x; echo; done'
stdout_events_enabled = true
stdout_logfile = NONE
[program:sleeps]
command = /bin/sleep 1000
`;
  await withDaemon({ programs }, async (daemon) => {
    await daemon.untilState("talks", "RUNNING");
    const deaf = await open(daemon, "/api/v1/events?types=PROCESS_LOG");
    deaf.pause();
    const path = "/metrics";
    const clients = async () =>
      parseOpenMetrics(await read(daemon, path)).get("supervisord_event_stream_clients")
        ?.samples[0]?.value;
    assert.equal(await clients(), 1);
    const body = JSON.stringify({ text: "go\n" });
    await post(daemon, "/api/v1/processes/talks/stdin", body);
    await until("the client to be cut", async () => await clients() === 0);
    assert.equal((await daemon.status()).get("sleeps")?.state, "RUNNING");
    let end = "";
    deaf.setEncoding("utf8");
    deaf.on("data", (piece: string) => end = (end + piece).slice(-500));
    deaf.resume();
    await until("the notice", () => end.includes("event: cut"));
    deaf.destroy();
  });
});

async function post(daemon: TestDaemon, path: string, body: string): Promise<void> {
  const socket = join(daemon.directory, "supervisor.sock");
  const { stdout } = await run([
    "curl",
    "-s",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    "--unix-socket",
    socket,
    "-d",
    body,
    `http://localhost${path}`,
  ], {});
  assert.equal(stdout, "200", path);
}

test("a search through a large log neither blocks the daemon nor misses a line", async () => {
  const programs = "[program:sleeps]\ncommand = /bin/sleep 1000\nstdout_logfile = big.log\n";
  await withDaemon({ programs }, async (daemon) => {
    await daemon.untilState("sleeps", "RUNNING");
    const path = join(daemon.directory, "big.log");
    const line = `${"x".repeat(99)}\n`;
    writeFileSync(path, `the needle 1\n${line.repeat(600_000)}the needle 2\n`);
    const base = "/api/v1/processes/sleeps/logs/stdout/search?regex=true&q=";
    const find = async (pattern: string) => {
      const texts: string[] = [];
      let cursor: string | null = "";
      while (cursor !== null) {
        const query = `${encodeURIComponent(pattern)}${cursor === "" ? "" : `&cursor=${cursor}`}`;
        const before = performance.now();
        const answer = JSON.parse(await read(daemon, base + query));
        assert.ok(performance.now() - before < 10_000, "one call must not take for ever");
        texts.push(...answer.matches.map((match: { text: string }) => match.text));
        cursor = answer.cursor;
        assert.ok(texts.length < 3);
      }
      return texts;
    };
    const search = find("needle \\d");
    let slowest = 0;
    let isOver = false;
    search.finally(() => isOver = true);
    while (!isOver) {
      const before = performance.now();
      await read(daemon, "/healthz");
      slowest = Math.max(slowest, performance.now() - before);
      await pause(5);
    }
    assert.deepEqual(await search, ["the needle 2", "the needle 1"]);
    // Slices are some milliseconds; a blocked daemon would not answer before the search is over.
    assert.ok(slowest < 10_000, `${slowest} ms for an answer meanwhile`);
    const evil = JSON.parse(await read(daemon, `${base}${encodeURIComponent("(x+)+y")}`));
    assert.deepEqual(evil.matches, []);
    assert.ok(evil.cursor !== null);
  });
});

test("supervisorctl follows events, and merges logs by their times", async () => {
  const programs = ["a", "b"].map((name, i) =>
    `[program:${name}]
command = /bin/sh -c 'echo "2026-01-01 10:00:0${
      1 + i
    } ${name} one"; echo "  more"; echo "2026-01-01 10:00:0${3 + i} ${name} two"; exec sleep 1000'
`
  ).join("");
  await withDaemon({ programs }, async (daemon) => {
    for (const name of ["a", "b"]) await daemon.untilState(name, "RUNNING");
    const merged = await daemon.ctl("logs", "a", "b");
    assert.deepEqual(merged.stdout.split("\n").slice(0, -1), [
      "a | 2026-01-01 10:00:01 a one",
      "a |   more",
      "b | 2026-01-01 10:00:02 b one",
      "b |   more",
      "a | 2026-01-01 10:00:03 a two",
      "b | 2026-01-01 10:00:04 b two",
    ]);
    const since = await daemon.ctl("logs", "--since", "2026-01-01T10:00:03", "all");
    assert.equal(since.stdout.split("\n").length, 3);
    const grep = await daemon.ctl("logs", "--grep", "b one", "b");
    assert.equal(grep.stdout, "2026-01-01 10:00:02 b one\n");
    const json = JSON.parse((await daemon.ctl("--json", "status", "a")).stdout);
    assert.equal(json.processes[0].state, "RUNNING");

    const refused = await daemon.ctl("events", "--type", "NOPE");
    assert.equal(refused.stdout, 'ERROR: no such event type: "NOPE"\n');
    assert.equal(refused.status, 1);

    const events = daemon.ctl("events", "--type", "PROCESS_STATE");
    await until(
      "the listener",
      async () => /supervisord_event_stream_clients 1/.test(await read(daemon, "/metrics")),
    );
    await daemon.ctl("stop", "a");
    await daemon.ctl("shutdown");
    const { stdout } = await events;
    assert.match(stdout, /PROCESS_STATE_STOPPING a from=RUNNING.*\n.*PROCESS_STATE_STOPPED a /);
    await daemon.exit();
  });
});
