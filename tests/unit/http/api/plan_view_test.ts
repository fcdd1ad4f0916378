import assert from "node:assert/strict";
import { test } from "node:test";
import { IniDocument } from "../../../../src/config/ini.ts";
import { loadConfig } from "../../../../src/config/load.ts";
import { planUpdate } from "../../../../src/config/plan.ts";
import { planView, stepsOf } from "../../../../src/http/api/plan_view.ts";
import { FakeDaemon } from "../../../support/fake_daemon.ts";
import { fakeEnvironment } from "../../config/fake_environment.ts";

function load(text: string, document = new IniDocument()) {
  const environment = fakeEnvironment({
    files: { "/s.conf": "[supervisord]\n[include]\nfiles=/web.ini\n", "/web.ini": text },
  });
  return loadConfig({ configFile: "/s.conf", options: {}, environment, document }).groups;
}

function plan(before: string, after: string, minimal = true) {
  const document = new IniDocument();
  const groups = planUpdate({
    active: load(before),
    read: load(after, document),
    minimal,
    only: null,
    standing: () => "running",
    isDisabled: () => false,
  });
  return { groups, view: planView(new FakeDaemon(), groups, document) };
}

const WEB = "[program:web]\ncommand=a --password=hush\nuser=0\n";

test("each key that differs has its old and new value, and where it stands", () => {
  const { view } = plan(
    WEB,
    "[program:web]\ncommand=b --password=hush --api-key 'to the house'\n\nstopwaitsecs=3\n" +
      'environment=TOKEN="hush"\n',
  );
  const [process] = view.groups[0]?.processes ?? [];
  assert.deepEqual(process?.source, { file: "/web.ini", line: 1 });
  assert.deepEqual(process?.changes, [
    {
      key: "command",
      old: "a --password=***",
      new: "b --password=*** --api-key ***",
      source: { file: "/web.ini", line: 2 },
    },
    // It is not there any more: the section is where it would be.
    { key: "uid", old: 0, new: null, source: { file: "/web.ini", line: 1 } },
    { key: "stopwaitsecs", old: 10, new: 3, source: { file: "/web.ini", line: 4 } },
    {
      key: "environment.TOKEN",
      old: null,
      new: "(set)",
      source: { file: "/web.ini", line: 5 },
    },
  ]);
});

test("a group that is replaced says so of those of its processes that are as they were", () => {
  const group = "[group:g]\nprograms=web,db\n[program:db]\ncommand=x\n";
  const { view } = plan(WEB + group, WEB + group.replace("=x", "=y"), false);
  assert.deepEqual(
    view.groups[0]?.processes.map(({ namespec, reason }) => [namespec, reason]),
    [
      ["g:db", "its settings have changed"],
      ["g:web", "its group is replaced as a whole"],
    ],
  );
  assert.deepEqual(view.stopOrder, []);
});

test("what has been done is one step for each process, and one for a group that failed", () => {
  const { groups } = plan("[program:old]\ncommand=x\n", WEB);
  assert.deepEqual(
    stepsOf(groups.map((one) => ({ plan: one, problem: one.name === "web" ? "no room" : null }))),
    [
      { group: "old", process: "old", step: "removed", ok: true, text: "stopped and removed" },
      { group: "web", step: "updated", ok: false, text: "no room" },
    ],
  );
});
