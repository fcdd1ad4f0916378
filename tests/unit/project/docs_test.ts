/** docs/ as a whole: its index is complete, its links lead somewhere, its reference is current. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { allCommands } from "../../../cli/ctl/commands.ts";
import { SUBCOMMANDS } from "../../../cli/print/subcommands.ts";
import { optionReference } from "../../../cli/print/option_reference.ts";
import { SECTION_TABLES } from "../../../src/config/options.ts";
import { SUPERVISOR_KEYS } from "../../../src/config/supervisor_keys.ts";

const root = new URL("../../../", import.meta.url).pathname;
const read = (path: string) => readFileSync(join(root, path), "utf8");

const FOLDERS = [".", "docs", "docs/recipes", "examples", "bench", "bench/size", "packaging"];

const pages = FOLDERS.flatMap((folder) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder)).filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name))
    : []
);

/** Text that stands for itself: what it shows as a link is none. */
function withoutCode(text: string): string {
  return text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, "").replaceAll(/`[^`\n]*`/g, "`code`");
}

/** The name that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase().trim()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
}

function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  const text = read(page).replaceAll(/^( *)```[\s\S]*?^\1```$/gm, "");
  for (const [, heading = ""] of text.matchAll(/^#+ +(.+)$/gm)) {
    const anchor = anchorOf(heading);
    let name = anchor;
    for (let i = 1; anchors.has(name); i++) name = `${anchor}-${i}`;
    anchors.add(name);
  }
  return anchors;
}

function deadLinks(page: string): string[] {
  const links = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) =>
    link
  );
  return links.filter((link) => !/^[a-z]+:/.test(link)).flatMap((link) => {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : relative(root, join(root, dirname(page), path));
    if (!existsSync(join(root, target))) return [`${page}: ${link}: there is no such file`];
    if (anchor === undefined || !target.endsWith(".md")) return [];
    return anchorsOf(target).has(anchor) ? [] : [`${page}: ${link}: there is no such heading`];
  });
}

test("docs/options.md is what the table of options says", () => {
  assert.equal(
    read("docs/options.md"),
    optionReference(),
    "out of date: bun cli/main.ts print options > docs/options.md",
  );
});

test("the reference has a row for each key of each section, or says where it is", () => {
  const text = optionReference();
  for (const { options } of SECTION_TABLES) {
    for (const { key } of options) assert.ok(text.includes(`\n| \`${key}\` |`), key);
  }
});

test("whatever Supervisor reads is in our tables", () => {
  for (const { section, options } of SECTION_TABLES) {
    const known = options.map(({ key }) => key);
    const missing = (SUPERVISOR_KEYS[section] ?? []).filter((key) => !known.includes(key));
    assert.deepEqual(missing, [], section);
  }
});

test("no link of a page leads nowhere", () => {
  assert.ok(pages.length > 15, pages.join(" "));
  assert.deepEqual(pages.flatMap(deadLinks), []);
});

test("docs/README.md names every page", () => {
  const index = read("docs/README.md");
  const missing = pages.filter((page) => page.startsWith("docs/") && page !== "docs/README.md")
    .map((page) => relative("docs", page)).filter((page) => !index.includes(`](${page})`));
  assert.deepEqual(missing, [], "give the page a line in docs/README.md");
});

test("README.md has no figures of speed or size of its own, which would be old ones soon", () => {
  const readme = read("README.md");
  const performance = /^## Performance\n([\s\S]*?)^## /m.exec(readme)?.[1] ?? "";
  assert.match(performance, /bench\/results\.md/);
  assert.doesNotMatch(performance, /\d|\b(twice|half|third|times)\b/);
});

test("docs/commands.md has every action of supervisorctl and every word of supervisord", () => {
  const page = read("docs/commands.md");
  const words = [
    ...allCommands().map(({ name }) => name),
    ...SUBCOMMANDS.map(({ name }) => name),
    ...["ctl", "echo-conf", "pidproxy"],
  ];
  const missing = words.filter((word) =>
    !new RegExp(`(?:\`|supervisorctl |supervisord |--json )${word}\\b`).test(page)
  );
  assert.deepEqual(missing, []);
});
