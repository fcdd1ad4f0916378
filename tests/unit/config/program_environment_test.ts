/** Environments from sections and files, variables, templates, secrets: what a program gets of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../../../src/config/check.ts";
import { diffGroups } from "../../../src/config/diff.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Config, ProcessSpec } from "../../../src/config/types.ts";
import { fakeEnvironment } from "./fake_environment.ts";

type Files = Readonly<Record<string, string>>;

function world(text: string, files: Files = {}) {
  return fakeEnvironment({ files: { ...files, "/etc/s.conf": `[supervisord]\n${text}\n` } });
}

function load(text: string, files: Files = {}): Config {
  return loadConfig({ configFile: "/etc/s.conf", options: {}, environment: world(text, files) });
}

function program(text: string, files: Files = {}, name = "web"): ProcessSpec {
  const processes = load(text, files).groups.flatMap((group) => group.processes);
  const spec = processes.find((process) => process.name === name);
  assert.ok(spec !== undefined);
  return spec;
}

function firstError(text: string, files: Files = {}) {
  const environment = world(text, files);
  const report = checkConfig({ configFile: "/etc/s.conf", options: {}, environment });
  const error = report.find(({ severity }) => severity === "error");
  assert.ok(error !== undefined, "no error");
  return error;
}

const WEB = "[program:web]\ncommand=/bin/cat\n";

test("files and sections come under environment=, later ones over earlier ones", () => {
  const text = `${WEB}environment=D="own"
environment_files=a.env, /etc/b.env
[env:w*,db]
Path_One=1
C=section
D=section
[env:db]
E=not for web`;
  const files = { "/etc/a.env": "A=1\nB=1\nC=1", "/etc/b.env": "B=2\nD=2" };
  assert.deepEqual(program(text, files).environment, {
    Path_One: "1",
    C: "1",
    D: "own",
    A: "1",
    B: "2",
  });
});

test("what stands there can be used as %(ENV_x)s, also in environment= itself", () => {
  const text = `${WEB}environment=URL="http://%(ENV_HOST)s:%(ENV_PORT)s"
directory=/srv/%(ENV_HOST)s
environment_files=a.env
[env:web]
HOST=%(program_name)s.local`;
  const spec = program(text, { "/etc/a.env": "PORT=80" });
  assert.equal(spec.environment["URL"], "http://web.local:80");
  assert.equal(spec.directory, "/srv/web.local");
});

test("a file with a dash in front need not be there; without it that is an error with its place", () => {
  assert.deepEqual(program(`${WEB}environment_files=-none.env, ?/none`).environment, {});
  const error = firstError(`${WEB}environment_files=none.env`);
  assert.match(error.message, /cannot read the environment file \/etc\/none\.env: ENOENT/);
  assert.deepEqual([error.line, error.column], [4, 19]);
});

test("an error in an environment file is shown with file, line and column of that file", () => {
  const error = firstError(`${WEB}environment_files=a.env`, { "/etc/a.env": "A=1\nB='x' y\n" });
  assert.deepEqual([error.file, error.line, error.column], ["/etc/a.env", 2, 6]);
  assert.equal(error.message, "something stands behind the quotation");
  assert.equal(error.sourceLine, "B='x' y");
});

test("a file that has changed makes its program differ at a reread, and no other", () => {
  const text = `${WEB}environment_files=a.env\n[program:other]\ncommand=/bin/cat`;
  const [before, after] = ["A=1", "A=2"].map((file) => load(text, { "/etc/a.env": file }).groups);
  const { changed, added, removed } = diffGroups(before!, after!);
  assert.deepEqual([changed.map(({ name }) => name), added, removed], [["web"], [], []]);
});

test("variables are known everywhere, and to those below them", () => {
  const text = `[variables]
Root=/srv
App=%(var_root)s/app
${WEB}directory=%(var_app)s/%(program_name)s`;
  assert.equal(program(text).directory, "/srv/app/web");
  const error = firstError(`[variables]\nroot=/srv\n${WEB}directory=%(var_rot)s`);
  assert.match(error.message, /unknown name 'var_rot'.*var_root/);
});

test("defaults, templates in order, own keys: each wins over what comes before it", () => {
  const text = `[program-defaults]
priority=1
startsecs=1
stopwaitsecs=1
user=root
[template:base]
startsecs=2
stopwaitsecs=2
[template:slow]
use=base
stopwaitsecs=3
exitcodes=7
[program:web]
use=base, slow
exitcodes=8
command=/bin/%(program_name)s
[program:plain]
command=/bin/cat`;
  const { priority, startSecs, stopWaitSecs, exitCodes, command, uid } = program(text);
  assert.deepEqual(
    { priority, startSecs, stopWaitSecs, exitCodes, command, uid },
    { priority: 1, startSecs: 2, stopWaitSecs: 3, exitCodes: [8], command: "/bin/web", uid: 0 },
  );
  assert.equal(program(text, {}, "plain").startSecs, 1);
});

test("an error in a template is shown where it stands; a wrong name with the nearest one", () => {
  const wrong = firstError(`[template:base]\nstartsecs=soon\n${WEB}use=base`);
  assert.deepEqual([wrong.line, wrong.column], [3, 11]);
  const unknown = firstError(`[template:base]\n${WEB}use=bsae`);
  assert.match(unknown.message, /there is no section \[template:bsae\]/);
  assert.match(unknown.hint ?? "", /did you mean base\?/);
  const circle = firstError(`[template:a]\nuse=b\n[template:b]\nuse=a\n${WEB}use=a`);
  assert.match(circle.message, /circle: a -> b -> a/);
});

test("a mistyped key of a template is told once, where it stands", () => {
  const text =
    `[template:base]\nstartsec=1\n${WEB}use=base\n[program:b]\nuse=base\ncommand=/bin/cat`;
  const report = checkConfig({ configFile: "/etc/s.conf", options: {}, environment: world(text) });
  const found = report.filter(({ message }) => message.includes("startsec"));
  assert.deepEqual(found.map(({ line }) => line), [3]);
});

test("without these keys there is nothing of them", () => {
  const spec = program(WEB);
  assert.ok(!("setHome" in spec) && !("secretFiles" in spec) && !("hooks" in spec));
});

test("set_home and secrets are settings of the program", () => {
  const spec = program(`${WEB}set_home=true
secret_files=DB:/run/db, KEY : /etc/key
secret_command=/bin/vault get`);
  assert.equal(spec.setHome, true);
  assert.deepEqual(spec.secretFiles, { DB: "/run/db", KEY: "/etc/key" });
  assert.equal(spec.hooks?.commands.secret_command, "/bin/vault get");
});

for (
  const [value, message] of [
    ["/run/db", /not a variable and its file/],
    ["DB:run/db", /not an absolute path/],
    ["DB:/a, DB:/b", /DB is there twice/],
  ] as const
) {
  test(`secret_files=${value} is refused`, () => {
    assert.match(firstError(`${WEB}secret_files=${value}`).message, message);
  });
}

test("a secret that is not there, or that everybody can read, is a warning of the check", () => {
  const files = {
    "/etc/s.conf": `[supervisord]\n${WEB}secret_files=A:/a,B:/b,C:/c`,
    "/a": "",
    "/b": "",
  };
  const environment = fakeEnvironment({ files, modes: { "/a": 0o600 } });
  const report = checkConfig({ configFile: "/etc/s.conf", options: {}, environment });
  const found = report.filter(({ message }) => message.includes("secret"));
  assert.deepEqual(found.map(({ message, line }) => [message, line]), [
    ["everybody on this machine can read the secret B in /b", 4],
    ["the secret /c is not there", 4],
  ]);
});
