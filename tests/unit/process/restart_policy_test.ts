/** Delays and limits of restarts, without a machine around them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  backoffDelay,
  describeLimit,
  isSpent,
  NO_CHANCE,
  planRestart,
  type RestartDelay,
  type RestartHistory,
  type RestartPolicy,
} from "../../../src/process/restart_policy.ts";

const DELAY: RestartDelay = {
  shape: "constant",
  baseMs: 2000,
  factor: 2,
  maxMs: Infinity,
  jitter: 0,
  resetMs: 60_000,
  afterRun: true,
};

/** The delays of so many ends in a row, each after a run of the length given. */
function delays(
  policy: RestartPolicy,
  runs: readonly number[],
  { random = NO_CHANCE, failed = false } = {},
): number[] {
  let history: RestartHistory | null = null;
  let now = 0;
  return runs.map((upForMs, i) => {
    now += upForMs;
    const cause = { now, upForMs, tries: failed ? i + 1 : 0 };
    const plan = planRestart(policy, history, cause, random);
    history = plan.history;
    now += plan.delayMs;
    return plan.delayMs;
  });
}

test("backoffDelay() grows by one second for each failed try", () => {
  assert.deepEqual([1, 2, 3].map(backoffDelay), [1000, 2000, 3000]);
});

test("planRestart() without a policy is the reference's: at once after a run, then a second more each", () => {
  const plan = (tries: number) =>
    planRestart(undefined, null, { now: 5, upForMs: 0, tries }, () => 1);
  assert.deepEqual([0, 1, 2].map((tries) => plan(tries).delayMs), [0, 1000, 2000]);
  assert.equal(plan(2).history, null, "and remembers nothing");
});

const SHORT = [0, 0, 0, 0, 0];
const GROWTH: readonly [string, Partial<RestartDelay>, readonly number[]][] = [
  ["constant", {}, [2000, 2000, 2000, 2000, 2000]],
  ["linear", { shape: "linear" }, [2000, 4000, 6000, 8000, 10000]],
  ["exponential", { shape: "exponential" }, [2000, 4000, 8000, 16000, 32000]],
  ["exponential by 1.5", { shape: "exponential", factor: 1.5 }, [2000, 3000, 4500, 6750, 10125]],
  ["with a cap", { shape: "exponential", maxMs: 9000 }, [2000, 4000, 8000, 9000, 9000]],
  ["from nothing", { shape: "exponential", baseMs: 0 }, [0, 0, 0, 0, 0]],
];
for (const [title, over, expected] of GROWTH) {
  test(`delays that are ${title} are so after runs and after failed starts alike`, () => {
    const policy = { delay: { ...DELAY, ...over }, limit: null };
    assert.deepEqual(delays(policy, SHORT), expected);
    assert.deepEqual(delays(policy, SHORT, { failed: true }), expected);
  });
}

test("a delay never exceeds its cap, however long the series is", () => {
  const policy = {
    delay: { ...DELAY, shape: "exponential", maxMs: 300_000, jitter: 0.5 } as const,
    limit: null,
  };
  const all = delays(policy, Array(5000).fill(0), { random: () => 0.999999 });
  assert.equal(Math.max(...all), 300_000);
  assert.equal(all.at(-1), 300_000);
});

test("a run that is long enough makes the delays begin from the first again", () => {
  const policy = { delay: { ...DELAY, shape: "linear" } as const, limit: null };
  assert.deepEqual(delays(policy, [0, 59_999, 60_000, 0]), [2000, 4000, 2000, 4000]);
});

test("jitter moves a delay by its part in both directions, and not at all in the middle", () => {
  const policy = { delay: { ...DELAY, jitter: 0.2 }, limit: null };
  const first = (random: number) => delays(policy, [0], { random: () => random })[0];
  assert.deepEqual([first(0), first(0.5), first(1)], [1600, 2000, 2400]);
});

test("a cap or jitter alone leaves restarts after a run as they are: at once", () => {
  const capped = {
    delay: { ...DELAY, shape: "linear", baseMs: 1000, maxMs: 2500, afterRun: false } as const,
    limit: null,
  };
  assert.deepEqual(delays(capped, SHORT), [0, 0, 0, 0, 0]);
  assert.deepEqual(delays(capped, SHORT, { failed: true }), [1000, 2000, 2500, 2500, 2500]);
});

test("a limit is reached by one end more than it allows within its time", () => {
  const policy = { delay: null, limit: { count: 2, withinMs: 10_000 } };
  let history: RestartHistory | null = null;
  const spentAt = (now: number): boolean => {
    history = planRestart(policy, history, { now, upForMs: 5000, tries: 0 }, NO_CHANCE).history;
    return isSpent(policy, history);
  };
  assert.deepEqual([0, 9000, 10_000, 19_000, 19_999].map(spentAt), [
    false,
    false,
    false,
    false,
    true,
  ]);
  assert.equal(isSpent(undefined, history), false);
  assert.equal(
    describeLimit(policy.limit),
    "more than 2 restarts within 10 seconds (restart_limit)",
  );
});
