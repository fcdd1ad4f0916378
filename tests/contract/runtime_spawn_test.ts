import assert from "node:assert/strict";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { constants, tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import type { SpawnResult } from "../../src/runtime/spawn_types.ts";
import {
  exitOf,
  isRoot,
  PATH,
  reportsOf,
  request,
  run,
  runtime,
  shell,
  testAsRoot,
  usages,
} from "./children.ts";

const DAEMON = { uid: 1, gid: 1, groups: [1, 4, 24] };

function directory(): string {
  return mkdtempSync(`${tmpdir()}/runtime-contract-`);
}

/** Fields of /proc/PID/stat behind the command name: state, ppid, pgrp, session … */
function statFields(text: string): number[] {
  return text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
}

function statusField(text: string, name: string): string {
  return text.match(new RegExp(`^${name}:\\s*(.*?)\\s*$`, "m"))?.[1] ?? `no ${name}`;
}

test("a child leads its own process group in the session of its parent", async () => {
  const { result, stdout } = await run(["/bin/cat", "/proc/self/stat"]);
  assert.ok(result.ok);
  const [, parent, group, session] = statFields(stdout);
  const own = statFields(readFileSync("/proc/self/stat", "utf8"));
  assert.equal(parent, process.pid);
  assert.equal(group, result.pid);
  assert.equal(session, own[3]);
});

test("a child gets exactly the environment asked for", async () => {
  const env = {
    PATH,
    EMPTY: "",
    SPACES: " a  b ",
    EQUALS: "a=b=c",
    UNICODE: "häß→🙂",
    LINES: "a\nb",
  };
  const { stdout } = await run(["/usr/bin/env", "-0"], { env });
  assert.deepEqual(
    stdout.split("\0").filter((entry) => entry !== "").sort(),
    Object.entries(env).map(([name, value]) => `${name}=${value}`).sort(),
  );
});

test("a child has its own variables on top of those it has in common with others", async () => {
  const commonEnv = { PATH, SHARED: "häß", HIDDEN: "common" };
  for (const own of ["one", "two"]) {
    const { stdout } = await run(["/usr/bin/env"], { env: { HIDDEN: own, OWN: own }, commonEnv });
    assert.equal(stdout, `PATH=${PATH}\nSHARED=häß\nHIDDEN=${own}\nOWN=${own}\n`);
  }
  const { stdout } = await run(["/usr/bin/env"], { env: { OWN: "three" }, commonEnv });
  assert.equal(stdout, `PATH=${PATH}\nSHARED=häß\nHIDDEN=common\nOWN=three\n`);
});

test("an empty environment is an empty environment", async () => {
  assert.equal((await run(["/usr/bin/env"], { env: {} })).stdout, "");
});

test("arguments arrive as they are, argv[0] and empty ones included", async () => {
  const argv = ["a name", "", "with space", "häß→🙂", "*", "-n"];
  const { stdout: cmdline } = await run(["sh", "-c", "cat /proc/$$/cmdline", ...argv], {
    file: "/bin/sh",
  });
  assert.deepEqual(cmdline.split("\0"), ["sh", "-c", "cat /proc/$$/cmdline", ...argv, ""]);
});

test("directory and umask hold in the child and not in us", async () => {
  const here = process.cwd();
  const mask = runtime.system.umask(0o022);
  try {
    const there = directory();
    const { stdout } = await shell("pwd; umask", { cwd: there, umask: 0o137 });
    assert.equal(stdout, `${there}\n0137\n`);
    assert.equal(process.cwd(), here);
    assert.equal(runtime.system.umask(0o022), 0o022);
    rmSync(there, { recursive: true });
  } finally {
    runtime.system.umask(mask);
  }
});

test("without directory and umask the child has ours", async () => {
  const mask = runtime.system.umask(0o051);
  try {
    assert.equal((await shell("pwd -P; umask")).stdout, `${process.cwd()}\n0051\n`);
  } finally {
    runtime.system.umask(mask);
  }
});

test("a child runs as the user asked for, with its groups and without capabilities", async () => {
  const { result, stdout } = await run(["/bin/cat", "/proc/self/status"], { credentials: DAEMON });
  if (!isRoot) {
    assert.deepEqual(result, { ok: false, step: "credentials", code: "EPERM" });
    return;
  }
  assert.equal(statusField(stdout, "Uid"), "1\t1\t1\t1");
  assert.equal(statusField(stdout, "Gid"), "1\t1\t1\t1");
  assert.equal(statusField(stdout, "Groups"), "1 4 24");
  for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) {
    assert.equal(statusField(stdout, set), "0000000000000000", set);
  }
});

test("after a spawn as another user, done or refused, we are who we were", async () => {
  const identity = () => {
    const text = readFileSync("/proc/thread-self/status", "utf8");
    return ["Uid", "Gid", "Groups", "CapEff"].map((name) => statusField(text, name));
  };
  const before = identity();
  await run(["/bin/true"], { credentials: DAEMON });
  await run(["/no/such/file"], { credentials: DAEMON });
  await run(["/bin/true"], { credentials: DAEMON, cwd: "/no/such/directory" });
  assert.deepEqual(identity(), before);
});

test("asking for the user we are changes nothing and succeeds", async () => {
  const credentials = { uid: runtime.system.getuid(), gid: 12345, groups: [12345] };
  const { result, stdout } = await run(["/usr/bin/id", "-g"], { credentials });
  assert.ok(result.ok);
  assert.equal(stdout, `${runtime.system.getgid()}\n`);
});

testAsRoot("a directory is entered as the user of the child", async () => {
  const closed = directory(); // mode 0700, ours
  const { result } = await run(["/bin/true"], { credentials: DAEMON, cwd: closed });
  assert.deepEqual(result, { ok: false, step: "chdir", code: "EACCES" });
  rmSync(closed, { recursive: true });
});

const FAILURES: [title: string, file: string, cwd: string | null, expected: SpawnResult][] = [
  ["a missing file", "/no/such/file", null, { ok: false, step: "exec", code: "ENOENT" }],
  ["a file that may not be executed", "/etc/passwd", null, {
    ok: false,
    step: "exec",
    code: "EACCES",
  }],
  ["a directory as the file", "/tmp", null, { ok: false, step: "exec", code: "EACCES" }],
  ["a file below a file", "/etc/passwd/x", null, { ok: false, step: "exec", code: "ENOTDIR" }],
  ["a missing directory", "/bin/true", "/no/such", { ok: false, step: "chdir", code: "ENOENT" }],
  ["a file as the directory", "/bin/true", "/etc/passwd", {
    ok: false,
    step: "chdir",
    code: "ENOTDIR",
  }],
  ["a NUL in the name", "/bin/tr\0ue", null, { ok: false, step: "exec", code: "EINVAL" }],
];

for (const [title, file, cwd, expected] of FAILURES) {
  test(`${title} fails at ${expected.ok ? "" : `${expected.step} with ${expected.code}`}`, async () => {
    assert.deepEqual((await run([file], { cwd })).result, expected);
  });
}

test("exec failures of files that are not programs have their own codes", async () => {
  const place = directory();
  const write = (name: string, text: string) => {
    writeFileSync(`${place}/${name}`, text, { mode: 0o755 });
    return `${place}/${name}`;
  };
  symlinkSync("loop", `${place}/loop`);
  const cases: [string, string][] = [
    [write("plain", "no interpreter line\n"), "ENOEXEC"],
    [write("missing", "#!/no/such/interpreter\n"), "ENOENT"],
    [`${place}/loop`, "ELOOP"],
    [`/${"x".repeat(300)}`, "ENAMETOOLONG"],
  ];
  for (const [file, code] of cases) {
    assert.deepEqual((await run([file])).result, { ok: false, step: "exec", code });
  }
  const tooMuch = { PATH, LARGE: "x".repeat(4 * 1024 * 1024) };
  assert.deepEqual((await run(["/bin/true"], { env: tooMuch })).result, {
    ok: false,
    step: "exec",
    code: "E2BIG",
  });
  rmSync(place, { recursive: true });
});

for (const code of [0, 1, 2, 77, 127, 255]) {
  test(`exit code ${code} is reported exactly`, async () => {
    assert.equal((await shell(`exit ${code}`)).status, code << 8);
  });
}

for (const name of ["SIGTERM", "SIGKILL", "SIGHUP", "SIGPIPE", "SIGXFSZ", "SIGUSR1"] as const) {
  test(`death by ${name} is reported exactly, and none of our dispositions prevents it`, async () => {
    const { status } = await shell(`kill -${name.slice(3)} $$; sleep 5`);
    assert.equal(status & 0x7f, constants.signals[name]);
  });
}

test("all signals have their default action in the child and none is blocked", async () => {
  const { stdout } = await run(["/bin/cat", "/proc/self/status"]);
  for (const set of ["SigIgn", "SigBlk"]) {
    assert.equal(statusField(stdout, set), "0000000000000000", set);
  }
});

test("a child has descriptors 0, 1 and 2 and no other", async () => {
  // One of the kind that a shell or a service manager leaves behind, open for children.
  const inherited = openSync("/dev/null", "r");
  runtime.system.setCloseOnExec(inherited, false);
  const extra = [runtime.pipe(), runtime.pipe()];
  runtime.system.closeOnExecFrom(3);
  const { stdout } = await shell("ls /proc/$$/fd; true");
  assert.deepEqual(stdout.split("\n").filter(Boolean), ["0", "1", "2"]);
  for (const { read, write } of extra) [read, write].forEach(runtime.closeFd);
  closeSync(inherited);
});

test("standard descriptors of ours can be given to a child, in any order", async () => {
  const output = runtime.pipe();
  const sources: [number, number, number][] = [[0, 1, 2], [2, 0, 1], [1, 2, output.write]];
  for (const stdio of sources) {
    const seen = runtime.pipe();
    const script = `links=$(cd /proc/$$/fd; readlink 0 1 2)
      echo "$links" >/proc/${process.pid}/fd/${seen.write}`;
    const wanted = stdio.map((fd) => linkOf(fd));
    const result = runtime.spawn(
      request(["/bin/sh", "-c", script], stdio),
    );
    assert.ok(result.ok);
    await exitOf(result.pid);
    runtime.closeFd(seen.write);
    const text: string[] = [];
    await new Promise<void>((resolve) => {
      runtime.openReader(seen.read, {
        data: (chunk) => void text.push(new TextDecoder().decode(chunk)),
        end: resolve,
      });
    });
    assert.deepEqual(text.join("").split("\n").slice(0, 3), wanted);
  }
  runtime.closeFd(output.read);
  runtime.closeFd(output.write);
});

function linkOf(fd: number): string {
  return readlinkSync(`/proc/self/fd/${fd}`);
}

test("a child can open /dev/stdout and /dev/stderr: they are pipes", async () => {
  const { stdout, stderr } = await shell("echo out >/dev/stdout; echo err >/dev/stderr");
  assert.deepEqual({ stdout, stderr }, { stdout: "out\n", stderr: "err\n" });
});

test("two descriptors can be the same pipe, and keep the order of what is written", async () => {
  const [input, output] = [runtime.pipe(), runtime.pipe()];
  const text: string[] = [];
  const ended = new Promise<void>((resolve) => {
    runtime.openReader(output.read, {
      data: (chunk) => void text.push(new TextDecoder().decode(chunk)),
      end: resolve,
    });
  });
  const result = runtime.spawn(
    request(["/bin/sh", "-c", "echo 1; echo 2 >&2; echo 3"], [
      input.read,
      output.write,
      output.write,
    ]),
  );
  assert.ok(result.ok);
  [input.read, input.write, output.write].forEach(runtime.closeFd);
  await ended;
  assert.equal(text.join(""), "1\n2\n3\n");
});

test("200 children at once are all collected, each once", async () => {
  const pids: number[] = [];
  for (let i = 0; i < 200; i++) {
    const result = runtime.spawn(request(["/bin/sh", "-c", `exit ${i}`], [0, 1, 2]));
    assert.ok(result.ok);
    pids.push(result.pid);
  }
  const statuses = await Promise.all(pids.map(exitOf));
  assert.deepEqual(statuses, pids.map((_, i) => i << 8));
  assert.deepEqual(pids.map((pid) => reportsOf(pid).length), pids.map(() => 1));
});

test("reap() with nobody to collect gives nothing", () => {
  assert.deepEqual(runtime.reap(), []);
});

test("the exit report tells what the child has used", async () => {
  const busy = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done";
  const { result } = await run(["/bin/sh", "-c", busy]);
  assert.ok(result.ok);
  const usage = usages.get(result.pid);
  assert.ok(usage !== undefined && usage.userSeconds + usage.systemSeconds > 0);
  assert.ok(usage.userSeconds + usage.systemSeconds < 30);
  assert.ok(usage.maxResidentBytes > 100_000 && usage.maxResidentBytes < 1e9);
});
