import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { grafanaDashboard } from "../../../../src/http/api/dashboard.ts";
import { askerFor } from "../../../support/app.ts";
import { FakeDaemon, groupSpec } from "../../../support/fake_daemon.ts";
import { processSpec } from "../../../support/process_spec.ts";
import { parseOpenMetrics } from "../../../support/open_metrics.ts";

interface Target {
  readonly expr: string;
}

test("the dashboard asks for metrics that there are, by labels that they have", async () => {
  const daemon = new FakeDaemon([groupSpec("g", [processSpec("a", { group: "g" })])]);
  const managed = daemon.find("g:a");
  Object.assign(daemon.group("g") ?? {}, { eventQueue: { size: 0, capacity: 1, dropped: 0 } });
  // This very program stands in for a child, so that there is something to see of it.
  const { pid } = process;
  managed.record = { ...managed.record, state: "RUNNING", pid, startedAt: { mono: 0, wall: 0 } };
  daemon.statistics.countExit(managed, { type: "exited", code: 0 });
  daemon.statistics.countCall("supervisor.getState", 0);
  const families = parseOpenMetrics(await (await askerFor(daemon)("GET", "/metrics")).text());
  const labels = new Map<string, Set<string>>();
  for (const family of families.values()) {
    for (const sample of family.samples) {
      labels.set(
        sample.name,
        new Set([...labels.get(sample.name) ?? [], ...Object.keys(sample.labels), "job"]),
      );
    }
  }
  const { panels } = JSON.parse(grafanaDashboard()) as { panels: { targets?: Target[] }[] };
  const targets = panels.flatMap((panel) => panel.targets ?? []);
  assert.ok(targets.length > 10);
  for (const { expr } of targets) {
    for (const [, name = "", matchers = ""] of expr.matchAll(/(supervisord?_\w+)\{([^}]*)\}/g)) {
      assert.ok(labels.has(name), `no metric ${name}`);
      for (const [, label = ""] of matchers.matchAll(/(\w+)=~/g)) {
        assert.ok(labels.get(name)?.has(label), `${name} has no label ${label}`);
      }
    }
  }
});

test("panels have numbers of their own and do not lie on each other", () => {
  const { panels } = JSON.parse(grafanaDashboard()) as {
    panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
  };
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const [i, { gridPos: a }] of panels.entries()) {
    for (const { gridPos: b } of panels.slice(i + 1)) {
      const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      assert.ok(apart, JSON.stringify([a, b]));
    }
  }
});
