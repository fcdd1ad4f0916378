import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { ExecStrings } from "../../../src/runtime/exec_strings.ts";
import type { LoadedLibrary } from "../../../src/runtime/libc.ts";

/** Memory with addresses above 32 bits, as far as anybody has asked for one. */
function setUp() {
  const memory: Uint8Array[] = [];
  const library = {
    addressOf(bytes: Uint8Array) {
      const index = memory.indexOf(bytes);
      return ((index === -1 ? memory.push(bytes) - 1 : index) + 1) * 2 ** 33;
    },
  } as unknown as LoadedLibrary;
  /** What C would read. */
  const read = (array: Uint8Array<ArrayBuffer>): string[] => {
    const view = new DataView(array.buffer);
    const strings: string[] = [];
    for (let at = 0;; at += 8) {
      const address = Number(view.getBigUint64(at, true));
      if (address === 0) return strings;
      const bytes = memory[Math.floor(address / 2 ** 33) - 1] as Uint8Array;
      const start = address % 2 ** 33;
      strings.push(Buffer.from(bytes.subarray(start, bytes.indexOf(0, start))).toString());
    }
  };
  return { strings: new ExecStrings(library), read };
}

for (const list of [[], ["a"], ["sleep", "", "1"], ["é", "x", "日本", "", "y"]]) {
  test(`the arguments ${JSON.stringify(list)} come out as they went in`, () => {
    const { strings, read } = setUp();
    assert.deepEqual(read(strings.list(list)), list);
  });
}

test("nothing is left over of a longer list, and a larger one fits", () => {
  const { strings, read } = setUp();
  for (const count of [3, 1, 1000, 2, 600, 0, 40_000, 5]) {
    const list = Array.from({ length: count }, (_, n) => `word ${n} of ${count}`);
    assert.deepEqual(read(strings.list(list)), list);
  }
});

test("an argument with a NUL is refused rather than cut short", () => {
  const { strings, read } = setUp();
  for (const list of [["a\0b"], ["a", "b\0"], ["é\0"], ["\0"]]) {
    assert.throws(() => strings.list(list), TypeError);
  }
  assert.deepEqual(read(strings.list(["fine"])), ["fine"]);
});

test("what children have in common comes first, and what is their own behind it", () => {
  const { strings, read } = setUp();
  const common = { PATH: "/bin", LANG: "日本" };
  assert.deepEqual(read(strings.environment({ A: "1", B: "é" }, common)), [
    "PATH=/bin",
    "LANG=日本",
    "A=1",
    "B=é",
  ]);
  assert.deepEqual(read(strings.environment({}, common)), ["PATH=/bin", "LANG=日本"]);
  assert.deepEqual(read(strings.environment({ C: "2" }, {})), ["C=2"]);
  assert.deepEqual(read(strings.environment({ C: "3" }, { D: "4" })), ["D=4", "C=3"]);
  assert.deepEqual(read(strings.environment({ E: "5" })), ["E=5"]);
});

test("a variable of one's own takes the place of one in common", () => {
  const { strings, read } = setUp();
  const common = { A: "1", PATH: "/bin", Z: "2" };
  assert.deepEqual(read(strings.environment({ PATH: "/own", B: "3" }, common)), [
    "A=1",
    "PATH=/own",
    "Z=2",
    "B=3",
  ]);
  // The names of what every object has are names like any other.
  assert.deepEqual(read(strings.environment({ toString: "x" }, common)).at(-1), "toString=x");
});

test("variables with a NUL are left out", () => {
  const { strings, read } = setUp();
  assert.deepEqual(read(strings.environment({ A: "1\0", B: "2" }, { "C\0": "3", D: "4" })), [
    "D=4",
    "B=2",
  ]);
});

test("many variables in common and of one's own fit, too", () => {
  const { strings, read } = setUp();
  const many = (prefix: string) =>
    Object.fromEntries(Array.from({ length: 700 }, (_, n) => [`${prefix}${n}`, "v".repeat(n)]));
  const [common, own] = [many("C"), many("O")];
  const entries = Object.entries({ ...common, ...own }).map(([name, value]) => `${name}=${value}`);
  assert.deepEqual(read(strings.environment(own, common)), entries);
});
