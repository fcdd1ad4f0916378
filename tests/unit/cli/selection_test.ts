/** Patterns and filters in place of names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { needsSelection } from "../../../cli/ctl/names.ts";
import {
  type Candidate,
  hasPassed,
  matching,
  namesOf,
  readSelection,
} from "../../../cli/ctl/selection.ts";

const one = (namespec: string, stateName = "RUNNING", tags: readonly string[] = []): Candidate => {
  const [group = "", name = group] = namespec.split(":");
  return { group, name, stateName, tags };
};

const ALL: readonly Candidate[] = [
  one("web", "FATAL", ["front"]),
  one("worker:worker_00", "RUNNING", ["batch"]),
  one("worker:worker_01", "STOPPED", ["batch", "slow"]),
  one("worker:odd?name"),
  one("mail:worker_00"),
];

const names = (found: readonly Candidate[]) => found.map(({ group, name }) => `${group}:${name}`);

const plain = [
  "",
  "*",
  "web",
  "worker:*",
  "all",
  "worker:worker_00 web",
  "-v web",
  "TERM worker:*",
];
for (const line of plain) {
  test(`"${line}" goes to the action as it is`, () => assert.equal(needsSelection(line), false));
}

const special = [
  "w*",
  "*:*",
  "worker:worker_?",
  "w*:*",
  "[wm]eb",
  "--state FATAL",
  "--dry-run web",
];
for (const line of [...special, "web --tag=batch"]) {
  test(`"${line}" selects`, () => assert.equal(needsSelection(line), true));
}

const patterns: readonly (readonly [string, readonly string[]])[] = [
  ["*", names(ALL)],
  ["all", names(ALL)],
  ["worker_*", ["worker:worker_00", "worker:worker_01", "mail:worker_00"]],
  ["worker:worker_0[01]", ["worker:worker_00", "worker:worker_01"]],
  ["*:worker_00", ["worker:worker_00", "mail:worker_00"]],
  ["w*:", ["web:web", "worker:worker_00", "worker:worker_01", "worker:odd?name"]],
  ["[!w]*:*", ["mail:worker_00"]],
  ["worker:odd?name", ["worker:odd?name"]],
  ["web", ["web:web"]],
  ["WEB", []],
  ["nothing*", []],
];
for (const [pattern, expected] of patterns) {
  test(`${pattern} stands for ${expected.length} processes`, () => {
    assert.deepEqual(names(matching(pattern, ALL)), expected);
  });
}

test("filters narrow: any of the states, any of the tags, both of the filters", () => {
  const pass = (line: string) => {
    const selection = readSelection(line.split(" "), {});
    return names(ALL.filter((candidate) => hasPassed(candidate, selection)));
  };
  assert.deepEqual(pass("--state fatal,STOPPED"), ["web:web", "worker:worker_01"]);
  assert.deepEqual(pass("--tag batch --tag front"), [
    "web:web",
    "worker:worker_00",
    "worker:worker_01",
  ]);
  assert.deepEqual(pass("--tag=batch --state=RUNNING"), ["worker:worker_00"]);
});

test("the words of the action itself stay in front of the names", () => {
  const { before, names: chosen, dryRun } = readSelection(["HUP", "w*", "--dry-run"], { skip: 1 });
  assert.deepEqual([before, chosen, dryRun], [["HUP"], ["w*"], true]);
  const rolling = readSelection(["--rolling", "--batch", "2", "w*"], {
    options: { "--batch": true },
  });
  assert.deepEqual([rolling.before, rolling.names], [["--rolling", "--batch", "2"], ["w*"]]);
});

test("what cannot be is refused with what could", () => {
  assert.throws(() => readSelection(["--state", "RUNING"], {}), /did you mean RUNNING\?/);
  assert.throws(() => readSelection(["--state"], {}), /--state needs a value/);
  assert.throws(() => readSelection(["--tag="], {}), /--tag needs a value/);
});

test("a whole group is asked for as a group, so that the daemon takes it on at once", () => {
  const worker = ALL.filter(({ group }) => group === "worker");
  assert.deepEqual(namesOf(worker, ALL), ["worker:*"]);
  assert.deepEqual(namesOf(worker.slice(0, 2), ALL), ["worker:worker_00", "worker:worker_01"]);
  assert.deepEqual(namesOf(ALL.slice(0, 1), ALL), ["web"]);
});
