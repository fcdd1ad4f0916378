/** The small parts of supervisorctl: lines, names, results, history, completion, output. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { suggest } from "../../../cli/ctl/completion.ts";
import { describeError } from "../../../cli/ctl/errors.ts";
import { formatHistory, History, parseHistory } from "../../../cli/ctl/history.ts";
import { LineSplitter, PipeInput } from "../../../cli/ctl/input.ts";
import { Interrupted, interruptible, Interrupts } from "../../../cli/ctl/interrupts.ts";
import { parseLine } from "../../../cli/ctl/line.ts";
import { makeNamespec, padEnd } from "../../../cli/ctl/names.ts";
import { Output } from "../../../cli/ctl/output.ts";
import { report } from "../../../cli/ctl/results.ts";
import { Recorder } from "./ctl_harness.ts";
import { Fault } from "../../../src/xmlrpc/value.ts";

// lines

const LINES: readonly [text: string, action: string | null, rest: string, line: string][] = [
  ["status", "status", "", "status"],
  ["  start  a  b ", "start", "a  b", "start  a  b"],
  ["start-foo", "start", "-foo", "start-foo"],
  ["start:x", "start", ":x", "start:x"],
  ["?", "help", "", "help "],
  ["? start", "help", "start", "help  start"],
  ["?start", "help", "start", "help start"],
  ["!ls -l", null, "", "!ls -l"],
  ["*x", "", "*x", "*x"],
  ["é", "", "é", "é"],
  ["a_1 b", "a_1", "b", "a_1 b"],
  ["\u00a0status\u2003cat\x1c", "status", "cat", "status\u2003cat"],
  ["reload-program web", "reload-program", "web", "reload-program web"],
  ["reload-programs", "reload", "-programs", "reload-programs"],
  ["", "", "", ""],
];

for (const [text, action, rest, line] of LINES) {
  test(`parseLine() takes ${JSON.stringify(text)} apart`, () => {
    assert.deepEqual(parseLine(text), { line, action, rest });
  });
}

// names

test("a process is named by its group only where that says more", () => {
  assert.equal(makeNamespec("web", "web"), "web");
  assert.equal(makeNamespec("web", "a"), "web:a");
  assert.equal(makeNamespec("web", null), "web:*");
});

test("padding counts characters, not UTF-16 units", () => {
  assert.equal(padEnd("😀", 3), "😀  ");
  assert.equal(padEnd("long", 3), "long");
});

// results

const VERBS = ["start", "stop", "signal", "clear"] as const;
const PAST = { start: "started", stop: "stopped", signal: "signalled", clear: "cleared" };

test("success names the process and leaves the exit status alone", () => {
  for (const verb of VERBS) {
    assert.deepEqual(
      report(verb, { group: "g", name: "p", status: 80, description: "OK" }),
      { line: `g:p: ${PAST[verb]}`, exit: null },
    );
  }
});

const CODES = [1, 2, 3, 6, 10, 11, 20, 21, 30, 40, 50, 60, 70, 90, 91, 92];
const REASONS: Readonly<Record<string, Readonly<Record<number, [string, number | null]>>>> = {
  start: {
    10: ["p: ERROR (no such process)", 1],
    20: ["p: ERROR (no such file)", 1],
    21: ["p: ERROR (file is not executable)", 1],
    40: ["p: ERROR (abnormal termination)", 7],
    50: ["p: ERROR (spawn error)", 7],
    60: ["p: ERROR (already started)", null],
  },
  stop: {
    10: ["p: ERROR (no such process)", 1],
    11: ["p: ERROR (bad signal name)", 1],
    30: ["what the server says", 1],
    70: ["p: ERROR (not running)", null],
  },
  signal: {
    10: ["p: ERROR (no such process)", 1],
    11: ["p: ERROR (bad signal name)", 1],
    30: ["what the server says", 1],
    70: ["p: ERROR (not running)", 7],
  },
  clear: { 10: ["p: ERROR (no such process)", 1], 30: ["p: ERROR (failed)", 1] },
};

for (const verb of VERBS) {
  test(`every fault of ${verb} has its line and exit status, or is unknown`, () => {
    for (const status of CODES) {
      const outcome = { group: "p", name: "p", status, description: "what the server says" };
      const expected = REASONS[verb]?.[status];
      if (expected === undefined) {
        assert.throws(() => report(verb, outcome), {
          message: `Unknown result code ${status} for p`,
        });
      } else {
        assert.deepEqual(report(verb, outcome), { line: expected[0], exit: expected[1] });
      }
    }
  });
}

// errors

test("describeError() makes one line of anything", () => {
  assert.equal(describeError(new Fault(30, "it's")), `error: <Fault 30: "it's">`);
  assert.equal(describeError(new Error("one\ntwo")), "error: one");
  assert.equal(describeError("text"), "error: text");
});

// history

test("the history leaves out empty and repeated lines", () => {
  const history = new History(["a"]);
  for (const line of ["a", "", "b", "b", "a", " "]) history.add(line);
  assert.deepEqual(history.lines, ["a", "b", "a", " "]);
  assert.deepEqual(history.newestFirst(), [" ", "a", "b", "a"]);
});

test("the history is a file of lines that only its owner may read", () => {
  const directory = mkdtempSync(join(tmpdir(), "history-"));
  const path = join(directory, "history");
  try {
    assert.deepEqual(History.load(path).lines, []);
    new History(["status", "naïve ✓"]).save(path);
    assert.equal(readFileSync(path, "utf8"), "status\nnaïve ✓\n");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(History.load(path).lines, ["status", "naïve ✓"]);
    new History(["x"]).save(join(directory, "none", "history"));
    writeFileSync(path, "_HiStOrY_V2_\nstatus\\040cat\nquit\n");
    assert.deepEqual(History.load(path).lines, ["status cat", "quit"]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("parsing a formatted history gives it back", () => {
  const lines = ["status", "a\\040b", "#1", "  x"];
  assert.deepEqual(parseHistory(formatHistory(lines)), lines);
});

// input

test("lines are the same wherever the input is cut", () => {
  const bytes = new TextEncoder().encode("one\n\nnaïve ✓ 😀\r\nlast");
  const expected = ["one", "", "naïve ✓ 😀\r", "last"];
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const splitter = new LineSplitter();
      const lines = [
        ...splitter.push(bytes.subarray(0, first)),
        ...splitter.push(bytes.subarray(first, second)),
        ...splitter.push(bytes.subarray(second)),
        ...splitter.end(),
      ];
      assert.deepEqual(lines, expected);
    }
  }
});

test("a pipe is read when a line is wanted, and an interrupted wait loses nothing", async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  let asked = 0;
  const next = Promise.withResolvers<void>();
  async function* source() {
    asked++;
    yield bytes("one\ntwo\nthr");
    asked++;
    await next.promise;
    yield bytes("ee\nlast");
  }
  const screen = new Recorder();
  const input = new PipeInput(screen.output, source());
  assert.equal(asked, 0);
  assert.equal(await input.readLine("a> "), "one");
  assert.equal(await input.readLine("b> "), "two");
  assert.equal(asked, 1);
  const abort = new AbortController();
  const interrupted = input.readLine("c> ", { signal: abort.signal });
  abort.abort();
  await assert.rejects(interrupted, Interrupted);
  next.resolve();
  assert.equal(await input.readLine("d> "), "three");
  assert.equal(await input.readSecret("e> "), "last");
  assert.equal(await input.readLine("f> "), null);
  assert.equal(await input.readLine("g> "), null);
  assert.equal(screen.text, "a> b> c> d> e> f> g> ");
});

test("a pipe that cannot be read has ended", async () => {
  const broken = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("EBADF")) }),
  };
  assert.equal(await new PipeInput(new Recorder().output, broken).readLine("> "), null);
});

// completion

const PROCESSES = [
  { group: "cat", name: "cat" },
  { group: "multi", name: "multi_00" },
  { group: "multi", name: "multi_01" },
  { group: "my-app", name: "my-app" },
  { group: "web@1", name: "web@1" },
];

const SUGGESTIONS: readonly [typed: string, matches: string[], word: string][] = [
  ["sta", ["start ", "status "], "sta"],
  ["  sta", ["start ", "status "], "sta"],
  ["he", ["help "], "he"],
  ["E", [], "E"],
  ["?sta", ["start ", "status "], "sta"],
  ["help re", ["reload ", "remove ", "reread ", "restart "], "re"],
  ["stop ", ["cat ", "multi:multi_00 ", "multi:* ", "multi:multi_01 ", "my-app ", "web@1 "], ""],
  ["stop c", ["cat "], "c"],
  ["stop cat:", ["cat:cat ", "cat:* "], "cat:"],
  ["stop multi:", ["multi:multi_00 ", "multi:* ", "multi:multi_01 "], "multi:"],
  ["stop multi:*", ["multi:* "], "multi:*"],
  ["stop my-", ["my-app "], "my-"],
  ["stop web@", ["web@1 "], "web@"],
  ["stop cat cat m", ["multi:multi_00 ", "multi:* ", "multi:multi_01 ", "my-app "], "m"],
  ["signal HUP c", ["cat "], "c"],
  ["add m", ["multi ", "my-app "], "m"],
  ["update ", ["cat ", "multi ", "my-app ", "web@1 "], ""],
  ["avail ", [], ""],
  ["foo c", [], "c"],
];

for (const [typed, matches, word] of SUGGESTIONS) {
  test(`Tab after ${JSON.stringify(typed)} suggests ${matches.length}`, async () => {
    assert.deepEqual(await suggest(typed, () => Promise.resolve(PROCESSES)), { matches, word });
  });
}

test("Tab on an empty line suggests help and every action, and asks no server", async () => {
  const { matches } = await suggest("", () => assert.fail("asked"));
  assert.equal(matches.length, 22);
  assert.equal(matches[0], "help ");
  assert.ok(!matches.includes("EOF "));
});

// output

test("output is written whole, whatever is taken at a time", () => {
  let text = "";
  let refusals = 3;
  const output = new Output(1, (_fd, bytes) => {
    if (refusals-- > 0) throw Object.assign(new Error("busy"), { code: "EAGAIN" });
    text += new TextDecoder().decode(bytes.subarray(0, 2));
    return Math.min(2, bytes.length);
  });
  output.line("a long line");
  assert.equal(text, "a long line\n");
  assert.equal(output.isClosed, false);
});

test("output to a closed pipe is dropped without an error", () => {
  let tries = 0;
  const output = new Output(1, () => {
    tries++;
    throw Object.assign(new Error("gone"), { code: "EPIPE" });
  });
  output.line("one");
  output.line("two");
  assert.equal(tries, 1);
  assert.equal(output.isClosed, true);
});

// interrupts

test("Ctrl-C goes to the innermost scope alone", async () => {
  const interrupts = new Interrupts();
  const fired: string[] = [];
  await interrupts.during(async (outer) => {
    await interrupts.during((inner) => {
      interrupts.fire();
      if (inner.aborted) fired.push("inner");
      if (outer.aborted) fired.push("outer too early");
      return Promise.resolve();
    });
    interrupts.fire();
    if (outer.aborted) fired.push("outer");
  });
  assert.deepEqual(fired, ["inner", "outer"]);
});

test("interruptible() gives the result of the work, or up", async () => {
  const abort = new AbortController();
  assert.equal(await interruptible(abort.signal, Promise.resolve(1)), 1);
  const forever = interruptible(abort.signal, new Promise(() => {}));
  abort.abort();
  await assert.rejects(forever, Interrupted);
  await assert.rejects(interruptible(abort.signal, Promise.resolve(1)), Interrupted);
});
