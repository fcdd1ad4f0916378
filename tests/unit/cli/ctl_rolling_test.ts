/** `wait` and `restart --rolling` against a server that is only a table. */
import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { OptionError, readOptions, wholeSeconds } from "../../../cli/ctl/options.ts";
import { Fault, type Value } from "../../../src/xmlrpc/value.ts";
import { runLine, type Setting } from "./ctl_harness.ts";

const STATES: Readonly<Record<string, number>> = { RUNNING: 20, STOPPED: 0 };

function info(group: string, name: string, statename: string): Value {
  const pid = statename === "RUNNING" ? 42 : 0;
  return { group, name, statename, state: STATES[statename] ?? 0, description: "", pid };
}

const PROCESSES = [
  info("web", "0", "RUNNING"),
  info("web", "1", "RUNNING"),
  info("web", "2", "RUNNING"),
  info("old", "old", "STOPPED"),
];

/** Our API: what it is asked for is noted, and answered by path. */
function api(asked: string[], problems: Readonly<Record<string, string>> = {}) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    if (!pathname.startsWith("/api/v1/")) return false;
    const name = pathname.slice("/api/v1/processes/".length);
    asked.push(`${name}${searchParams.size === 0 ? "" : `?${searchParams}`}`);
    const detail = problems[name];
    const body = JSON.stringify(detail === undefined ? {} : { detail });
    response.writeHead(detail === undefined ? 200 : 422, { "Content-Length": body.length });
    response.end(body);
    return true;
  };
}

const METHODS = {
  getAllProcessInfo: () => PROCESSES,
  stopProcess: () => true,
  startProcess: () => true,
};

function setUp(problems: Readonly<Record<string, string>> = {}, over: Setting["methods"] = {}) {
  const asked: string[] = [];
  const setting: Setting = { methods: { ...METHODS, ...over }, handle: api(asked, problems) };
  return { asked, run: (line: string) => runLine(line, setting) };
}

test("one after the other is drained, stopped, started and waited for", async () => {
  const { asked, run } = setUp();
  const { stdout, exit, calls } = await run("restart --rolling web:*");
  assert.equal(stdout, "web:0: restarted\nweb:1: restarted\nweb:2: restarted\n");
  assert.equal(exit, 0);
  assert.deepEqual(calls.slice(1), [
    "stopProcess(web:0)",
    "startProcess(web:0)",
    "stopProcess(web:1)",
    "startProcess(web:1)",
    "stopProcess(web:2)",
    "startProcess(web:2)",
  ]);
  assert.deepEqual(asked.slice(0, 3), [
    "web:0",
    "web:0/drain",
    "web:0/wait?for=ready&timeout=60&failFast=true",
  ]);
});

test("who does not run is left alone, and options may stand anywhere", async () => {
  const { asked, run } = setUp();
  const { stdout, exit } = await run("restart web:1 --wait=healthy old --rolling --timeout 5s");
  assert.equal(stdout, "old: left alone (STOPPED)\nweb:1: restarted\n");
  assert.equal(exit, 0);
  assert.equal(asked.at(-1), "web:1/wait?for=healthy&timeout=5&failFast=true");
});

test("the first failure ends it, and what was not restarted is named", async () => {
  const { run } = setUp({ "web:1/wait": "not ready after 60 s: loading" });
  const { stdout, exit, calls } = await run("restart --rolling web:*");
  assert.equal(
    stdout,
    "web:0: restarted\nweb:1: ERROR (not ready after 60 s: loading)\n" +
      "rolling restart ended after this failure; not restarted: web:2\n",
  );
  assert.equal(exit, 1);
  assert.equal(calls.some((call) => call.includes("web:2")), false);
});

test("a batch is finished together, and its failure spares the next one", async () => {
  const { run } = setUp({ "web:0/wait": "no" });
  const { stdout, exit } = await run("restart --rolling --batch 2 web:*");
  assert.deepEqual(stdout.split("\n").sort().slice(1), [
    "rolling restart ended after this failure; not restarted: web:2",
    "web:0: ERROR (no)",
    "web:1: restarted",
  ]);
  assert.equal(exit, 1);
});

test("who cannot be drained is not stopped; who is gone already need not be", async () => {
  const failing = setUp({ "web:0/drain": "drain_command: exit status 1" });
  const { stdout, calls } = await failing.run("restart --rolling web:0");
  assert.equal(stdout, "web:0: ERROR (drain_command: exit status 1)\n");
  assert.deepEqual(calls, ["getAllProcessInfo()"]);
  const gone = setUp({ "web:0/drain": "not running" }, {
    stopProcess: () => {
      throw new Fault(70, "NOT_RUNNING");
    },
  });
  assert.equal((await gone.run("restart --rolling web:0")).stdout, "web:0: restarted\n");
});

test("a start that fails is told in the words of `start`", async () => {
  const { run } = setUp({}, {
    startProcess: () => {
      throw new Fault(50, "SPAWN_ERROR: web:0");
    },
  });
  const { stdout, exit } = await run("restart --rolling web:0");
  assert.equal(stdout, "web:0: ERROR (spawn error)\n");
  assert.equal(exit, 1);
});

test("a name that does not exist is refused before anything happens", async () => {
  const { run } = setUp();
  const { stdout, exit, calls } = await run("restart --rolling web:* nobody");
  assert.equal(stdout, "nobody: ERROR (no such process)\n");
  assert.equal(exit, 1);
  assert.deepEqual(calls, ["getAllProcessInfo()"]);
});

test("a server without our API is told so, and nothing is stopped", async () => {
  const { stdout, exit, calls } = await runLine("restart --rolling web:*", { methods: METHODS });
  assert.match(stdout, /^ERROR: URL has no JSON API .* Supervisor's own daemon does not have$/m);
  assert.equal(exit, 1);
  assert.deepEqual(calls, ["getAllProcessInfo()"]);
});

const MISTAKES = [
  ["restart --rolling", /requires a process name/],
  ["restart --rolling --batch 0 web", /--batch takes a whole number from 1 to 10000, not 0/],
  ["restart --rolling --wait stopped web", /--wait is ready, healthy or running/],
  ["restart --rolling --speed 3 web", /unknown option --speed/],
  ["restart --rolling web --timeout", /--timeout needs a value/],
  ["restart --rolling=yes --rolling web", /--rolling takes no value/],
  ["wait", /wait requires a process name/],
  ["wait --for happiness web", /happiness is none of ready, healthy, running, stopped, exited/],
  ["wait --timeout long web", /--timeout takes a whole number from 0 to 86400, not long/],
] as const;

for (const [line, text] of MISTAKES) {
  test(`${line} is a mistake, and is told what would be right`, async () => {
    const { stdout, exit, calls } = await setUp().run(line);
    assert.match(stdout, text);
    assert.equal(exit, 2);
    assert.deepEqual(calls, []);
  });
}

test("wait tells of each process, and fails when one does not come", async () => {
  const { asked, run } = setUp({ "web:1/wait": "not ready after 3 s: loading" });
  const { stdout, exit } = await run("wait --timeout 3 web:0 web:1");
  assert.deepEqual(stdout.trim().split("\n").sort(), [
    "web:0: ready",
    "web:1: ERROR (not ready after 3 s: loading)",
  ]);
  assert.equal(exit, 1);
  assert.ok(asked.includes("web:0/wait?for=ready&timeout=3&failFast=false"));
});

test("readOptions() keeps the order of the other words", () => {
  const { options, words } = readOptions(["a", "--x=1", "b", "--y", "2"], {
    "--x": true,
    "--y": true,
  });
  assert.deepEqual(words, ["a", "b"]);
  assert.deepEqual([...options], [["--x", "1"], ["--y", "2"]]);
  assert.throws(() => wholeSeconds("--t", "-1"), OptionError);
});
