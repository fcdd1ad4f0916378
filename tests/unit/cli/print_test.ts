import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";

const program = new URL("../../fixtures/run_print.ts", import.meta.url).pathname;
const isDeno = process.versions["deno"] !== undefined;

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = [...(isDeno ? ["run", "-A"] : []), program, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return { status, stdout, stderr };
}

test("print without a name lists what there is", () => {
  const { status, stdout } = run();
  assert.equal(status, 0);
  assert.match(stdout, /^dashboard +\S/m);
  assert.match(stdout, /^sample-config +\S/m);
});

test("print dashboard is a document Grafana can read", () => {
  const { status, stdout } = run("dashboard");
  assert.equal(status, 0);
  assert.ok(Array.isArray(JSON.parse(stdout).panels));
});

test("print sample-config is the sample", () => {
  const { status, stdout } = run("sample-config");
  assert.equal(status, 0);
  assert.match(stdout, /^\[supervisord\]/m);
});

test("print of something else says what there is, on stderr", () => {
  const { status, stdout, stderr } = run("nonsense");
  assert.equal(status, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^Error: cannot print "nonsense"\nUsage: supervisord print WHAT\n/);
});
