import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** The rows of the table of threats: what the threat is, and its tests. */
function threats(): { threat: string; tests: { file: string; title: string }[] }[] {
  const [, section = ""] = read("docs/security.md").split("\n## Threats\n");
  const rows = section.split("\n## ")[0]!.split("\n").filter((line) => line.startsWith("|")).slice(
    2,
  );
  return rows.map((row) => {
    const [threat = "", , shown = ""] = row.split("|").slice(1).map((cell) => cell.trim());
    const tests = [...shown.matchAll(/([\w/.]+_test\.ts): "([^"]+)"/g)]
      .map(([, file = "", title = ""]) => ({ file, title }));
    return { threat, tests };
  });
}

test("each threat in docs/security.md names a test that is there", () => {
  const rows = threats();
  assert.ok(rows.length > 25, `${rows.length} rows`);
  const missing = rows.flatMap(({ threat, tests }) => {
    if (tests.length === 0) return [`${threat}: no test`];
    return tests.filter(({ file, title }) => !titlesIn(`tests/${file}`).includes(title))
      .map(({ file, title }) => `${threat}: no ${file} has "${title}"`);
  });
  assert.deepEqual(missing, []);
});

/** Only what stands in the title of a test, in one text. */
function titlesIn(path: string): string {
  let text;
  try {
    text = read(path);
  } catch {
    return "";
  }
  return [...text.matchAll(/test\(\s*(["'`])((?:(?!\1)[^\\]|\\.)*)\1/g)].map(([, , title]) => title)
    .join("\n");
}
