/** The fault matrix names tests that exist. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The rows of every table, headings left out. */
function rows(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("| ") && !/^\| (fault|---)/.test(line));
}

test("every row of docs/faults.md names a test, and there is a test of that name", () => {
  const matrix = rows(readFileSync(join(root, "docs/faults.md"), "utf8"));
  assert.ok(matrix.length > 40, `only ${matrix.length} rows were found`);
  for (const row of matrix) {
    const [, file = "", title = ""] = /`(tests\/[^`]+)`: "(.+)" *\|$/.exec(row) ?? [];
    assert.ok(file !== "" && existsSync(join(root, file)), `no file: ${row}`);
    assert.ok(readFileSync(join(root, file), "utf8").includes(title), `${file} has no "${title}"`);
  }
});
