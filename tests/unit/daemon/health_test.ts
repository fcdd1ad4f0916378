/** Checks carried out by the daemon: children on paper, a clock that stands still. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { LineWatch } from "../../../src/daemon/health/line_watch.ts";
import type { HealthPolicy } from "../../../src/process/health.ts";
import { until } from "../../support/until.ts";
import { type ProcessWorld, processWorld, tidy } from "../../support/process_world.ts";

const POLICY: HealthPolicy = {
  readiness: null,
  readinessTimeoutMs: null,
  healthcheck: null,
  intervalMs: 1000,
  timeoutMs: 500,
  retries: 1,
  startPeriodMs: 0,
  onUnhealthy: "restart",
};

const bytes = (text: string) => new TextEncoder().encode(text);
/** The probe is under way: its module is loaded when first needed. */
const helperStarts = (world: ProcessWorld) =>
  until("the check to be started", () => world.runtime.spawns.length === 2);
const checked = (world: ProcessWorld) =>
  until("the verdict", () => world.process.health?.status !== "starting");

test(
  "a program without a check is spawned as ever: no variable, no descriptor, no timer",
  tidy(async () => {
    const world = await processWorld({});
    assert.equal(world.process.health, null);
    assert.equal(world.process.companion, null);
    assert.equal(world.spawn.env["NOTIFY_SOCKET"], undefined);
    assert.equal(world.spawn.descriptors, undefined);
    world.runtime.clock.advance(1000);
    assert.equal(world.runtime.clock.armed, 0);
  }),
);

test(
  "notify: the child finds a socket of its own, and what it says there counts",
  tidy(async () => {
    const world = await processWorld({ health: { ...POLICY, readiness: { kind: "notify" } } });
    const path = world.spawn.env["NOTIFY_SOCKET"] ?? "";
    const send = world.runtime.datagrams.get(path);
    assert.ok(send !== undefined);
    assert.equal(world.process.health?.ready, false);
    send(bytes("STATUS=loading"));
    assert.equal(world.process.health?.detail, "loading");
    send(bytes("READY=1\nSTATUS=serving"));
    assert.equal(world.process.health?.ready, true);
    assert.equal(world.process.health?.status, "healthy");
    assert.deepEqual(world.events.filter((name) => name.includes("HEALTH")), [
      "PROCESS_HEALTH_READY",
    ]);
    assert.equal(world.changes, 4, "spawned, loading, serving, ready");
    world.supervisor.dispose();
    assert.equal(existsSync(dirname(path)), false, "the directory of the socket is left");
    assert.equal(world.runtime.datagrams.size, 0);
  }),
);

test(
  "notify: a watchdog that falls silent restarts the process, and a new life begins anew",
  tidy(async () => {
    const world = await processWorld({ health: { ...POLICY, healthcheck: { kind: "notify" } } });
    const send = world.runtime.datagrams.get(world.spawn.env["NOTIFY_SOCKET"] ?? "");
    assert.equal(world.spawn.env["WATCHDOG_USEC"], "1000000");
    world.runtime.clock.advance(500);
    send?.(bytes("WATCHDOG=1"));
    world.runtime.clock.advance(999);
    assert.equal(world.process.record.state, "RUNNING");
    world.runtime.clock.advance(1);
    assert.equal(world.process.record.state, "STOPPING");
    const first = world.process.record.pid;
    assert.deepEqual(world.runtime.sent, [{ pid: first, signal: 15 }]);
    world.exit(0);
    assert.equal(world.process.record.state, "STOPPED");
    world.runtime.clock.advance(0);
    assert.equal(world.process.record.state, "STARTING");
    assert.notEqual(world.process.record.pid, first);
    assert.equal(world.process.health?.status, "starting");
    assert.equal(world.process.record.restarts, 1);
  }),
);

test(
  "a stop that is asked for while it restarts for its health is a stop",
  tidy(async () => {
    const world = await processWorld({ health: { ...POLICY, healthcheck: { kind: "notify" } } });
    world.runtime.clock.advance(1000);
    assert.equal(world.process.record.state, "STOPPING");
    world.supervisor.submit(world.process, { type: "stop" });
    world.exit(0);
    world.runtime.clock.advance(5000);
    assert.equal(world.process.record.state, "STOPPED");
    assert.equal(world.runtime.clock.armed, 0);
  }),
);

test(
  "on_unhealthy=stop leaves it stopped, event only tells, none tells nobody",
  tidy(async () => {
    const outcome = async (onUnhealthy: HealthPolicy["onUnhealthy"]) => {
      const world = await processWorld({
        health: { ...POLICY, healthcheck: { kind: "notify" }, onUnhealthy },
      });
      world.runtime.clock.advance(1000);
      const { state } = world.process.record;
      const told = world.events.includes("PROCESS_HEALTH_UNHEALTHY");
      const { status } = world.process.health ?? {};
      return [state, told, status];
    };
    assert.deepEqual(await outcome("stop"), ["STOPPING", true, "unhealthy"]);
    assert.deepEqual(await outcome("event"), ["RUNNING", true, "unhealthy"]);
    assert.deepEqual(await outcome("none"), ["RUNNING", false, "unhealthy"]);
  }),
);

test(
  "EXTEND_TIMEOUT_USEC puts SIGKILL off, once for each time it is said",
  tidy(async () => {
    const world = await processWorld({ health: { ...POLICY, readiness: { kind: "notify" } } });
    const send = world.runtime.datagrams.get(world.spawn.env["NOTIFY_SOCKET"] ?? "");
    world.supervisor.submit(world.process, { type: "stop" });
    world.runtime.clock.advance(9000);
    send?.(bytes("EXTEND_TIMEOUT_USEC=5000000"));
    world.runtime.clock.advance(4999);
    assert.deepEqual(world.runtime.sent.map(({ signal }) => signal), [15]);
    world.runtime.clock.advance(1);
    assert.deepEqual(world.runtime.sent.map(({ signal }) => signal), [15, 9]);
  }),
);

test(
  "MAINPID that is no descendant is not followed, and its own pid is no news",
  tidy(async () => {
    const world = await processWorld({ health: { ...POLICY, readiness: { kind: "notify" } } });
    const send = world.runtime.datagrams.get(world.spawn.env["NOTIFY_SOCKET"] ?? "");
    const { pid } = world.process.record;
    send?.(bytes(`MAINPID=${pid}`));
    send?.(bytes("MAINPID=999999999"));
    await until("a line about it", () => world.lines.some((line) => line.includes("999999999")));
    assert.equal(world.process.record.pid, pid);
    assert.equal(world.lines.filter((line) => line.includes("main process")).length, 1);
  }),
);

test(
  "fd: a line on the descriptor means ready, and nothing stays open",
  tidy(async () => {
    const world = await processWorld({ health: { ...POLICY, readiness: { kind: "fd", fd: 5 } } });
    assert.deepEqual([...world.spawn.descriptors?.keys() ?? []], [5]);
    const [fd, sink] = [...world.runtime.readers].at(-1) ?? [];
    sink?.data(bytes("read"));
    assert.equal(world.process.health?.ready, false);
    sink?.data(bytes("y\n"));
    assert.equal(world.process.health?.ready, true);
    assert.equal(world.runtime.openFds.has(fd ?? -1), false);
  }),
);

test(
  "log: a line of a channel that nobody logs counts, wherever it is cut",
  tidy(async () => {
    const world = await processWorld({
      health: { ...POLICY, readiness: { kind: "log", pattern: "listening on \\d+" } },
    });
    const sinks = [...world.runtime.readers.values()];
    assert.equal(sinks.length, 2, "both channels are read");
    sinks[0]?.data(bytes("starting\nnow listen"));
    assert.equal(world.process.health?.ready, false);
    sinks[0]?.data(bytes("ing on 80\nmore"));
    assert.equal(world.process.health?.ready, true);
    assert.equal(world.process.health?.detail, "said: now listening on 80");
  }),
);

test(
  "a snapshot goes on under another supervisor: the socket, and what was found",
  tidy(async () => {
    const spec = { health: { ...POLICY, readiness: { kind: "notify" } } } as const;
    const before = await processWorld(spec);
    before.runtime.datagrams.get(before.spawn.env["NOTIFY_SOCKET"] ?? "")?.(bytes("READY=1"));
    const snapshot = before.process.companion?.snapshot();
    assert.ok(snapshot?.socket != null && snapshot.view.ready);
    const after = await processWorld(spec);
    // The world is made with a child of its own; one that resumes has spawned none.
    after.process.companion?.dispose();
    after.process.companion?.resume({ ...snapshot, view: { ...snapshot.view, since: 5 } });
    assert.deepEqual(after.process.health, { ...snapshot.view, since: 5 });
    const send = after.runtime.datagrams.get(String(snapshot.socket.fd));
    send?.(bytes("STATUS=still here"));
    assert.equal(after.process.health?.detail, "still here");
  }),
);

test(
  "exec: the check runs as a helper, and its failure has its last words",
  tidy(async () => {
    const world = await processWorld({
      health: {
        ...POLICY,
        healthcheck: { kind: "exec", command: "/bin/sh -c check" },
        onUnhealthy: "none",
      },
    });
    world.runtime.clock.advance(0);
    await helperStarts(world);
    assert.deepEqual(world.runtime.spawns.at(-1)?.argv, ["/bin/sh", "-c", "check"]);
    [...world.runtime.readers.values()].at(-1)?.data(bytes("first\ndisk full\n"));
    world.runtime.exit(world.runtime.lastPid, 3);
    world.supervisor.reap();
    await checked(world);
    assert.equal(world.process.health?.status, "unhealthy");
    assert.equal(
      world.process.health?.detail,
      "exec:/bin/sh -c check: exit status 3 (disk full)",
    );
  }),
);

test(
  "exec: a check that hangs is killed with its group after its time",
  tidy(async () => {
    const world = await processWorld({
      health: { ...POLICY, healthcheck: { kind: "exec", command: "/bin/sh" }, onUnhealthy: "none" },
    });
    world.runtime.clock.advance(0);
    await helperStarts(world);
    const helper = world.runtime.lastPid;
    world.runtime.clock.advance(500);
    await checked(world);
    assert.deepEqual(world.runtime.sent, [{ pid: -helper, signal: 9 }]);
    assert.match(world.process.health?.detail ?? "", /no answer within 0\.5 s|timed out/);
  }),
);

test(
  "a check under way is cancelled when the process goes",
  tidy(async () => {
    const world = await processWorld({
      health: { ...POLICY, healthcheck: { kind: "exec", command: "/bin/sh" } },
    });
    world.runtime.clock.advance(0);
    await helperStarts(world);
    const helper = world.runtime.lastPid;
    world.supervisor.submit(world.process, { type: "stop" });
    assert.ok(world.runtime.sent.some(({ pid }) => pid === -helper));
  }),
);

test("LineWatch finds a match at every cut of the text", () => {
  const text = bytes("één\r\nnow réady 1\r\nafter\n");
  for (let cut = 0; cut <= text.length; cut++) {
    const watch = new LineWatch("réady \\d$");
    const found = [text.subarray(0, cut), text.subarray(cut)]
      .map((part) => watch.find("stdout", part)).filter((line) => line !== null);
    assert.deepEqual(found, ["now réady 1"], `cut at ${cut}`);
  }
});

test("LineWatch keeps the channels apart and the memory bounded", () => {
  const watch = new LineWatch("ab");
  assert.equal(watch.find("stdout", bytes("a")), null);
  assert.equal(watch.find("stderr", bytes("b\n")), null);
  assert.equal(watch.find("stdout", bytes("b\n")), "ab");
  for (let i = 0; i < 100; i++) watch.find("stdout", bytes("x".repeat(10_000)));
  assert.equal(watch.find("stdout", bytes("ab\n")), null, "behind what is looked at of a line");
});
