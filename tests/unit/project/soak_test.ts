/** What the soak concludes from its samples. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { drawSamples, niceCeiling } from "../../../bench/soak/plot.ts";
import { COLUMNS, csvLine, parseCsv, type Sample } from "../../../bench/soak/samples.ts";
import { judge } from "../../../bench/soak/verdict.ts";

const STEADY: Sample = {
  seconds: 0,
  pssMiB: 50,
  anonymousMiB: 20,
  rssMiB: 55,
  descriptors: 100,
  threads: 1,
  lagMs: 0.5,
  worstLagMs: 2,
  cpuSeconds: 1,
  actions: 1,
};

/** Forty samples, ten in each quarter. */
function run(change: (index: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: 40 }, (_, i) => ({ ...STEADY, seconds: (i + 1) * 10, ...change(i) }));
}

const growing = (samples: Sample[]): string[] =>
  judge(samples).filter(({ isFlat }) => !isFlat).map(({ column }) => column);

test("a run is flat when its last quarter is within 3 % of its second, whatever the first did", () => {
  assert.deepEqual(growing(run((i) => ({ pssMiB: i < 10 ? 20 + i : 50 }))), []);
  assert.deepEqual(growing(run((i) => ({ pssMiB: i < 30 ? 50 : 51.4 }))), []);
  assert.deepEqual(growing(run((i) => ({ pssMiB: i < 30 ? 50 : 51.6 }))), ["pssMiB"]);
});

test("a leak of descriptors, threads or own memory is seen, a single peak is none", () => {
  assert.deepEqual(growing(run((i) => ({ descriptors: 100 + i }))), ["descriptors"]);
  assert.deepEqual(growing(run((i) => ({ threads: i > 30 ? 2 : 1 }))), ["threads"]);
  assert.deepEqual(growing(run((i) => ({ anonymousMiB: 20 + i / 10 }))), ["anonymousMiB"]);
  assert.deepEqual(growing(run((i) => ({ anonymousMiB: i === 35 ? 200 : 20 }))), []);
});

test("a run that shrinks is flat, and lag may double on a busy machine", () => {
  assert.deepEqual(growing(run((i) => ({ pssMiB: 50 - i / 10, lagMs: i < 30 ? 0.5 : 0.9 }))), []);
  assert.deepEqual(growing(run((i) => ({ lagMs: i < 30 ? 0.5 : 1.5 }))), ["lagMs"]);
});

test("too few samples give no verdict", () => {
  assert.throws(() => judge([]), /too few samples/);
});

test("a record is read as it was written, and other text is refused", () => {
  const samples = run((i) => ({ pssMiB: 50 + i / 8 }));
  const text = [COLUMNS.join(","), ...samples.map(csvLine), ""].join("\n");
  assert.deepEqual(parseCsv(text), samples);
  assert.throws(() => parseCsv("a,b\n1,2\n"), /not a record of samples/);
  assert.throws(() => parseCsv(`${COLUMNS.join(",")}\n1,2\n`), /line 2 is not a sample/);
});

test("a drawing holds every sample of every line, inside its frame", () => {
  const svg = drawSamples(run(() => ({})), "a run");
  const lines = [...svg.matchAll(/points="([^"]+)"/g)].map(([, points]) => points ?? "");
  assert.equal(lines.length, 7);
  const [, width = 0, height = 0] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)?.map(Number) ?? [];
  for (const line of lines) {
    const points = line.split(" ").map((point) => point.split(",").map(Number));
    assert.equal(points.length, 40);
    for (const [x = -1, y = -1] of points) assert.ok(x >= 0 && x <= width && y >= 0 && y <= height);
  }
});

test("an axis ends at a number that is easy to read", () => {
  for (
    const [value, bound] of [[0, 1], [0.7, 1], [1.2, 2], [3, 5], [72, 100], [100, 100]] as const
  ) {
    assert.equal(niceCeiling(value), bound);
  }
});
