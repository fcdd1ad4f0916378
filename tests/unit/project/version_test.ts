/** What stands in more than one place must be the same in all of them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { buildInfo } from "../../../src/build_info.ts";

function read(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
}

interface Package {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
interface JsrManifest {
  readonly version: string;
  readonly license: string;
  readonly exports: string;
}
const manifest = JSON.parse(read("package.json")) as Package;

test("the version in the program is the one in package.json", () => {
  assert.equal(buildInfo.version, manifest.version);
});

test("the package for JSR has the version, the licence and the entry of package.json", () => {
  const { version, license, exports } = JSON.parse(read("package.json")) as JsrManifest;
  const jsr = JSON.parse(read("deno.json")) as JsrManifest;
  assert.equal(jsr.version, buildInfo.version);
  assert.deepEqual([jsr.version, jsr.license, jsr.exports], [version, license, exports]);
});

test("a program run from source says so", () => {
  assert.equal(buildInfo.target, "source");
  assert.equal(buildInfo.commit, "unknown");
});

test("every dependency is pinned to one exact version", () => {
  for (
    const [name, version] of Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
    })
  ) {
    assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is "${version}"`);
  }
});

test("the lock file agrees with package.json and names no registry", () => {
  const text = read("package-lock.json");
  assert.doesNotMatch(text, /"resolved"|https?:/);
  const lock = JSON.parse(text) as { packages: Record<string, Package & { integrity?: string }> };
  for (
    const [name, version] of Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
    })
  ) {
    assert.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
  }
  for (const [path, entry] of Object.entries(lock.packages)) {
    // Deno's packages for other platforms are only named, without which npm ci refuses the file;
    // the registry this lock was written against does not carry them.
    if (path === "" || (path.startsWith("node_modules/@deno/") && !/linux-x64/.test(path))) {
      continue;
    }
    assert.match(entry.integrity ?? "", /^sha512-/, `${path} has no checksum`);
  }
});

test("the changelog begins with the current version or with what is not released yet", () => {
  const heading = /^## (.+)$/m.exec(read("CHANGELOG.md"))?.[1] ?? "";
  assert.ok(heading.startsWith("Unreleased") || heading.startsWith(manifest.version), heading);
});
