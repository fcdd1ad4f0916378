/** Lines that show by themselves whether one is missing, doubled or out of place. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Bytes of each line, with its end. */
export const LINE_BYTES = 64;

export function numberedLine(name: string, number: number): string {
  return `${`${name} ${number} `.padEnd(LINE_BYTES - 1, "x")}\n`;
}

/** A log and its rolled over predecessors, the oldest first. */
export function logFiles(path: string): string[] {
  const age = (file: string) => Number(file.slice(basename(path).length + 1));
  return readdirSync(dirname(path))
    .filter((file) => file === basename(path) || /^\.\d+$/.test(file.slice(basename(path).length)))
    .filter((file) => file.startsWith(basename(path)))
    .sort((a, b) => age(b) - age(a))
    .map((file) => join(dirname(path), file));
}

/** All of it in one piece. */
export function wholeLog(path: string): string {
  return logFiles(path).map((file) => readFileSync(file, "latin1")).join("");
}

/** Expects exactly the lines `first` to `last` of `name`, in order; reports the first that is not. */
export function assertLines(text: string, name: string, first: number, last: number): void {
  for (let number = first, at = 0; number <= last; number++, at += LINE_BYTES) {
    const expected = numberedLine(name, number);
    if (!text.startsWith(expected, at)) {
      assert.equal(text.slice(at, at + LINE_BYTES), expected, `at byte ${at} of ${text.length}`);
    }
  }
  assert.equal(text.length, (last - first + 1) * LINE_BYTES, "bytes in all");
}
