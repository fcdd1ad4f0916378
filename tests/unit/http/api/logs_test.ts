/** Reading and searching logs, over files that a test has made. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { decodeCursor, linesBackwards, listLogFiles } from "../../../../src/http/api/log_files.ts";
import { readLines, readRange } from "../../../../src/http/api/log_pages.ts";
import { findText, searchLog, type SearchOptions } from "../../../../src/http/api/log_search.ts";

function withLog(work: (path: string) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), "supervisord-log-"));
    try {
      await work(join(directory, "x.log"));
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
}

function numbered(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}\n`).join("");
}

test(
  "listLogFiles() tells the log and its backups, newest first, and nothing else",
  withLog((path) => {
    for (const end of ["", ".1", ".2", ".10", ".gz", ".1.gz", ".01", "2"]) {
      writeFileSync(path + end, end);
    }
    assert.deepEqual(listLogFiles(path).map(({ rotation }) => rotation), [0, 1, 2, 10]);
  }),
);

test("listLogFiles() of a log that is not there is empty", () => {
  assert.deepEqual(listLogFiles("/nowhere/x.log"), []);
});

const RANGES: readonly [offset: number, length: number, text: string, from: number, to: number][] =
  [
    [0, 5, "naïv", 0, 5],
    [0, 3, "na", 0, 2],
    [3, 3, "ve", 4, 6],
    [-4, 100, "✓\n", 7, 11],
    [-100, 100, "naïve ✓\n", 0, 11],
    [7, 1, "", 7, 7],
    [99, 5, "", 11, 11],
  ];
for (const [offset, length, text, from, to] of RANGES) {
  test(
    `readRange() of ${length} bytes at ${offset} keeps characters whole`,
    withLog((path) => {
      writeFileSync(path, "naïve ✓\n");
      const range = readRange(path, { offset, length, file: null });
      if (text === "") {
        assert.equal(range?.size, 11);
        return;
      }
      assert.deepEqual([range?.text, range?.offset, range?.end], [text, from, to]);
    }),
  );
}

test(
  "readRange() reads on to the end, however small the pieces and whatever the bytes",
  withLog((path) => {
    const bytes = Uint8Array.from({ length: 600 }, (_, i) => (i * 89 + (i >> 3)) & 0xff);
    writeFileSync(path, bytes);
    for (let offset = 0, steps = 0; offset < bytes.length; steps++) {
      const range = readRange(path, { offset, length: 4, file: null });
      assert.ok(range !== null && range.end > offset && steps < 600, `stuck at ${offset}`);
      offset = range.end;
    }
  }),
);

test(
  "readLines() pages back through rotated files, each line once, oldest first",
  withLog((path) => {
    writeFileSync(`${path}.2`, numbered(1, 40));
    writeFileSync(`${path}.1`, numbered(41, 80));
    writeFileSync(path, numbered(81, 100));
    const pages: string[][] = [];
    let before: string | null = null;
    do {
      const page = readLines(path, 17, before === null ? null : decodeCursor(before));
      assert.ok(page !== null);
      pages.unshift(page.lines.map(({ text }) => text));
      before = page.before;
      // What rotates meanwhile does not move what was read.
      if (pages.length === 2) {
        renameSync(`${path}.2`, `${path}.3`);
        renameSync(`${path}.1`, `${path}.2`);
        renameSync(path, `${path}.1`);
        writeFileSync(path, "new\n");
      }
    } while (before !== null);
    assert.equal(`${pages.flat().join("\n")}\n`, numbered(1, 100));
  }),
);

test(
  "readLines() shows an unfinished last line, blank lines, and no carriage returns",
  withLog((path) => {
    writeFileSync(path, "one\r\n\ntwo\nthr");
    const page = readLines(path, 10, null);
    assert.deepEqual(page?.lines.map(({ text, offset }) => [text, offset]), [
      ["one", 0],
      ["", 5],
      ["two", 6],
      ["thr", 10],
    ]);
    assert.equal(page?.end?.offset, 13);
  }),
);

test("linesBackwards() cuts a line that is too long, at whole characters", () => {
  const bytes = Buffer.from("é".repeat(25) + "\n");
  const pieces = [...linesBackwards({ start: 100, bytes }, 15)];
  assert.equal(pieces.reverse().map((piece) => piece.bytes.toString()).join(""), "é".repeat(25));
  assert.ok(pieces.every((piece) => piece.bytes.length <= 16));
});

/** Searches to the end, call after call. */
async function searchAll(
  path: string,
  options: Partial<SearchOptions> & { find: SearchOptions["find"] },
): Promise<{ texts: string[]; calls: number }> {
  const texts: string[] = [];
  let [cursor, calls]: [string | null, number] = [null, 0];
  do {
    const result = await searchLog(path, {
      literal: null,
      limit: 10,
      now: () => performance.now(),
      ...options,
      cursor: cursor === null ? null : decodeCursor(cursor),
    });
    assert.ok(result !== null);
    texts.push(...result.matches.map(({ text }) => text));
    cursor = result.cursor;
    assert.ok(++calls < 1000, "does not come to an end");
  } while (cursor !== null);
  return { texts, calls };
}

test(
  "searchLog() finds every matching line once, newest first, in pages, through rotated files",
  withLog(async (path) => {
    writeFileSync(`${path}.1`, numbered(1, 5000));
    writeFileSync(path, numbered(5001, 60000));
    const { texts, calls } = await searchAll(path, { find: findText("77", false), literal: "77" });
    const wanted = numbered(1, 60000).split("\n").filter((line) => line.includes("77")).reverse();
    assert.deepEqual(texts, wanted);
    assert.ok(calls >= wanted.length / 10);
  }),
);

test(
  "searchLog() stops when its time is over, and goes on from there",
  withLog(async (path) => {
    writeFileSync(path, numbered(1, 100_000));
    let time = 0;
    let turns = 0;
    const { texts, calls } = await searchAll(path, {
      find: findText("line 99999", false),
      // Each look at the clock is a millisecond: a very slow machine.
      now: () => time++,
      yield: () => Promise.resolve(void turns++),
    });
    assert.deepEqual(texts, ["line 99999"]);
    assert.ok(calls > 100, `${calls} calls`);
    assert.ok(turns > calls, `${turns} turns for others`);
  }),
);

test(
  "searchLog() tells where in the line the matches are",
  withLog(async (path) => {
    writeFileSync(path, "Ab ab aB\n");
    const result = await searchLog(path, {
      find: findText("ab", true),
      literal: null,
      limit: 1,
      cursor: null,
      now: () => 0,
    });
    assert.deepEqual(result?.matches[0]?.ranges, [[0, 2], [3, 5], [6, 8]]);
  }),
);

test(
  "searchLog() of a file that was rotated out of existence is over",
  withLog(async (path) => {
    writeFileSync(path, "x\n");
    appendFileSync(path, "y\n");
    const result = await searchLog(path, {
      find: findText("x", false),
      literal: null,
      limit: 1,
      cursor: { file: "0-0", offset: 5 },
      now: () => 0,
    });
    assert.deepEqual(result, { matches: [], cursor: null, scannedBytes: 0 });
  }),
);
