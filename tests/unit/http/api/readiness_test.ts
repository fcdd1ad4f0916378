/** Waiting for a process over the API, and draining it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HealthPolicy } from "../../../../src/process/health.ts";
import { askerFor } from "../../../support/app.ts";
import { FakeDaemon, groupSpec } from "../../../support/fake_daemon.ts";
import { processSpec } from "../../../support/process_spec.ts";

const POLICY: HealthPolicy = {
  readiness: { kind: "notify" },
  readinessTimeoutMs: null,
  healthcheck: null,
  intervalMs: 1000,
  timeoutMs: 1000,
  retries: 1,
  startPeriodMs: 0,
  onUnhealthy: "none",
};

function setUp(health?: HealthPolicy) {
  const spec = processSpec("web", health === undefined ? {} : { health });
  const daemon = new FakeDaemon([groupSpec("web", [spec])]);
  const process = daemon.find("web");
  if (health !== undefined) {
    process.health = { ready: false, status: "starting", since: 0, detail: "loading" };
  }
  return { daemon, process, ask: (path: string, body?: unknown) => ask(daemon, path, body) };
}

async function ask(daemon: FakeDaemon, path: string, body?: unknown) {
  const response = body === undefined
    ? await askerFor(daemon)("GET", `/api/v1/${path}`)
    : await askerFor(daemon)(
      "POST",
      `/api/v1/${path}`,
      { "Content-Type": "application/json" },
      JSON.stringify(body),
    );
  const answer = await response.json() as Record<string, unknown>;
  return { status: response.status, answer };
}

test("wait answers with the row when what is waited for is there already", async () => {
  const { daemon, process, ask } = setUp();
  daemon.submit(process, { type: "start" });
  daemon.clock.advance(1000);
  daemon.submit(process, { type: "look", mayStart: true });
  assert.equal((await ask("processes/web/wait?for=running&timeout=0")).status, 200);
});

test("wait is told of the change, and leaves no timer behind", async () => {
  const { daemon, process, ask } = setUp(POLICY);
  const armed = daemon.clock.armed;
  const answer = ask("processes/web/wait?for=ready&timeout=30");
  await turns(() => daemon.clock.armed > armed);
  daemon.setHealth(process, { ready: false, status: "starting", since: 0, detail: "more" });
  daemon.setHealth(process, { ready: true, status: "healthy", since: 5, detail: "up" });
  const { status, answer: row } = await answer;
  assert.equal(status, 200);
  assert.deepEqual(row["health"], {
    ready: true,
    status: "healthy",
    since: "1970-01-01T00:00:00.005Z",
    detail: "up",
  });
  assert.equal(daemon.clock.armed, armed);
});

test("wait gives up after its time with what there is instead", async () => {
  const { daemon, process, ask } = setUp(POLICY);
  daemon.submit(process, { type: "start" });
  const armed = daemon.clock.armed;
  const answer = ask("processes/web/wait?timeout=3");
  await turns(() => daemon.clock.armed > armed);
  daemon.clock.advance(3000);
  const { status, answer: problem } = await answer;
  assert.equal(status, 504);
  assert.equal(problem["code"], "TIMED_OUT");
  assert.equal(problem["detail"], "not ready after 3 s: loading");
});

test("what will never come, unknown names and bad words are refused", async () => {
  const { ask } = setUp();
  assert.equal((await ask("processes/web/wait?for=healthy")).status, 422);
  assert.equal((await ask("processes/web/wait?for=running&failFast=true")).status, 422);
  assert.equal((await ask("processes/nobody/wait")).status, 404);
  assert.equal((await ask("processes/web/wait?for=happy")).status, 400);
  assert.equal((await ask("processes/web/wait?timeout=-1")).status, 400);
});

test("drain runs the command of a process that lives, and says what went wrong with it", async () => {
  const { daemon, process, ask } = setUp();
  assert.equal((await ask("processes/web/drain", {})).status, 409);
  daemon.submit(process, { type: "start" });
  assert.equal((await ask("processes/web/drain", {})).status, 200);
  assert.ok(daemon.requests.includes("drain web"));
  daemon.drainProblem = "exit status 1";
  const { status, answer } = await ask("processes/web/drain", {});
  assert.equal(status, 422);
  assert.equal(answer["detail"], "drain_command: exit status 1");
});

test("rows of processes without a check are what they were", async () => {
  const { answer } = await setUp().ask("processes/web");
  assert.equal("health" in answer, false);
});

/** Lets promises go on until the request has arrived. */
async function turns(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(holds());
}
