/** depends_on and its kin in a configuration: what is read, and what is refused where. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../../../src/config/check.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { ProcessSpec } from "../../../src/config/types.ts";
import { fakeEnvironment } from "./fake_environment.ts";

const options = (text: string) => ({
  configFile: "/s.conf",
  options: {},
  environment: fakeEnvironment({ files: { "/s.conf": `[supervisord]\n${text}` } }),
});

function processes(text: string): ReadonlyMap<string, ProcessSpec> {
  const { groups } = loadConfig(options(text));
  return new Map(
    groups.flatMap((group) => group.processes).map((process) => [process.name, process]),
  );
}

const program = (name: string, lines = "") => `[program:${name}]\ncommand=/bin/cat\n${lines}\n`;

test("a program without depends_on has nothing of it, also where the policies are set", () => {
  const read = processes(program("a") + program("b", "on_dependency_failure=fail\ndepends_on="));
  for (const process of read.values()) assert.ok(!("dependencies" in process), process.name);
});

test("depends_on is read with its policies", () => {
  const read = processes(
    program("db", "healthcheck=tcp://127.0.0.1:5432") + program("cache") +
      program("app", "depends_on = db:healthy, cache\non_dependency_restart=Restart"),
  );
  assert.deepEqual(read.get("app")?.dependencies, {
    requirements: [
      { name: "db", condition: "healthy" },
      { name: "cache", condition: "running" },
    ],
    onFailure: "wait",
    onRestart: "restart",
  });
});

test("each copy of a program may depend on its own copy of another", () => {
  const copies = "numprocs=2\nprocess_name=%(program_name)s_%(process_num)d";
  const read = processes(
    program("cache", copies) +
      program("app", `${copies}\ndepends_on=cache:cache_%(process_num)d`),
  );
  const names = ["app_0", "app_1"].map((name) =>
    read.get(name)?.dependencies?.requirements[0]?.name
  );
  assert.deepEqual(names, ["cache:cache_0", "cache:cache_1"]);
});

interface Bad {
  readonly title: string;
  readonly text: string;
  readonly line: number;
  readonly message: string;
  readonly hint: string;
}
const BAD: readonly Bad[] = [
  {
    title: "an unknown name",
    text: program("cache") + program("app", "depends_on=cachee"),
    line: 7,
    message: "depends_on names 'cachee', which is no program, group or process",
    hint: "did you mean cache?",
  },
  {
    title: "a mistyped condition",
    text: program("db") + program("app", "depends_on=db:helthy"),
    line: 7,
    message: "depends_on names 'db:helthy', which is no program, group or process",
    hint: ":healthy",
  },
  {
    title: "healthy without a check",
    text: program("db") + program("app", "depends_on=db:healthy"),
    line: 7,
    message: "depends_on waits for db:healthy, but db has no healthcheck",
    hint: "healthcheck= for db",
  },
  {
    title: "a program that waits for itself",
    text: program("app", "depends_on=app"),
    line: 4,
    message: "depends_on makes a cycle, in which each waits for the next: " +
      "app (/s.conf:4) -> app",
    hint: "must do without",
  },
  {
    title: "a member that waits for its own group",
    text: "[group:g]\nprograms=a,b\n" + program("a", "depends_on=g") + program("b"),
    line: 6,
    message: "depends_on makes a cycle, in which each waits for the next: " +
      "g:a (/s.conf:6) -> g:a",
    hint: "must do without",
  },
  {
    title: "a cycle of three",
    text: program("a", "depends_on=b") + program("b", "depends_on=c:ready") +
      program("c", "depends_on=a:started"),
    line: 4,
    message: "depends_on makes a cycle, in which each waits for the next: " +
      "a (/s.conf:4) -> b (/s.conf:7) -> c (/s.conf:10) -> a",
    hint: "must do without",
  },
  {
    title: "an unknown policy",
    text: program("a") + program("b", "depends_on=a\non_dependency_failure=die"),
    line: 8,
    message: "not one of wait, fail or ignore: 'die'",
    hint: "wait, fail or ignore",
  },
];
for (const { title, text, line, message, hint } of BAD) {
  test(`${title} is refused at its line`, () => {
    assert.throws(() => loadConfig(options(text)), { name: "ConfigError" });
    const [first] = checkConfig(options(text));
    assert.equal(first?.message, message);
    assert.deepEqual([first?.severity, first?.file, first?.line], ["error", "/s.conf", line]);
    assert.ok(first?.hint?.includes(hint), first?.hint ?? "no hint");
  });
}

const WARNED: readonly [string, string, RegExp][] = [
  [
    "a one-shot program that counts as failed when it is quick",
    program("job") + program("app", "depends_on=job:completed"),
    /^app waits for job:completed, but an end of job within startsecs=1 is a failed start$/,
  ],
  [
    "a program that is never completed",
    program("job", "autorestart=true") + program("app", "depends_on=job:completed"),
    /^app waits for job:completed, but job is always started again and so never completed$/,
  ],
  [
    "a dependency that nobody starts",
    program("db", "autostart=false") + program("app", "depends_on=db"),
    /^app waits for db, but db has autostart=false: somebody must start it first$/,
  ],
];
for (const [title, text, message] of WARNED) {
  test(`the check warns of ${title}, once`, () => {
    const about = checkConfig(options(text)).filter((one) => one.message.includes("waits for"));
    assert.equal(about.length, 1);
    assert.match(about[0]?.message ?? "", message);
    assert.equal(about[0]?.severity, "warning");
  });
}
