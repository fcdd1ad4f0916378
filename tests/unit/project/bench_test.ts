/** What the benchmark makes of its samples. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { median, quantile } from "../../../bench/metric.ts";
import { markdownTable, rowsOf, timesBetter } from "../../../bench/report.ts";
import { Samples } from "../../../bench/samples.ts";

test("the middle of an even number of values lies between two", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(quantile([5, 1, 4, 2, 3], 1), 5);
  assert.ok(Number.isNaN(median([])));
});

test("rates are better when higher, all else when lower, and losses are not compared", () => {
  assert.equal(timesBetter("ready_ms", 100, 20), 5);
  assert.equal(timesBetter("one_MBps", 100, 20), 0.2);
  assert.equal(timesBetter("MBps", 10, 20), 2);
  assert.equal(timesBetter("state_per_s", 10, 30), 3);
  assert.equal(timesBetter("bytes_lost", 10, 1), null);
  assert.equal(timesBetter("wakeups20s_n", 20, 0), null);
  assert.equal(timesBetter("ready_ms", NaN, 1), null);
});

test("a run that was cut off goes on with the samples it has, a new one without", () => {
  const directory = mkdtempSync(join(tmpdir(), "bench-test-"));
  try {
    const file = join(directory, "state.json");
    const first = new Samples(file, false);
    first.add("start", "theirs", { figures: { ready_ms: 100 } });
    first.add("start", "theirs", { figures: { ready_ms: 300 } });
    first.add("start", "ours", { error: "it took too long" });

    const resumed = new Samples(file, true);
    assert.equal(resumed.of("start", "theirs").length, 2);
    resumed.add("start", "ours", { figures: { ready_ms: 40 } });
    const names = ["theirs", "ours"];
    const rows = rowsOf(resumed, ["start", "stop"], names);
    assert.deepEqual(rows, [
      { metric: "start", figure: "ready_ms", medians: [200, 40], rounds: 2 },
    ]);
    assert.equal(
      markdownTable(rows, names),
      "| metric | theirs | ours | x |\n| --- | --- | --- | --- |\n" +
        "| start ready_ms | 200 | 40 | 5 |\n",
    );
    assert.deepEqual(new Samples(file, false).of("start", "ours"), []);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
