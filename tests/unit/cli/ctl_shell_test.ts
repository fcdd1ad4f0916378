import assert from "node:assert/strict";
import { test } from "node:test";
import { runShell } from "../../../cli/ctl/shell.ts";
import { Fault } from "../../../src/xmlrpc/value.ts";
import { type Setting, withSession } from "./ctl_harness.ts";

const RUNNING = {
  group: "a",
  name: "a",
  state: 20,
  statename: "RUNNING",
  description: "pid 1, uptime 0:00:01",
  pid: 1,
};
const STATUS = "a                                RUNNING   pid 1, uptime 0:00:01\n";
const methods = { getAllProcessInfo: () => [RUNNING], getProcessInfo: () => RUNNING };

function shell(input: readonly string[], setting: Setting = {}) {
  return withSession(
    { methods, interactive: true, input, ...setting },
    (session) => runShell(session, "prompt"),
  );
}

test("the shell shows the status first and ends with its input", async () => {
  const { stdout } = await shell([]);
  assert.equal(stdout, `${STATUS}prompt> \n`);
});

test("the shell goes on after an empty line, nonsense and failures", async () => {
  const { stdout } = await shell(["", "foo", "version", "pid a"]);
  assert.equal(
    stdout,
    `${STATUS}prompt> prompt> *** Unknown syntax: foo\n` +
      `prompt> error: <Fault 1: 'UNKNOWN_METHOD'>\nprompt> 1\nprompt> \n`,
  );
});

for (const word of ["quit", "exit", "EOF", " quit now"]) {
  test(`"${word}" ends the shell and leaves the rest unread`, async () => {
    const { stdout } = await shell([word, "pid"]);
    assert.equal(stdout, `${STATUS}prompt> \n`);
  });
}

test("a question takes the next line for its answer", async () => {
  const { stdout, calls } = await shell(["shutdown", "n", "pid a"]);
  assert.equal(
    stdout,
    `${STATUS}prompt> Really shut the remote supervisord process down y/N? prompt> 1\nprompt> \n`,
  );
  assert.ok(!calls.includes("shutdown()"));
});

test("the shell outlives a server that is not there", async () => {
  const { stdout } = await shell(["pid"], { serverUrl: "unix:///no/such" });
  const gone = "unix:///no/such no such file\n";
  assert.equal(stdout, `${gone}prompt> ${gone}prompt> \n`);
});

test("fg passes lines on until the input ends", async () => {
  const { stdout, calls } = await shell(["fg a", "one", "two"], {
    methods: { ...methods, sendProcessStdin: () => true },
  });
  assert.equal(
    stdout,
    `${STATUS}prompt> ==> Press Ctrl-C to exit <==\nExiting foreground\nprompt> \n`,
  );
  assert.deepEqual(calls.filter((call) => call.startsWith("send")), [
    "sendProcessStdin(a, one\n)",
    "sendProcessStdin(a, two\n)",
  ]);
});

test("fg ends when the process is gone, and the shell takes the next line", async () => {
  const sendProcessStdin = () => {
    throw new Fault(70, "NOT_RUNNING");
  };
  const { stdout } = await shell(["fg a", "one", "pid a"], {
    methods: { ...methods, sendProcessStdin },
  });
  assert.equal(
    stdout,
    `${STATUS}prompt> ==> Press Ctrl-C to exit <==\nProcess got killed\nExiting foreground\n` +
      "prompt> 1\nprompt> \n",
  );
});
