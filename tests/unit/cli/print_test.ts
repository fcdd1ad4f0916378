import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { listedCommands } from "../../../cli/ctl/commands.ts";
import { SECTION_TABLES } from "../../../src/config/options.ts";

const program = new URL("../../fixtures/run_print.ts", import.meta.url).pathname;
const packageFile = new URL("../../../package.json", import.meta.url);
const unitFile = new URL("../../../packaging/systemd/supervisor.service", import.meta.url);
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

test("print systemd-unit is the unit of the packages", () => {
  const { status, stdout } = run("systemd-unit");
  assert.equal(status, 0);
  assert.equal(stdout, readFileSync(unitFile, "utf8"));
});

test("print json-schema describes every section and every key", () => {
  const { status, stdout } = run("json-schema");
  assert.equal(status, 0);
  const schema = JSON.parse(stdout);
  const sections = { ...schema.properties, ...schema.patternProperties };
  assert.equal(Object.keys(sections).length, SECTION_TABLES.length);
  const program = sections["^program:.+$"].properties;
  const table = SECTION_TABLES.find(({ section }) => section === "program:");
  assert.deepEqual(Object.keys(program), table?.options.map(({ key }) => key));
  assert.deepEqual(program.numprocs.type, ["integer", "string"]);
  assert.ok(new RegExp(Object.keys(schema.patternProperties)[0] ?? "").test("unix_http_server"));
});

test("print openapi is the description that the API gives of itself", () => {
  const { status, stdout } = run("openapi");
  assert.equal(status, 0);
  const description = JSON.parse(stdout);
  assert.equal(description.openapi, "3.1.0");
  assert.ok(description.paths["/api/v1/processes"].get);
});

test("print licenses names every dependency and carries its text", () => {
  const { status, stdout } = run("licenses");
  assert.equal(status, 0);
  const { dependencies } = JSON.parse(readFileSync(packageFile, "utf8"));
  for (const name of Object.keys(dependencies)) {
    assert.match(stdout, new RegExp(`^  ${name} ${dependencies[name]} +MIT `, "m"));
    assert.match(stdout, new RegExp(`^--- .*${name}.* ---$`, "m"));
  }
  assert.match(stdout, /JavaScriptCore .*LGPL/);
});

test("print man has a page for every program, with every option and action", () => {
  const { stdout } = run("man", "supervisorctl");
  for (const name of listedCommands()) assert.match(stdout, new RegExp(`^\\.SS "${name}"$`, "m"));
  const { stdout: configuration } = run("man", "supervisord.conf");
  for (const { options } of SECTION_TABLES) {
    for (const { key } of options) assert.ok(configuration.includes(`.B "${key}"`), key);
  }
});

test("what can be typed behind supervisord is in its page and in every completion", () => {
  const { stdout: page } = run("man", "supervisord");
  const scripts = ["bash", "zsh", "fish"].map((shell) => run(`completion-${shell}`).stdout);
  for (const name of ["print", "hash-password", "convert"]) {
    assert.ok(page.includes(`.BR "supervisord" " ${name.replaceAll("-", "\\-")} `), name);
  }
  for (const script of scripts) {
    for (const name of ["print", "hash-password", "convert"]) {
      assert.match(script, new RegExp(`(?:compadd|COMPREPLY|use_subcommand).*\\b${name}\\b`), name);
    }
  }
});

for (
  const [args, problem] of [
    [["man"], /^Error: man of what\? One of: supervisord, /],
    [["man", "supervisorclt"], /did you mean "supervisorctl"\?/],
    [["man", "pidproxy", "more"], /^Error: cannot print "man pidproxy more"$/m],
    [["completion-bsh"], /did you mean "completion-bash"\?/],
    [["dashboard", "more"], /^Error: cannot print "dashboard more"$/m],
  ] as const
) {
  test(`print ${args.join(" ")} is refused with a reason`, () => {
    const { status, stdout, stderr } = run(...args);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, problem);
  });
}

test("print of something else says what there is, on stderr", () => {
  const { status, stdout, stderr } = run("nonsense");
  assert.equal(status, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^Error: cannot print "nonsense"\nUsage: supervisord print WHAT\n/);
});
