/** The bounded run: kept inputs, then some thousands of new ones for each target, from a fixed seed. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, before, test } from "node:test";
import { Random } from "../support/random.ts";
import { Coverage } from "./coverage.ts";
import { attempt, fuzz } from "./engine.ts";
import { KEPT } from "./kept.ts";
import { TARGETS } from "./targets.ts";

const SEED = 20_261_123;
const MAX_RUNS = 20_000;
const MAX_MS = 500;

let coverage: Coverage;
before(async () => {
  coverage = await Coverage.start();
});
after(async () => {
  await coverage.stop();
});

for (const { target: name, why, input } of KEPT) {
  test(`${name}: ${why}`, async () => {
    const target = TARGETS.find((one) => one.name === name);
    assert.ok(target !== undefined, `no target is called ${name}`);
    assert.equal(await attempt(target, Buffer.from(input, "latin1")), null);
  });
}

for (const target of TARGETS) {
  test(`${target.name}: nothing comes of what is made from seed ${SEED}`, async () => {
    const random = new Random(SEED);
    const { finding, runs } = await fuzz(target, {
      random,
      coverage,
      maxRuns: MAX_RUNS,
      maxMs: MAX_MS,
    });
    assert.ok(runs > target.seeds.length, "nothing was tried");
    if (finding === null) return;
    const shown = JSON.stringify(Buffer.from(finding.input).toString("latin1"));
    assert.fail(`${shown} after ${runs} inputs: ${finding.error}`);
  });
}
