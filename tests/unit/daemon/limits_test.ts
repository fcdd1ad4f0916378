/** Limits: how a start is wrapped, control groups on paper, and memory that is looked at. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ProcessSpec } from "../../../src/config/types.ts";
import { launchRequest } from "../../../src/daemon/limits/launch_plan.ts";
import { makeLimitedGroup } from "../../../src/daemon/limits/limited_groups.ts";
import { MemoryKeeper } from "../../../src/daemon/limits/memory_keeper.ts";
import type { UsageSample } from "../../../src/daemon/proc_stats.ts";
import type { Process } from "../../../src/daemon/process.ts";
import { NEW_RECORD } from "../../../src/process/machine.ts";
import type { Input } from "../../../src/process/machine_types.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { processSpec } from "../../support/process_spec.ts";

test("the launcher gets the command as plain data, and the child's variables out of its own way", () => {
  const spec = processSpec("web", { confinement: { nice: 3 } });
  const wrapped = launchRequest(
    { spec, selfCommand: ["/opt/self"], environment: { HOME: "/root" }, controlGroup: "/cg" },
    {
      file: "/bin/web",
      argv: ["web", "-x"],
      env: { LD_PRELOAD: "evil.so", A: "1" },
      cwd: "/srv",
      umask: 0o22,
      credentials: { uid: 1, gid: 2, groups: [2] },
      stdio: [5, 6, 7],
      descriptors: new Map([[3, 9]]),
    },
  );
  const { SUPERVISORD_LAUNCH: plan = "", ...env } = wrapped.env;
  assert.deepEqual(env, {
    HOME: "/root",
    SUPERVISORD_CHILD_LD_PRELOAD: "evil.so",
    SUPERVISORD_CHILD_A: "1",
  });
  assert.deepEqual(JSON.parse(plan), {
    file: "/bin/web",
    argv: ["web", "-x"],
    cwd: "/srv",
    umask: 0o22,
    credentials: { uid: 1, gid: 2, groups: [2] },
    descriptors: [3],
    confinement: { nice: 3 },
    controlGroup: "/cg",
  });
  assert.deepEqual([wrapped.file, wrapped.credentials, wrapped.cwd, wrapped.umask], [
    "/opt/self",
    null,
    null,
    null,
  ]);
});

test("a control group is made with its limits, and controllers are handed down to it", () => {
  const base = mkdtempSync(join(tmpdir(), "limits-test-"));
  try {
    for (const directory of [base, join(base, "supervisord-7")]) {
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "cgroup.subtree_control"), "");
    }
    const limits = { "memory.max": "1000", "cpu.max": "50000 100000" };
    const made = makeLimitedGroup(7, "web:web", limits, base);
    const directory = join(base, "supervisord-7", "web:web");
    assert.deepEqual(made, { directory });
    assert.equal(readFileSync(join(directory, "memory.max"), "utf8"), "1000");
    assert.equal(readFileSync(join(directory, "cpu.max"), "utf8"), "50000 100000");
    const handed = readFileSync(join(base, "cgroup.subtree_control"), "utf8");
    assert.equal(handed, "+memory +cpu");
  } finally {
    rmSync(base, { recursive: true });
  }
});

test("a control group that cannot be had is a sentence", () => {
  const nowhere = makeLimitedGroup(7, "web", { "pids.max": "5" }, null);
  assert.deepEqual(nowhere, {
    problem: "couldn't set pids.max of a control group: there is no cgroup2 file system",
  });
  const refused = makeLimitedGroup(7, "web", { "pids.max": "5" }, "/no/such/directory");
  assert.ok("problem" in refused);
  assert.match(refused.problem, /is it delegated to supervisord\?\): ENOENT/);
});

test("memory is looked at while the process runs, and too much of it is a restart", async () => {
  const clock = new FakeClock();
  const inputs: Input[] = [];
  let used = 50;
  const keeper = new MemoryKeeper({
    clock,
    submit: (_, input) => void inputs.push(input),
    log: () => {},
    onDefect: (error) => {
      throw error;
    },
    stats: {
      sample: () =>
        Promise.resolve(
          { usage: new Map([[7, { residentBytes: used }]]) } as unknown as UsageSample,
        ),
    },
  });
  const spec = { memoryLimit: { bytes: 100, intervalMs: 1000 } } as ProcessSpec;
  const process = { name: "web", spec, record: NEW_RECORD } as Process;
  const become = (pid: number) => {
    const before = process.record;
    process.record = { ...before, pid };
    keeper.changed(process, before);
  };
  keeper.rebuild([process]);
  assert.equal(clock.armed, 0, "nothing runs: nothing is looked at");
  become(7);
  const interval = async () => {
    clock.advance(1000);
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  await interval();
  assert.deepEqual([inputs.length, clock.armed], [0, 1]);
  used = 101;
  await interval();
  assert.deepEqual(inputs.map(({ type }) => type), ["restart"]);
  become(0);
  assert.equal(clock.armed, 0);
});
