/** What can be copied from docs/recipes.md is a configuration. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkConfig } from "../../../src/config/check.ts";
import { fakeEnvironment } from "../config/fake_environment.ts";

const page = readFileSync(new URL("../../../docs/recipes.md", import.meta.url), "utf8");
const recipes = [...page.matchAll(/^## (.+)\n[\s\S]*?^```ini\n([\s\S]*?)^```$/gm)];

const accounts = [
  { name: "root", uid: 0, gid: 0, home: "/root" },
  { name: "www-data", uid: 33, gid: 33, home: "/var/www" },
];
const users = {
  userByName: (name: string) => accounts.find((account) => account.name === name) ?? null,
  userById: () => null,
  groupByName: () => null,
  groupById: () => null,
};

/** The programs of the recipes are not on the machine that checks them. */
const ABSENT = /^the command \S+ cannot be found$/;

function findings(text: string): string[] {
  const environment = fakeEnvironment({
    files: { "/s.conf": `[supervisord]\nuser = root\n${text}` },
    directories: ["/dev/fd", "/var/log/supervisor", "/srv/app"],
  });
  return checkConfig({
    configFile: "/s.conf",
    options: {},
    environment: { ...environment, users },
  }).map(({ message }) => message).filter((message) => !ABSENT.test(message));
}

test("each section of the recipes has a configuration", () => {
  assert.equal(recipes.length, [...page.matchAll(/^## /gm)].length);
  assert.ok(recipes.length >= 6);
});

for (const [, name = "", text = ""] of recipes) {
  test(`--check finds nothing wrong with the recipe: ${name}`, () => {
    assert.deepEqual(findings(text), []);
  });
}
