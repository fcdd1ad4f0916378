/** The parts of `supervisord print`: roff, and the help of the actions taken apart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { usagesOf } from "../../../cli/ctl/action_help.ts";
import { ManualPage, roffText } from "../../../cli/print/roff.ts";

const escapes: readonly (readonly [string, string])[] = [
  ["plain words", "plain words"],
  ["a\\b", "a\\eb"],
  ["--long-option", "\\-\\-long\\-option"],
  [".conf at the start", "\\&.conf at the start"],
  ["'quoted' at the start", "\\&'quoted' at the start"],
  ["one\n.two", "one\n\\&.two"],
  ["naïve", "na\\[u00EF]ve"],
];

for (const [text, roff] of escapes) {
  test(`${JSON.stringify(text)} is ${JSON.stringify(roff)} in roff`, () => {
    assert.equal(roffText(text), roff);
  });
}

test("a manual page has its sections, and no empty paragraph behind a heading", () => {
  const page = new ManualPage({
    name: "x",
    section: 1,
    summary: "do x",
    source: "x 1",
    manual: "M",
  });
  page.section("DESCRIPTION").paragraph("One.").paragraph("Two.").item('-a "b"', "All of b.", "c");
  assert.equal(
    page.toString(),
    `.TH "X" 1 "" "x 1" "M"
.SH NAME
x \\- do x
.SH "DESCRIPTION"
One.
.PP
Two.
.TP
.B "\\-a \\(dqb\\(dq"
All of b.
.br
c
`,
  );
});

test("the help of an action is taken apart at its tabs", () => {
  assert.deepEqual(
    usagesOf(["start <name>\t\tStart a process", "start all\t\tStart all", "Note: slowly."]),
    [
      { usage: "start <name>", meaning: "Start a process" },
      { usage: "start all", meaning: "Start all Note: slowly." },
    ],
  );
  assert.deepEqual(usagesOf(["tail <name> (stdout)", "Ex:", "tail -f\tOn and on", "\t\tCtrl-C"]), [
    { usage: "tail <name> (stdout)", meaning: "" },
    { usage: "tail -f", meaning: "On and on Ctrl-C" },
  ]);
});
