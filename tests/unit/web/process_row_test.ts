/** What the table of the page says of a process beside its state. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HealthView } from "../../../src/process/health.ts";
import { rowOf } from "../../../src/web/process_row.ts";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { processSpec } from "../../support/process_spec.ts";

const CASES: readonly [health: Partial<HealthView> | null, words: string][] = [
  [null, ""],
  [{ ready: false, status: "starting" }, ", not ready: found"],
  [{ ready: true, status: "starting" }, ", ready"],
  [{ ready: true, status: "healthy" }, ", healthy"],
  [{ ready: false, status: "healthy" }, ", not ready: found"],
  [{ ready: true, status: "unhealthy" }, ", unhealthy: found"],
];

for (const [health, words] of CASES) {
  test(`${JSON.stringify(health)} is shown as ${JSON.stringify(words)}`, () => {
    const daemon = new FakeDaemon([groupSpec("web", [processSpec("web")])]);
    const process = daemon.find("web");
    process.health = health === null
      ? null
      : { ready: false, status: "starting", since: 0, detail: "found", ...health };
    assert.equal(rowOf(daemon, process).description, "Not started", "not while it does not run");
    daemon.submit(process, { type: "start" });
    daemon.clock.advance(1000);
    daemon.submit(process, { type: "look", mayStart: true });
    const { description } = rowOf(daemon, process);
    assert.ok(/^pid \d+, uptime 0:00:01/.test(description), description);
    assert.equal(description.replace(/^pid \d+, uptime 0:00:01/, ""), words);
  });
}
