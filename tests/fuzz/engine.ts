/**
 * Coverage-guided fuzzing: inputs that reach something new are kept and changed further. The same
 * seed gives the same inputs as long as the code takes the same ways.
 *
 * No fuzzer of the registry fits: jazzer.js instruments CommonJS on Node alone, and the code under
 * test runs on two other runtimes.
 */
import type { Random } from "../support/random.ts";
import type { Coverage } from "./coverage.ts";
import { mutate } from "./mutate.ts";

export interface Target {
  readonly name: string;
  readonly seeds: readonly string[];
  /** What changes put in: the words of the language. */
  readonly words: readonly string[];
  readonly maxBytes?: number;
  /** Throws for a defect, and for nothing else: that an input is refused is in order. */
  readonly run: (input: Uint8Array) => void | Promise<void>;
}

export interface Finding {
  readonly target: string;
  readonly input: Uint8Array;
  readonly error: string;
}

export interface Report {
  readonly target: string;
  readonly runs: number;
  /** Inputs that were kept because they reached something new. */
  readonly kept: number;
  readonly finding: Finding | null;
}

export interface FuzzOptions {
  readonly random: Random;
  readonly coverage: Coverage;
  /** Ends after whichever comes first. */
  readonly maxRuns: number;
  readonly maxMs: number;
}

const MAX_BYTES = 4096;
/** Inputs between two looks at the coverage, which take some milliseconds: more while nothing is new. */
const SMALLEST_BATCH = 32;
const LARGEST_BATCH = 2048;
/** Nothing may take longer for so few bytes; a machine that is busy is allowed for. */
const SLOW_MS = 3000;
const SHRINK_TRIES = 2000;

const encoder = new TextEncoder();

/** Runs until something is found, or the budget is used up. */
export async function fuzz(target: Target, options: FuzzOptions): Promise<Report> {
  const { random, coverage, maxRuns, maxMs } = options;
  const corpus: Uint8Array[] = target.seeds.map((seed) => encoder.encode(seed));
  const maxBytes = target.maxBytes ?? MAX_BYTES;
  let runs = 0;
  const report = (finding: Finding | null): Report => ({
    target: target.name,
    runs,
    kept: corpus.length - target.seeds.length,
    finding,
  });
  for (const input of corpus) {
    const error = await attempt(target, input);
    runs++;
    if (error !== null) return report(await shrink(target, input, error));
  }
  await coverage.note();
  const end = performance.now() + maxMs;
  let size = SMALLEST_BATCH;
  while (runs < maxRuns && performance.now() < end) {
    const batch = Array.from(
      { length: Math.min(size, maxRuns - runs) },
      () => mutate(random.pick(corpus), { random, corpus, words: target.words, maxBytes }),
    );
    for (const input of batch) {
      const error = await attempt(target, input);
      runs++;
      if (error !== null) return report(await shrink(target, input, error));
      if (performance.now() > end) break;
    }
    if (await coverage.hasNews()) {
      corpus.push(...await worthKeeping(target, batch, coverage));
      size = SMALLEST_BATCH;
    } else {
      size = Math.min(size * 2, LARGEST_BATCH);
    }
  }
  return report(null);
}

/** Those of a batch that reach something new, each counted against those before it; by halving. */
async function worthKeeping(
  target: Target,
  batch: readonly Uint8Array[],
  coverage: Coverage,
): Promise<Uint8Array[]> {
  for (const input of batch) await attempt(target, input);
  if (!await coverage.hasNews()) return [];
  if (batch.length === 1) {
    await attempt(target, batch[0] as Uint8Array);
    await coverage.note();
    return [...batch];
  }
  const middle = batch.length >> 1;
  return [
    ...await worthKeeping(target, batch.slice(0, middle), coverage),
    ...await worthKeeping(target, batch.slice(middle), coverage),
  ];
}

/** @returns what is wrong, or null */
export async function attempt(target: Target, input: Uint8Array): Promise<string | null> {
  const before = performance.now();
  try {
    await target.run(input);
  } catch (error) {
    return error instanceof Error ? error.stack ?? error.message : String(error);
  }
  const took = performance.now() - before;
  return took > SLOW_MS ? `${input.length} bytes took ${took.toFixed(0)} ms` : null;
}

/** Leaves out what is not needed for the same complaint. */
async function shrink(target: Target, input: Uint8Array, error: string): Promise<Finding> {
  const complaint = firstLine(error);
  let smallest = input;
  let tries = 0;
  for (let size = input.length >> 1; size > 0 && tries < SHRINK_TRIES; size >>= 1) {
    for (let at = 0; at < smallest.length && tries < SHRINK_TRIES;) {
      const less = new Uint8Array([...smallest.subarray(0, at), ...smallest.subarray(at + size)]);
      const same = await attempt(target, less);
      tries++;
      if (same !== null && firstLine(same) === complaint) smallest = less;
      else at += size;
    }
  }
  return { target: target.name, input: smallest, error };
}

function firstLine(text: string): string {
  // Numbers and quotations differ from input to input.
  return (text.split("\n")[0] ?? "").replace(/\d+|".*"/g, "");
}
