/** Who a command has left in the background: files that come late, are old, or lie. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { descendsFrom, findMainPid, pidIn } from "../../../src/daemon/main_pid.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const SELF = 10;

/** Answers with what each look at the file finds, the last one again and again. */
function search(texts: readonly (string | Error)[], parents: Readonly<Record<number, number>>) {
  const clock = new FakeClock();
  let looks = 0;
  const found = findMainPid({
    path: "/run/x.pid",
    clock,
    self: SELF,
    isManaged: (pid) => pid === 99,
    parentOf: (pid) => parents[pid] ?? null,
    readText: () => {
      const text = texts[Math.min(looks++, texts.length - 1)];
      if (text instanceof Error) throw text;
      return text ?? "";
    },
  });
  let result: number | string | null = null;
  void found.then((value) => result = value);
  const settle = async (): Promise<number | string> => {
    while (result === null) {
      clock.advance(50);
      await Promise.resolve();
      await Promise.resolve();
    }
    return result;
  };
  return { settle, looks: () => looks, clock };
}

const missing = Object.assign(new Error("no"), { code: "ENOENT" });

test("a pid file that is missing, then empty, then written is waited for", async () => {
  const { settle, clock } = search([missing, "", "40\n"], { 40: SELF });
  assert.equal(await settle(), 40);
  assert.equal(clock.armed, 0);
});

test("a grandchild counts, too", async () => {
  assert.equal(await search(["41"], { 41: 40, 40: SELF }).settle(), 41);
});

const REFUSED: readonly [string, string | Error, Record<number, number>, RegExp][] = [
  ["a file that never comes", missing, {}, /after 15 seconds pid_file \/run\/x.pid could not be/],
  ["a file without a pid", "hello", {}, /holds no pid$/],
  ["the pid of nobody", "40", {}, /holds pid 40, which does not exist$/],
  ["the pid of a stranger", "40", { 40: 1 }, /holds pid 40, which this daemon did not start$/],
  ["the pid of another program", "99", { 99: SELF }, /holds pid 99, which is another program's$/],
];

for (const [title, text, parents, sentence] of REFUSED) {
  test(`${title} is looked at for a limited time, less and less often, then refused`, async () => {
    const { settle, looks, clock } = search([text], parents);
    assert.match(String(await settle()), sentence);
    assert.ok(looks() < 100, `${looks()} looks`);
    assert.equal(clock.armed, 0);
  });
}

test("pidIn() takes the first line and nothing that is no pid", () => {
  const cases: readonly [string, number | null][] = [
    ["123", 123],
    ["123\n", 123],
    [" 123 \n/var/lib\n", 123],
    ["", null],
    ["0", null],
    ["1", null],
    ["-5", null],
    ["12x", null],
    ["99999999999", null],
  ];
  for (const [text, pid] of cases) assert.equal(pidIn(text), pid, JSON.stringify(text));
});

test("descendsFrom() ends even where the table of processes makes a circle", () => {
  assert.equal(descendsFrom(5, SELF, (pid) => (pid === 5 ? 6 : 5)), false);
});
