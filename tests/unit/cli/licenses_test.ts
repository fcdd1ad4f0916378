/** What `supervisord print licenses` and the bill of materials are made from. */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { LICENSE_TEXTS, textsFor } from "../../../cli/print/license_texts.ts";
import { licenseReport, RUNTIME } from "../../../cli/print/licenses.ts";

/** Licences whose texts need not go with an executable: the report says where they are. */
const ELSEWHERE = ["IJG", "blessing", "GPL-3.0", "MPL-2.0"];

test("what is linked has its licence's text in the report, or needs none there", () => {
  for (const { name, license } of RUNTIME) {
    const missing = textsFor(license).filter((id) =>
      !LICENSE_TEXTS.has(id) && !ELSEWHERE.includes(id)
    );
    assert.deepEqual(missing, [], name);
  }
  const report = licenseReport();
  for (const [id, text] of LICENSE_TEXTS) assert.ok(report.includes(text.trimEnd()), id);
  assert.match(report, /based in part on the work of the Independent JPEG Group/);
});

test("of alternatives the first is taken, and exceptions and later versions are no other text", () => {
  assert.deepEqual(textsFor("MIT OR Artistic-1.0-Perl"), ["MIT"]);
  assert.deepEqual(textsFor("LGPL-2.1-or-later AND BSD-2-Clause"), ["LGPL-2.1", "BSD-2-Clause"]);
  assert.deepEqual(textsFor("Apache-2.0 WITH LLVM-exception"), ["Apache-2.0"]);
});

test("the texts that Debian has are the last ones, where its package cuts the report", () => {
  assert.deepEqual([...LICENSE_TEXTS.keys()].slice(-3), ["Apache-2.0", "LGPL-2.0", "LGPL-2.1"]);
});

test("versions of what is linked are those that the runtime tells", () => {
  const named = RUNTIME.filter(({ versionName }) => versionName !== undefined);
  assert.ok(named.length > 10);
  // Deno tells of other libraries by the same names.
  const told: Readonly<Record<string, string | undefined>> = process.versions["bun"] === undefined
    ? {}
    : process.versions;
  for (const { name, version, versionName = "" } of named) {
    assert.ok(version !== "", name);
    assert.ok(told[versionName]?.startsWith(version) ?? true, `${name}: ${told[versionName]}`);
  }
});
