/** The keys about limits: what is understood, what it comes to, and what is said about bad ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../../src/config/load.ts";
import type { ProcessSpec } from "../../../src/config/types.ts";
import { fakeEnvironment } from "./fake_environment.ts";

function program(lines: string): ProcessSpec {
  const text = `[supervisord]\n[program:web]\ncommand=/bin/cat\n${lines}\n`;
  const environment = fakeEnvironment({ files: { "/s.conf": text } });
  const config = loadConfig({ configFile: "/s.conf", options: {}, environment });
  const spec = config.groups[0]?.processes[0];
  assert.ok(spec !== undefined);
  return spec;
}

const both = (value: number | null) => ({ soft: value, hard: value });

const CONFINED: readonly [line: string, confinement: object][] = [
  ["rlimit_nofile = 1024", { rlimits: { nofile: both(1024) } }],
  ["rlimit_nofile = 1024 : 4096", { rlimits: { nofile: { soft: 1024, hard: 4096 } } }],
  ["rlimit_core = unlimited", { rlimits: { core: both(null) } }],
  ["rlimit_stack = 8MB:Infinity", { rlimits: { stack: { soft: 8 << 20, hard: null } } }],
  ["nice = -5", { nice: -5 }],
  ["ionice = idle", { ionice: { class: 3, level: 0 } }],
  ["ionice = best-effort", { ionice: { class: 2, level: 4 } }],
  ["ionice = Realtime:0", { ionice: { class: 1, level: 0 } }],
  ["oom_score_adj = -1000", { oomScoreAdj: -1000 }],
  ["cpu_affinity = 6, 0-2,1", { cpus: [0, 1, 2, 6] }],
  ["no_new_privs = true", { noNewPrivs: true }],
  ["capabilities = net_raw, CAP_NET_BIND_SERVICE", { capabilities: [10, 13] }],
  ["capabilities = none", { capabilities: [] }],
  ["chroot = /srv/root/", { chroot: "/srv/root" }],
  ["private_tmp = yes", { privateTmp: true }],
];

for (const [line, confinement] of CONFINED) {
  test(`${line} is understood`, () => assert.deepEqual(program(line).confinement, confinement));
}

test("limits of a control group become what is written to its files", () => {
  const lines = "cgroup_memory_max = 1GB\ncgroup_cpu_max = 150%%\ncgroup_pids_max = 20";
  assert.deepEqual(program(lines).cgroupLimits, {
    "memory.max": "1073741824",
    "cpu.max": "150000 100000",
    "pids.max": "20",
  });
});

test("memory_limit has an interval", () => {
  const limit = (lines: string) => program(lines).memoryLimit;
  assert.deepEqual(limit("memory_limit = 10MB"), { bytes: 10 << 20, intervalMs: 15_000 });
  const lines = "memory_limit = 10MB\nmemory_limit_interval = 500ms";
  assert.deepEqual(limit(lines), { bytes: 10 << 20, intervalMs: 500 });
});

test("a program without a limit is the very object it was", () => {
  assert.deepEqual(
    program("no_new_privs = false\nprivate_tmp = no\nchroot = /"),
    program(""),
  );
});

const BAD: readonly [line: string, message: RegExp][] = [
  ["rlimit_nofile = many", /not a limit: 'many'/],
  ["rlimit_nofile = -1", /not a limit/],
  ["rlimit_nofile = 10:5", /the soft limit is above the hard one/],
  ["rlimit_nofile = unlimited:5", /the soft limit is above the hard one/],
  ["rlimit_nofile = 1:2:3", /more than two limits/],
  ["nice = 20", /not a whole number from -20 to 19/],
  ["ionice = slow", /not a class of ionice/],
  ["ionice = idle:3", /not a class of ionice/],
  ["oom_score_adj = 1001", /not a whole number from -1000 to 1000/],
  ["cpu_affinity = 3-1", /not a processor or a range of them: '3-1'/],
  ["cpu_affinity =", /not a processor/],
  ["capabilities = CAP_NET_BIND_SERVCE", /unknown capability 'CAP_NET_BIND_SERVCE'/],
  ["chroot = srv", /chroot is not an absolute path/],
  ["cgroup_cpu_max = 0", /not a share of processors/],
  ["cgroup_pids_max = 0", /not a whole number from 1/],
  ["memory_limit = 0", /not a size/],
];

for (const [line, message] of BAD) {
  test(`${line} is refused, with what is wrong`, () => {
    assert.throws(() => program(line), message);
  });
}
