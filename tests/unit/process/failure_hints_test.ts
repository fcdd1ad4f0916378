/** What is said about the usual mistakes: the words programs really print, and what is made of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { durationText, failureReason, isFailure } from "../../../src/process/failure.ts";
import { type FailureFacts, hintsFor } from "../../../src/process/failure_hints.ts";

const PLAIN: FailureFacts = {
  exit: { type: "exited", code: 1 },
  spawnError: null,
  isQuick: true,
  command: "/opt/app",
  directory: null,
  uid: null,
  output: "",
  oomKilled: null,
  leftRunning: [],
  file: null,
};

const SCRIPT = {
  path: "/opt/run.sh",
  interpreter: "/usr/bin/nopython",
  interpreterExists: false,
  hasWindowsLineEnds: false,
  isElf: false,
};

const killed = (signal: number, coreDumped = false) =>
  ({ exit: { type: "signalled", signal, coreDumped } }) as const;

const CASES: readonly [string, Partial<FailureFacts>, string, RegExp][] = [
  ["the kernel's verdict", { ...killed(9), oomKilled: true }, "out-of-memory", /memory ran out/],
  ["a kill by somebody", { ...killed(9), oomKilled: false }, "killed", /memory had not run out$/],
  ["a kill by nobody knows", killed(9), "killed", /perhaps the kernel/],
  ["a crash", killed(11), "crashed", /^it crashed/],
  ["a crash with a core", killed(6, true), "crashed", /core_pattern/],
  ["an old processor", killed(4), "illegal-instruction", /older one/],
  ["a sandbox", killed(31), "system-call-refused", /seccomp/],
  [
    "a script without its interpreter",
    { exit: { type: "exited", code: 127 }, file: SCRIPT },
    "missing-interpreter",
    /^\/opt\/run.sh is there, but its interpreter \/usr\/bin\/nopython/,
  ],
  [
    "a script from Windows",
    { file: { ...SCRIPT, interpreter: "/bin/sh\r", hasWindowsLineEnds: true } },
    "windows-line-ends",
    /Unix line ends/,
  ],
  [
    "a program for another C library",
    {
      output: "supervisor: couldn't exec /opt/x: ENOENT",
      file: { ...SCRIPT, interpreter: null, isElf: true },
    },
    "missing-loader",
    /musl or glibc/,
  ],
  [
    "a script without a first line",
    { output: "supervisor: couldn't exec /opt/x: ENOEXEC" },
    "no-interpreter-line",
    /#!\/bin\/sh/,
  ],
  [
    "a directory that is not there",
    { output: "supervisor: couldn't chdir to /srv/nope: ENOENT\n" },
    "wrong-directory",
    /^directory=\/srv\/nope does not exist/,
  ],
  [
    "a directory of somebody else",
    { output: "supervisor: couldn't chdir to /root: EACCES\n" },
    "directory-not-permitted",
    /may not enter directory=\/root/,
  ],
  [
    "a file without x",
    { exit: null, spawnError: "command at '/opt/x' is not executable" },
    "not-executable",
    /chmod \+x \/opt\/x/,
  ],
  [
    "a command that is nowhere on PATH",
    { exit: null, spawnError: "can't find command 'gunicorn'" },
    "command-not-found",
    /^gunicorn is in no directory of PATH/,
  ],
  [
    "a path that does not exist",
    { exit: null, spawnError: "can't find command 'bin/app'" },
    "command-not-found",
    /relative one/,
  ],
  [
    "a user that only root may become",
    { output: "supervisor: couldn't setuid to 33: Can't drop privilege as nonroot user" },
    "unknown-user",
    /does not run as root/,
  ],
  [
    "nginx and a port that is taken",
    { output: "nginx: [emerg] bind() to 0.0.0.0:8080 failed (98: Address already in use)" },
    "port-in-use",
    /^port 8080 is taken/,
  ],
  [
    "node and a port that is taken",
    { output: "Error: listen EADDRINUSE: address already in use :::3000\n  port: 3000" },
    "port-in-use",
    /^port 3000 is taken/,
  ],
  [
    "python and a port that is taken",
    { output: "OSError: [Errno 98] Address already in use" },
    "port-in-use",
    /^the port it listens on is taken/,
  ],
  [
    "redis and a port that is taken",
    {
      output:
        "Warning: Could not create server TCP listening socket *:6379: bind: Address already in use",
    },
    "port-in-use",
    /^port 6379/,
  ],
  [
    "a library that is missing",
    { output: "/opt/x: error while loading shared libraries: libpq.so.5: cannot open shared" },
    "missing-library",
    /libpq\.so\.5/,
  ],
  [
    "a Python module that is missing",
    { output: "ModuleNotFoundError: No module named 'flask'" },
    "missing-module",
    /^the module flask/,
  ],
  [
    "a Node module that is missing",
    { output: "Error: Cannot find module '/srv/app.js'" },
    "missing-module",
    /\/srv\/app\.js/,
  ],
  ["a full disk", { output: "write: No space left on device" }, "disk-full", /df -h/],
  ["too many open files", { output: "accept4: Too many open files" }, "too-many-files", /NOFILE/],
  [
    "a database that does not listen",
    { output: "connect ECONNREFUSED 127.0.0.1:5432" },
    "connection-refused",
    /did not listen/,
  ],
  [
    "a port below 1024",
    { output: "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)" },
    "privileged-port",
    /CAP_NET_BIND_SERVICE/,
  ],
  [
    "a file of somebody else",
    { output: "open: Permission denied: /etc/x", uid: 33 },
    "permission-denied",
    /for user 33$/,
  ],
  [
    "a relative file",
    { output: "FileNotFoundError: [Errno 2] No such file or directory: 'conf.ini'" },
    "missing-file",
    /conf\.ini does not exist: a relative path counts from the daemon's directory/,
  ],
  [
    "a shell that cannot find a command",
    { exit: { type: "exited", code: 127 }, output: "run.sh: 3: foo: not found" },
    "shell-command-not-found",
    /127/,
  ],
  [
    "a program that goes into the background",
    { exit: { type: "exited", code: 0 }, leftRunning: [77] },
    "daemonizes",
    /pid 77 still runs.*pid_file=/,
  ],
  ["a job", { exit: { type: "exited", code: 0 } }, "ends-at-once", /startsecs=0/],
];

for (const [title, facts, code, text] of CASES) {
  test(`the first hint for ${title} is ${code}`, () => {
    const [hint] = hintsFor({ ...PLAIN, ...facts });
    assert.equal(hint?.code, code);
    assert.match(hint.text, text);
  });
}

test("nothing is made up about a failure without a sign", () => {
  assert.deepEqual(hintsFor({ ...PLAIN, output: "something went wrong" }), []);
});

test("there are never more than three hints", () => {
  const output = "EADDRINUSE\nENOSPC\nToo many open files\nECONNREFUSED\npermission denied";
  assert.equal(hintsFor({ ...PLAIN, output }).length, 3);
});

test("failures are failed starts and exits that were not expected", () => {
  const change = { from: "RUNNING", pid: 1, tries: 0 } as const;
  assert.equal(isFailure({ ...change, to: "EXITED", expected: false }), true);
  assert.equal(isFailure({ ...change, to: "EXITED", expected: true }), false);
  assert.equal(isFailure({ ...change, from: "STARTING", to: "BACKOFF", expected: true }), true);
  // A restart that has to wait: its exit has been counted.
  assert.equal(isFailure({ ...change, from: "EXITED", to: "BACKOFF", expected: true }), false);
  assert.equal(isFailure({ ...change, to: "STOPPED", expected: true }), false);
});

test("the reason is the end and the time until then, or why there was no process", () => {
  const exit = { type: "exited", code: 3 } as const;
  assert.equal(failureReason(exit, "Exited too quickly", 312), "exit status 3 after 0.3 seconds");
  assert.equal(failureReason(null, "can't find command 'x'", null), "can't find command 'x'");
  const texts = [0, 9940, 75_000, 600_000, 9_000_000].map(durationText);
  assert.deepEqual(texts, ["0 seconds", "9.9 seconds", "75 seconds", "10 minutes", "2.5 hours"]);
});
