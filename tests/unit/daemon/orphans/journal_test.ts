import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  type Birth,
  Journal,
  JournalError,
  parseJournal,
  readJournal,
} from "../../../../src/daemon/orphans/journal.ts";

const WRITER = { boot: "b", pid: 77, start: 5, config: "/s.conf" };

function birth(key: string, pid: number): Birth {
  return {
    key,
    pid,
    start: pid * 10,
    at: { mono: 1.5, wall: 2 },
    program: "0123",
    pipes: { stdin: 1, stdout: 2, stderr: 0 },
    hasMainPid: false,
    stop: { signal: 15, wait: 10, asGroup: false, killAsGroup: true },
  };
}

function withFile(story: (path: string, open: (births?: Birth[]) => Journal) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "journal-"));
  const path = join(directory, "x.children");
  const open = (births: Birth[] = []) =>
    new Journal({ path, writer: WRITER, births, onError: (text) => assert.fail(text) });
  try {
    story(path, open);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("who was born and has not ended is found again, and nobody but the owner may read it", () => {
  withFile((path, open) => {
    const journal = open([birth("a:kept", 9)]);
    journal.born(birth("a:1", 10));
    journal.born(birth("a:2", 11));
    journal.born(birth("a:1", 12));
    journal.ended("a:2");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readJournal(path), {
      writer: WRITER,
      births: [birth("a:kept", 9), birth("a:1", 12)],
      attempts: [],
    });
  });
});

test("a start that had begun is an attempt until it has come to a process or to nothing", () => {
  withFile((path, open) => {
    const journal = open();
    const { pid: _pid, start: _start, ...rest } = birth("a:1", 10);
    const attempt = { key: "a:1", token: "t:0", birth: rest };
    journal.attempted(attempt);
    assert.deepEqual(readJournal(path)?.attempts, [attempt]);
    journal.born(birth("a:1", 10));
    assert.deepEqual(readJournal(path)?.attempts, []);
    journal.attempted({ ...attempt, key: "a:2" });
    journal.ended("a:2");
    assert.deepEqual(readJournal(path)?.attempts, []);
  });
});

test("the file goes with the last of them, and stays for those that live", () => {
  withFile((path, open) => {
    const journal = open();
    journal.born(birth("a:1", 10));
    journal.close();
    assert.ok(existsSync(path));
    const next = open([birth("a:1", 10)]);
    next.ended("a:1");
    next.close();
    assert.equal(existsSync(path), false);
  });
});

test("a file of many restarts is written anew before it is large", () => {
  withFile((path, open) => {
    const journal = open();
    let largest = 0;
    for (let i = 0; i < 3000; i++) {
      journal.born(birth("a:1", 10 + i));
      if (i % 50 === 0) largest = Math.max(largest, statSync(path).size);
    }
    assert.ok(largest < 300_000, `${largest}`);
    assert.deepEqual(readJournal(path)?.births, [birth("a:1", 3009)]);
  });
});

test("a line cut short, or of another kind, is left out", () => {
  withFile((path, open) => {
    open([birth("a:1", 10)]);
    const whole = readFileSync(path, "utf8");
    const odd = [
      '{"type":"birth","birth":{"key":"x","pid":1}}',
      '{"type":"birth","birth":null}',
      '{"type":"toString"}',
      '["birth"]',
      JSON.stringify({ type: "birth", birth: { ...birth("a:2", 10), pid: 1 } }),
      JSON.stringify({ type: "birth", birth: { ...birth("a:2", 10), pid: -5 } }),
      '{"type":"end","ke',
    ];
    const state = parseJournal(whole + odd.join("\n"));
    assert.deepEqual(state?.births, [birth("a:1", 10)]);
  });
});

test("text that is no journal, or one of another format, has nobody in it", () => {
  assert.equal(parseJournal(""), null);
  assert.equal(parseJournal("hello\n"), null);
  assert.equal(parseJournal(JSON.stringify({ type: "writer", format: 2, writer: WRITER })), null);
});

test("a file that others may write to, or that is no file, is not trusted", () => {
  withFile((path, open) => {
    assert.equal(readJournal(path), null);
    open();
    chmodSync(path, 0o622);
    assert.throws(() => readJournal(path), JournalError);
    chmodSync(path, 0o600);
    symlinkSync(path, `${path}.link`);
    assert.throws(() => readJournal(`${path}.link`), /cannot be read: ELOOP/);
    assert.throws(() => readJournal(join(path, "..")), JournalError);
  });
});

test("what cannot be written is told once, and written as soon as it can be", () => {
  withFile((path) => {
    const told: string[] = [];
    const directory = `${path}.d`;
    const inside = join(directory, "x");
    const journal = new Journal({
      path: inside,
      writer: WRITER,
      births: [],
      onError: (text) => told.push(text),
    });
    journal.born(birth("a:1", 10));
    journal.born(birth("a:2", 11));
    assert.equal(told.length, 1);
    assert.match(told[0] ?? "", /cannot write .*, children may be forgotten: ENOENT/);
    // The directory is there at last.
    mkdirSync(directory);
    journal.born(birth("a:3", 12));
    assert.deepEqual(readJournal(inside)?.births.map(({ key }) => key), ["a:1", "a:2", "a:3"]);
    journal.close();
  });
});
