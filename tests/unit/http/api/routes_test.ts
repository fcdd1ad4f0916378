/** The API as a client sees it, over a daemon without processes. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { createParts } from "../../../../src/http/api/app.ts";
import { COMPONENTS } from "../../../../src/http/api/schemas/components.ts";
import { askerFor } from "../../../support/app.ts";
import { FakeDaemon, groupSpec } from "../../../support/fake_daemon.ts";
import { channelSpec, processSpec } from "../../../support/process_spec.ts";
import { parseOpenMetrics } from "../../../support/open_metrics.ts";

function setUp(credentials: Parameters<typeof askerFor>[1] = null) {
  const daemon = new FakeDaemon([
    groupSpec("web", [processSpec("web")]),
    groupSpec("g", [processSpec("a", { group: "g" }), processSpec("b/c", { group: "g" })]),
  ]);
  const ask = askerFor(daemon, credentials);
  /** A JSON body; the answer must fit its component, or be a problem. */
  async function json(
    method: string,
    path: string,
    body?: unknown,
    component?: keyof typeof COMPONENTS,
    // deno-lint-ignore no-explicit-any -- whatever a test asks of it
  ): Promise<{ status: number; body: any }> {
    const response = await ask(
      method,
      `/api/v1${path}`,
      body === undefined ? {} : { "Content-Type": "application/json" },
      body === undefined ? undefined : JSON.stringify(body),
    );
    const value = await response.json();
    const schema = response.ok ? component : "Problem";
    if (schema !== undefined) v.parse(COMPONENTS[schema], value);
    const type = response.ok ? "application/json" : "application/problem+json";
    assert.equal(response.headers.get("content-type"), type);
    return { status: response.status, body: value };
  }
  return { daemon, ask, json };
}

const READS: readonly [path: string, component: keyof typeof COMPONENTS][] = [
  ["/daemon", "DaemonInfo"],
  ["/processes", "Processes"],
  ["/processes?usage=true&state=stopped,RUNNING&group=g", "Processes"],
  ["/processes/web", "Process"],
  ["/processes/g:a?usage=1", "Process"],
  ["/processes/g%3Aa", "Process"],
  ["/processes/web/failures", "Failures"],
  ["/processes/g:a/why", "Why"],
  ["/usage", "UsageSample"],
  ["/groups", "Groups"],
  ["/groups/g", "Group"],
  ["/config", "Configuration"],
  ["/config/difference", "Difference"],
];
for (const [path, component] of READS) {
  test(`GET ${path} answers as described`, async () => {
    const { json } = setUp();
    assert.equal((await json("GET", path, undefined, component)).status, 200);
  });
}

test("processes come sorted, and filters choose among them", async () => {
  const { daemon, json } = setUp();
  daemon.submit(daemon.find("web"), { type: "start" });
  const names = async (query: string) =>
    (await json("GET", `/processes${query}`)).body.processes.map((p: { namespec: string }) =>
      p.namespec
    );
  assert.deepEqual(await names(""), ["g:a", "g:b/c", "web"]);
  assert.deepEqual(await names("?group=g"), ["g:a", "g:b/c"]);
  assert.deepEqual(await names("?state=STARTING"), ["web"]);
  assert.deepEqual(await names("?state=FATAL"), []);
});

test("a process tells how its last child ended, in words, too", async () => {
  const { daemon, json } = setUp();
  const web = daemon.find("web");
  daemon.submit(web, { type: "start" });
  daemon.advance(2);
  const exit = { type: "signalled", signal: 9, coreDumped: false } as const;
  daemon.submit(web, { type: "exited", exit });
  const { body } = await json("GET", "/processes/web", undefined, "Process");
  assert.deepEqual(body.lastExit, { code: null, signal: "SIGKILL", text: "terminated by SIGKILL" });
  assert.equal(body.pid, null);
  assert.equal(body.uptimeSeconds, null);
});

test("why a process failed comes in full, the latest first, and in short with the process", async () => {
  const { daemon, json } = setUp();
  const report = {
    at: Date.UTC(2026, 0, 2),
    pid: 42,
    exit: { type: "signalled", signal: 11, coreDumped: true },
    reason: "terminated by SIGSEGV (core dumped) after 2 seconds",
    upForMs: 2000,
    tries: 0,
    oomKilled: null,
    usage: { userSeconds: 0.5, systemSeconds: 0.25, maxResidentBytes: 1024 },
    output: { stdout: ["last words"], stderr: [] },
    hints: [{ code: "crashed", text: "it crashed" }],
    command: "/bin/web",
    revision: "00c0ffee",
  } as const;
  daemon.find("web").failures = [{ ...report, exit: null, reason: "older" }, report];
  const { body } = await json("GET", "/processes/web/failures", undefined, "Failures");
  const [latest, older] = body.failures;
  assert.equal(latest.failedAt, "2026-01-02T00:00:00.000Z");
  assert.equal(latest.exit.signal, "SIGSEGV");
  assert.equal(latest.coreDumped, true);
  assert.equal(latest.uptimeSeconds, 2);
  assert.deepEqual([older.reason, older.exit], ["older", null]);
  const { body: process } = await json("GET", "/processes/web", undefined, "Process");
  assert.deepEqual(process.lastFailure, {
    failedAt: "2026-01-02T00:00:00.000Z",
    reason: report.reason,
    hint: "it crashed",
  });
});

test("reload is carried out for a running process, and says what went wrong", async () => {
  const { daemon, json } = setUp();
  const reload = (path: string, status = 200) =>
    json("POST", path, {}, status === 200 ? "ActionResults" : "Problem");
  assert.equal((await reload("/processes/web/reload", 409)).body.code, "NOT_RUNNING");
  daemon.submit(daemon.find("web"), { type: "start" });
  assert.equal((await reload("/processes/web/reload")).body.results[0].text, "reloaded");
  daemon.reloadProblem = "no such thing";
  const refused = await reload("/processes/web/reload", 422);
  assert.equal(refused.body.detail, "web: no such thing");
  // Of a group those that run; here none does.
  assert.deepEqual((await reload("/groups/g/reload")).body.results, []);
  assert.deepEqual(daemon.requests, ["reload web", "reload web"]);
});

test("a slash in a name is a matter of encoding", async () => {
  const { json } = setUp();
  assert.equal((await json("GET", "/processes/g:b%2Fc", undefined, "Process")).body.name, "b/c");
});

test("start, signal and stop without waiting", async () => {
  const { daemon, json } = setUp();
  const started = await json("POST", "/processes/web/start", { wait: false }, "ActionResults");
  assert.deepEqual(started.body.results, [
    { namespec: "web", name: "web", group: "web", ok: true, code: "OK", text: "starting" },
  ]);
  await json("POST", "/processes/web/signal", { signal: "HUP" }, "ActionResults");
  assert.deepEqual(daemon.find("web").signals, [{ signal: 1, group: false }]);
  const stopped = await json("POST", "/processes/web/stop", { wait: false }, "ActionResults");
  assert.equal(stopped.body.results[0].text, "stopping");
  assert.equal(daemon.find("web").record.state, "STOPPING");
});

test("start waits for the outcome unless told otherwise", async () => {
  const { daemon, json } = setUp();
  const answer = json("POST", "/processes/web/start", {}, "ActionResults");
  await new Promise((resolve) => setTimeout(resolve, 10));
  daemon.advance(2);
  assert.equal((await answer).body.results[0].text, "started");
});

test("restart stops first and starts then", async () => {
  const { daemon, json } = setUp();
  const web = daemon.find("web");
  daemon.submit(web, { type: "start" });
  daemon.advance(2);
  const answer = json("POST", "/processes/web/restart", { wait: false }, "ActionResults");
  assert.equal((await answer).body.results[0].text, "restarting");
  assert.equal(web.record.state, "STOPPING");
  daemon.exit(web, 0);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(web.record.state, "STARTING");
});

test("a list of targets: each says how it went, repeated ones once", async () => {
  const { daemon, json } = setUp();
  daemon.submit(daemon.find("web"), { type: "start" });
  const { status, body } = await json("POST", "/actions", {
    action: "start",
    targets: ["web", "g:*", "web", "nope", "nope:*"],
    wait: false,
  }, "ActionResults");
  assert.equal(status, 200);
  assert.deepEqual(
    body.results.map((r: { namespec: string; code: string }) => [r.namespec, r.code]),
    [["web", "ALREADY_STARTED"], ["g:a", "OK"], ["g:b/c", "OK"], ["nope", "BAD_NAME"], [
      "nope:*",
      "BAD_NAME",
    ]],
  );
});

test("groups and all are acted upon as a whole", async () => {
  const { daemon, json } = setUp();
  await json("POST", "/groups/g/start", { wait: false }, "ActionResults");
  assert.equal(daemon.find("g:a").record.state, "STARTING");
  await json("POST", "/groups/g/signal", { signal: "USR1" }, "ActionResults");
  assert.equal(daemon.find("g:b/c").signals.length, 1);
  await json("POST", "/groups/g/clear", {}, "ActionResults");
  assert.equal(daemon.find("g:a").cleared, 1);
  const { body } = await json("POST", "/actions", {
    action: "stop",
    targets: ["all"],
    wait: false,
  }, "ActionResults");
  assert.equal(body.results.length, 2);
});

test("text goes to standard input as it is", async () => {
  const { daemon, json } = setUp();
  daemon.submit(daemon.find("web"), { type: "start" });
  await json("POST", "/processes/web/stdin", { text: "naïve\n" }, "Accepted");
  assert.equal(new TextDecoder().decode(daemon.find("web").stdin[0]), "naïve\n");
});

const PROBLEMS: readonly [
  method: string,
  path: string,
  body: unknown,
  status: number,
  code: string,
][] = [
  ["GET", "/nope", undefined, 404, "NOT_FOUND"],
  ["DELETE", "/daemon", undefined, 405, "METHOD_NOT_ALLOWED"],
  ["GET", "/actions", undefined, 405, "METHOD_NOT_ALLOWED"],
  ["GET", "/processes/nope", undefined, 404, "BAD_NAME"],
  ["GET", "/groups/nope", undefined, 404, "BAD_NAME"],
  ["POST", "/groups/nope/start", {}, 404, "BAD_NAME"],
  ["POST", "/processes/g:*/start", {}, 404, "BAD_NAME"],
  ["POST", "/processes/web/stop", {}, 409, "NOT_RUNNING"],
  ["POST", "/processes/web/signal", { signal: "NOPE" }, 400, "BAD_SIGNAL"],
  ["POST", "/processes/web/signal", {}, 400, "INVALID_REQUEST"],
  ["POST", "/processes/web/start", { wait: "yes" }, 400, "INVALID_REQUEST"],
  ["POST", "/processes/web/start", { wiat: false }, 400, "INVALID_REQUEST"],
  ["POST", "/processes/web/start", [], 400, "INVALID_REQUEST"],
  ["POST", "/actions", { action: "signal", targets: ["all"] }, 400, "INVALID_REQUEST"],
  ["POST", "/actions", { action: "fly", targets: ["all"] }, 400, "INVALID_REQUEST"],
  ["POST", "/actions", { action: "stop", targets: [] }, 400, "INVALID_REQUEST"],
  ["GET", "/processes?usage=perhaps", undefined, 400, "INVALID_REQUEST"],
  ["GET", "/processes?statte=x", undefined, 400, "INVALID_REQUEST"],
  ["GET", "/events?types=NOPE", undefined, 400, "INVALID_REQUEST"],
  ["GET", "/processes/web/logs/stdout", undefined, 404, "NO_LOG"],
  ["GET", "/processes/web/logs/stdin", undefined, 400, "INVALID_REQUEST"],
  ["GET", "/daemon/log/tail", undefined, 404, "NO_LOG"],
  ["POST", "/daemon/log/clear", {}, 404, "NO_LOG"],
];
for (const [method, path, body, status, code] of PROBLEMS) {
  test(`${method} ${path} ${JSON.stringify(body) ?? ""} is ${status} ${code}`, async () => {
    const { json } = setUp();
    const answer = await json(method, path, body);
    assert.deepEqual([answer.status, answer.body.status, answer.body.code], [status, status, code]);
  });
}

test("input that does not fit is told by its place", async () => {
  const { json } = setUp();
  const { body } = await json("GET", "/processes/web/logs/stdout/tail?lines=0&limit=3");
  assert.deepEqual(body.errors.map(({ path }: { path: string }) => path).sort(), [
    "query.limit",
    "query.lines",
  ]);
});

test("a body that is not JSON is refused, an absent one is an empty object", async () => {
  const { ask } = setUp();
  const broken = await ask("POST", "/api/v1/processes/web/start", {}, "{wait:");
  assert.equal(broken.status, 400);
  const absent = await ask("POST", "/api/v1/config/reread");
  assert.equal(absent.status, 200);
  const xml = { "Content-Type": "text/xml" };
  assert.equal((await ask("POST", "/api/v1/config/reread", xml, "<x/>")).status, 415);
});

test("a defect is an internal error that tells nothing, and a line in the log", async () => {
  const { daemon, json } = setUp();
  daemon.groups = () => {
    throw new Error("secret");
  };
  const { status, body } = await json("GET", "/daemon");
  assert.equal(status, 500);
  assert.ok(!JSON.stringify(body).includes("secret"));
  assert.ok(daemon.logged.some(({ text }) => text.includes("secret")));
});

test("while the daemon stops, it says so", async () => {
  const { daemon, ask, json } = setUp();
  assert.equal((await ask("GET", "/readyz")).status, 200);
  await json("POST", "/daemon/shutdown", {}, "Accepted");
  assert.deepEqual(daemon.requests, ["shutdown"]);
  for (const path of ["/daemon/shutdown", "/processes/web/start", "/config/reread"]) {
    assert.equal((await json("POST", path, {})).status, 503, path);
  }
  assert.equal((await ask("GET", "/readyz")).status, 503);
  assert.equal((await ask("GET", "/healthz")).status, 200);
});

test("a reread tells each key that has changed, old and new, but no secrets", async () => {
  const { daemon, json } = setUp();
  const read = groupSpec("g", [
    processSpec("a", {
      group: "g",
      command: "/bin/new",
      environment: { TOKEN: "geheim" },
      stdout: channelSpec({ log: { kind: "file", path: "/var/log/a.log" } }),
    }),
    processSpec("d", { group: "g" }),
  ], { priority: 5 });
  daemon.onReread = () => {
    const added = groupSpec("new", [processSpec("new")]);
    daemon.config = { ...daemon.config, groups: [read, added] };
    return { added: [added], changed: [read], removed: [groupSpec("web", [])] };
  };
  const { body } = await json("POST", "/config/reread", {}, "Difference");
  assert.equal(body.isEmpty, false);
  assert.deepEqual(body.added.map(({ group }: { group: string }) => group), ["new"]);
  assert.deepEqual(body.removed, [{ group: "web" }]);
  assert.deepEqual(body.changed[0].changes, [
    { process: null, key: "priority", old: 999, new: 5 },
    { process: "a", key: "command", old: "/bin/sleep 100", new: "/bin/new" },
    { process: "a", key: "stdout_logfile", old: "NONE", new: "/var/log/a.log" },
    { process: "a", key: "environment.TOKEN", old: null, new: "(set)" },
    { process: "b/c", key: "process", old: "/bin/sleep 100", new: null },
    { process: "d", key: "process", old: null, new: "/bin/sleep 100" },
  ]);
  assert.ok(!JSON.stringify((await json("GET", "/config")).body).includes("geheim"));
  const seen = await json("GET", "/config/difference", undefined, "Difference");
  assert.deepEqual(seen.body.changed, body.changed);
});

test("an update stops, removes and adds what a reread has found", async () => {
  const { daemon, json } = setUp();
  const added = groupSpec("new", [processSpec("new")]);
  const changed = groupSpec("g", [processSpec("a", { group: "g" })]);
  daemon.onReread = () => {
    daemon.config = { ...daemon.config, groups: [changed, added] };
    return { added: [added], changed: [changed], removed: [groupSpec("web", [])] };
  };
  const { body } = await json("POST", "/config/update", {}, "UpdateResult");
  assert.deepEqual(
    body.steps.map((s: { group: string; step: string; ok: boolean }) => [s.group, s.step, s.ok]),
    [
      ["web", "stopped", true],
      ["web", "removed", true],
      ["g", "stopped", true],
      ["g", "removed", true],
      ["g", "updated", true],
      ["new", "added", true],
    ],
  );
  assert.deepEqual(daemon.groups().map(({ name }) => name), ["g", "new"]);
});

test("a configuration that cannot be read is a problem with the reason", async () => {
  const { daemon, json } = setUp();
  daemon.onReread = () => {
    throw new Error("line 3 is wrong");
  };
  const { status, body } = await json("POST", "/config/reread", {});
  assert.deepEqual([status, body.code, body.detail], [422, "CANT_REREAD", "line 3 is wrong"]);
});

const BROWSER = { "Accept-Language": "de", "User-Agent": "Mozilla/5.0" };
const FORGED: readonly [
  why: string,
  headers: Record<string, string>,
  status: number,
][] = [
  ["a program", {}, 200],
  ["our own page", { ...BROWSER, "Content-Type": "application/json" }, 200],
  ["our own page's form with a header", { ...BROWSER, "X-Requested-With": "page" }, 200],
  ["a form", { ...BROWSER, "Content-Type": "text/plain" }, 415],
  ["a form without a type", BROWSER, 415],
  [
    "another site",
    { ...BROWSER, "Content-Type": "application/json", "Sec-Fetch-Site": "cross-site" },
    403,
  ],
  [
    "another origin over plain HTTP",
    { ...BROWSER, "Content-Type": "application/json", Origin: "http://evil.example" },
    403,
  ],
];
for (const [why, headers, status] of FORGED) {
  test(`a start by ${why} is ${status}`, async () => {
    const { daemon, ask } = setUp();
    const path = "/api/v1/processes/web/start";
    assert.equal((await ask("POST", path, headers, '{"wait":false}')).status, status);
    assert.equal(daemon.find("web").record.state, status === 200 ? "STARTING" : "STOPPED");
  });
}

for (const path of ["/", "/api/v1/daemon", "/RPC2", "/metrics", "/logtail/web"]) {
  test(`${path} is not for a browser that was led here by another name`, async () => {
    const { ask } = setUp();
    const headers = { ...BROWSER, Host: "evil.example:9001" };
    assert.equal((await ask("GET", path, headers)).status, 403);
    assert.notEqual((await ask("GET", path, { Host: "evil.example:9001" })).status, 403);
    assert.notEqual((await ask("GET", path, BROWSER)).status, 403);
  });
}

test("the credentials of the server are asked for", async () => {
  const { ask } = setUp({ username: "u", password: "p" });
  for (const path of ["/api/v1/daemon", "/metrics", "/healthz", "/api/v1/openapi.json"]) {
    assert.equal((await ask("GET", path)).status, 401, path);
  }
});

test("HEAD of an endless answer leaves nobody listening", async () => {
  const { daemon, ask } = setUp();
  assert.equal((await ask("HEAD", "/api/v1/events")).status, 200);
  const families = parseOpenMetrics(await (await ask("GET", "/metrics")).text());
  assert.equal(families.get("supervisord_event_stream_clients")?.samples[0]?.value, 0);
  daemon.clock.advance(60_000);
  assert.equal(daemon.clock.armed, 0);
});

test("every route is in the description, and every reference in it leads somewhere", async () => {
  const { daemon, ask } = setUp();
  const document = await (await ask("GET", "/api/v1/openapi.json")).json();
  assert.equal(document.openapi, "3.1.0");
  const { routes } = createParts(daemon);
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations as object).map((method) => `${method.toUpperCase()} ${path}`)
  );
  assert.deepEqual(
    described.sort(),
    routes.map(({ method, path }) => `${method} /api/v1${path}`).sort(),
  );
  const ids = routes.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    assert.ok(document.components.schemas[name as string] !== undefined, name);
  }
  for (const { path, params } of routes) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    assert.deepEqual(Object.keys(params.entries), named, path);
  }
  const { limit } = document.paths["/api/v1/daemon/log/search"].get.parameters
    .reduce((all: object, p: { name: string }) => ({ ...all, [p.name]: p }), {});
  assert.deepEqual(limit.schema, { type: "integer", minimum: 1, maximum: 1000, default: 100 });
});

test("metrics are OpenMetrics, and count what happened", async () => {
  const { daemon, ask } = setUp();
  const web = daemon.find("web");
  web.counts = { bytes: 7, dropped: 3 };
  Object.assign(daemon.group("g") ?? {}, { eventQueue: { size: 2, capacity: 10, dropped: 1 } });
  daemon.submit(web, { type: "start" });
  daemon.advance(2);
  daemon.statistics.countExit(web, { type: "exited", code: 3 });
  daemon.statistics.countExit(web, { type: "signalled", signal: 9, coreDumped: false });
  daemon.statistics.countExit(web, { type: "signalled", signal: 9, coreDumped: false });
  daemon.statistics.spawnSeconds.observe(0.003);
  daemon.statistics.countCall("supervisor.getState", 0.002);
  daemon.identifier = 'a "b"\\\nc';
  const response = await ask("GET", "/metrics");
  assert.match(response.headers.get("content-type") ?? "", /^application\/openmetrics-text;/);
  const families = parseOpenMetrics(await response.text());
  const value = (family: string, labels: Record<string, string>) =>
    families.get(family)?.samples.find((sample) =>
      Object.entries(labels).every(([key, text]) => sample.labels[key] === text)
    )?.value;
  const labels = { process: "web" };
  assert.equal(value("supervisor_process_state", { ...labels, state: "RUNNING" }), 1);
  assert.equal(value("supervisor_process_starts", labels), 1);
  assert.equal(value("supervisor_process_exits", { ...labels, value: "SIGKILL" }), 2);
  assert.equal(value("supervisor_process_exits", { ...labels, reason: "code", value: "3" }), 1);
  assert.equal(value("supervisor_process_log_bytes", { ...labels, channel: "stdout" }), 7);
  assert.equal(value("supervisor_event_queue_dropped", { pool: "g" }), 1);
  assert.equal(value("supervisord", { identifier: 'a "b"\\\nc' }), 1);
  assert.equal(value("supervisord_rpc_duration_seconds", { method: "supervisor.getState" }), 0);
});

test("logs: files, range, tail, search, download", async () => {
  const directory = mkdtempSync(join(tmpdir(), "supervisord-api-"));
  try {
    const { daemon, ask, json } = setUp();
    const path = join(directory, "web.log");
    writeFileSync(`${path}.1`, "first error\n");
    writeFileSync(path, "second\nthird Error\n");
    daemon.find("web").logPaths.stdout = path;
    daemon.mainLogPath = path;
    for (const base of ["/processes/web/logs/stdout", "/daemon/log"]) {
      const info = await json("GET", base, undefined, "LogInfo");
      assert.deepEqual(info.body.files.map((f: { rotation: number }) => f.rotation), [0, 1]);
      const old = info.body.files[1].file;
      const range = await json("GET", `${base}/range?offset=-6`, undefined, "LogRange");
      assert.equal(range.body.text, "Error\n");
      const other = await json("GET", `${base}/range?offset=0&file=${old}`, undefined, "LogRange");
      assert.equal(other.body.text, "first error\n");
      const tail = await json("GET", `${base}/tail?lines=2`, undefined, "LogLines");
      assert.deepEqual(tail.body.lines.map((l: { text: string }) => l.text), [
        "second",
        "third Error",
      ]);
      const before = await json("GET", `${base}/tail?before=${tail.body.before}`);
      assert.deepEqual(before.body.lines.map((l: { text: string }) => l.text), ["first error"]);
      const query = "q=err(or|aur)%24&regex=true&ignoreCase=true";
      const found = await json("GET", `${base}/search?${query}`, undefined, "LogMatches");
      assert.deepEqual(found.body.matches.map((m: { text: string }) => m.text), [
        "third Error",
        "first error",
      ]);
      assert.equal(
        (await json("GET", `${base}/search?q=(a&regex=1`)).body.errors[0].path,
        "query.q",
      );
      assert.equal((await json("GET", `${base}/search?q=a&cursor=x`)).status, 400);
      const file = await ask("GET", `/api/v1${base}/download`);
      assert.match(
        file.headers.get("content-disposition") ?? "",
        /^attachment; filename="web.log"/,
      );
      assert.equal(await file.text(), "second\nthird Error\n");
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("the daemon starts without the API's code and its schema library", () => {
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  const seen = new Set<string>();
  const follow = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    // Statements only: import() is what makes the difference.
    const statement = /^(?:import|export)\s(?!type\b)[^;]*?["']([^"']+)["'];/gm;
    for (const [, target = ""] of readFileSync(join(root, file), "utf8").matchAll(statement)) {
      assert.doesNotMatch(target, /valibot/, `imported by ${file}`);
      if (target.startsWith(".") && /\.tsx?$/.test(target)) follow(join(file, "..", target));
    }
  };
  follow("src/supervisord.ts");
  assert.ok(seen.has("src/http/api/mount.ts"), "the walk does not get there");
  assert.ok(!seen.has("src/http/api/app.ts"));
});
