import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseStat, ProcStats, treesOf } from "../../../src/daemon/proc_stats.ts";
import { FakeClock } from "../../support/fake_clock.ts";

interface Made {
  readonly parent?: number;
  readonly group?: number;
  readonly user?: number;
  readonly threads?: number;
  readonly start?: number;
  readonly pages?: number;
  readonly name?: string;
}

function statLine(pid: number, made: Made): string {
  const { parent = 1, group = pid, user = 0, threads = 1, start = 5, pages = 10 } = made;
  return `${pid} (${made.name ?? "x"}) S ${parent} ${group} 1 0 -1 4194304 1 2 3 4 ${user} 0 0 0 ` +
    `20 0 ${threads} 0 ${start} 1000 ${pages} 18446744073709551615 1 1 0\n`;
}

/** A /proc of these processes, with 4096-byte pages and 100 ticks a second. */
class FakeProc {
  readonly root = mkdtempSync(join(tmpdir(), "supervisord-proc-"));

  constructor() {
    mkdirSync(join(this.root, "self"));
    const words = [6n, 4096n, 17n, 100n, 0n, 0n];
    writeFileSync(join(this.root, "self", "auxv"), Buffer.from(new BigUint64Array(words).buffer));
    mkdirSync(join(this.root, "sys"));
  }

  set(pid: number, made: Made): void {
    mkdirSync(join(this.root, String(pid), "fd"), { recursive: true });
    writeFileSync(join(this.root, String(pid), "stat"), statLine(pid, made));
  }

  remove(pid: number): void {
    rmSync(join(this.root, String(pid)), { recursive: true });
  }
}

function withProc(work: (proc: FakeProc, clock: FakeClock) => Promise<void>): () => Promise<void> {
  return async () => {
    const proc = new FakeProc();
    try {
      await work(proc, new FakeClock());
    } finally {
      rmSync(proc.root, { recursive: true });
    }
  };
}

test("parseStat() reads a name with blanks and parentheses", () => {
  const entry = parseStat(statLine(7, { name: "a) R 1 (b", user: 3, pages: 2, parent: 4 }));
  assert.deepEqual(entry, {
    pid: 7,
    parent: 4,
    group: 7,
    cpuTicks: 3,
    threads: 1,
    startTime: 5,
    residentPages: 2,
    isZombie: false,
  });
});

for (const line of ["", "7", "7 (x)", "7 (x) S", "x (x) S 1 2"]) {
  test(`parseStat() of ${JSON.stringify(line)} is nothing`, () => {
    assert.equal(parseStat(line), null);
  });
}

test("a tree is who descends, and who is left of the process group; loops do not matter", () => {
  const table = new Map(
    ([
      [10, { parent: 1 }],
      [11, { parent: 10, group: 10 }],
      [12, { parent: 11, group: 12 }],
      [13, { parent: 1, group: 10 }],
      [20, { parent: 21 }],
      [21, { parent: 20 }],
      [30, { parent: 1 }],
    ] as [number, Made][]).map(([pid, made]) => {
      const entry = parseStat(statLine(pid, made));
      assert.ok(entry !== null);
      return [pid, entry] as const;
    }),
  );
  const trees = treesOf(table, [10, 20, 99]);
  const pids = (pid: number) => trees.get(pid)?.map((entry) => entry.pid).sort();
  assert.deepEqual(pids(10), [10, 11, 12, 13]);
  assert.deepEqual(pids(20), [20, 21]);
  assert.equal(trees.has(99), false);
});

test(
  "sample() sums up a tree, and tells its share of a CPU from the second look on",
  withProc(async (proc, clock) => {
    const stats = new ProcStats({ clock, root: proc.root });
    proc.set(10, { user: 100, pages: 3, threads: 2 });
    proc.set(11, { user: 50, pages: 4, parent: 10 });
    const first = (await stats.sample([10])).usage.get(10);
    assert.deepEqual(first, {
      cpuSeconds: 1.5,
      cpuPercent: null,
      residentBytes: 7 * 4096,
      processes: 2,
      threads: 3,
    });
    clock.advance(2000);
    proc.set(10, { user: 200, pages: 3, threads: 2 });
    assert.equal((await stats.sample([10])).usage.get(10)?.cpuPercent, 50);
  }),
);

test(
  "sample() looks once a second at most, however many ask, and alike for each process",
  withProc(async (proc, clock) => {
    const stats = new ProcStats({ clock, root: proc.root });
    proc.set(10, { user: 100 });
    proc.set(20, { user: 10 });
    const [a, b] = await Promise.all([stats.sample([10, 20]), stats.sample([10, 20])]);
    assert.equal(a, b);
    proc.set(10, { user: 500 });
    clock.advance(999);
    assert.equal((await stats.sample([10])).usage.get(10)?.cpuSeconds, 1);
    clock.advance(1);
    const later = await stats.sample([20]);
    assert.equal(later.usage.get(20)?.cpuPercent, 0);
    assert.equal((await stats.sample([10])).usage.get(10)?.cpuPercent, 400);
  }),
);

test(
  "a new process by an old number has no share yet",
  withProc(async (proc, clock) => {
    const stats = new ProcStats({ clock, root: proc.root });
    proc.set(10, { user: 100, start: 5 });
    await stats.sample([10]);
    clock.advance(1000);
    proc.set(10, { user: 1, start: 6 });
    assert.equal((await stats.sample([10])).usage.get(10)?.cpuPercent, null);
    clock.advance(1000);
    proc.remove(10);
    assert.equal((await stats.sample([10])).usage.size, 0);
  }),
);

test(
  "reading gives others their turn",
  withProc(async (proc, clock) => {
    for (let pid = 100; pid < 300; pid++) proc.set(pid, {});
    let turns = 0;
    const stats = new ProcStats({
      clock,
      root: proc.root,
      yield: () => Promise.resolve(void turns++),
    });
    await stats.sample([100]);
    assert.ok(turns >= 3, `${turns} turns`);
  }),
);

test("without a /proc there is nothing, and no error", async () => {
  const stats = new ProcStats({ clock: new FakeClock(), root: "/nowhere" });
  assert.equal((await stats.sample([1])).usage.size, 0);
  assert.equal(stats.descriptors("self"), null);
});
