/** What a service manager above the daemon is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceManager, watchdogInterval } from "../../../src/daemon/service_manager.ts";
import { SystemError } from "../../../src/runtime/system_error.ts";
import { processWorld } from "../../support/process_world.ts";

async function world(environment: Record<string, string> = {}) {
  const { runtime, supervisor } = await processWorld({ startSecs: 1, autorestart: "never" });
  const told: string[] = [];
  const lines: string[] = [];
  let isThere = true;
  const service = new ServiceManager({
    environment: { NOTIFY_SOCKET: "/run/notify", ...environment },
    runtime: {
      pid: runtime.pid,
      clock: runtime.clock,
      system: {
        sendDatagram: (path, bytes) => {
          if (!isThere) throw new SystemError("ECONNREFUSED", 111, "connect", path);
          told.push(`${path} ${new TextDecoder().decode(bytes)}`);
        },
      },
    },
    log: (level, text) => lines.push(`${level}: ${text}`),
  });
  return { runtime, supervisor, service, told, lines, leave: () => isThere = false };
}

test("it is told that the daemon is up, by which pid, and how many processes run", async () => {
  const { runtime, supervisor, service, told } = await world();
  service.follow(supervisor, supervisor.events);
  assert.deepEqual(told, [
    `/run/notify READY=1\nMAINPID=${runtime.pid}\nSTATUS=1 of 1 processes run`,
  ]);
});

test("changes of state are told together, a second later", async () => {
  const { runtime, supervisor, service, told } = await world();
  service.follow(supervisor, supervisor.events);
  told.length = 0;
  const process = supervisor.group("web")?.process("web");
  assert.ok(process !== undefined);
  supervisor.submit(process, { type: "stop" });
  assert.deepEqual(told, []);
  runtime.clock.advance(1000);
  assert.deepEqual(told, ["/run/notify STATUS=0 of 1 processes run"]);
});

test("the end of the daemon and its starting over are told apart", async () => {
  for (
    const [ask, expected] of [
      ["requestShutdown", "STOPPING=1\nSTATUS=stopping all programs"],
      ["requestRestart", "RELOADING=1\nMONOTONIC_USEC=7000000\nSTATUS=starting over"],
    ] as const
  ) {
    const { runtime, supervisor, service, told } = await world();
    const end = service.follow(supervisor, supervisor.events);
    runtime.clock.advance(7000 - runtime.clock.monotonic());
    told.length = 1;
    supervisor[ask]();
    runtime.clock.advance(0);
    assert.equal(told[1], `/run/notify ${expected}`);
    end();
    told.length = 0;
    runtime.clock.advance(5000);
    assert.deepEqual(told, [], "nothing more once the generation has ended");
  }
});

test("a watchdog gets a sign of life in half of its time, until the daemon ends", async () => {
  const { runtime, service, told } = await world({ WATCHDOG_USEC: "4000000" });
  runtime.clock.advance(2000);
  runtime.clock.advance(2000);
  assert.deepEqual(told, ["/run/notify WATCHDOG=1", "/run/notify WATCHDOG=1"]);
  service.stop();
  runtime.clock.advance(60_000);
  assert.equal(told.length, 2);
});

test("a service manager that is gone is a line in the log, once", async () => {
  const { runtime, service, lines, leave } = await world({ WATCHDOG_USEC: "4000000" });
  leave();
  for (let i = 0; i < 3; i++) runtime.clock.advance(2000);
  service.stop();
  assert.deepEqual(lines, [
    "warn: cannot tell the service manager at /run/notify: connect: ECONNREFUSED (/run/notify)",
  ]);
});

const intervals: readonly (readonly [Record<string, string>, number | null])[] = [
  [{}, null],
  [{ WATCHDOG_USEC: "30000000" }, 15_000],
  [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "42" }, 15_000],
  [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "43" }, null],
  [{ WATCHDOG_USEC: "0" }, null],
  [{ WATCHDOG_USEC: "soon" }, null],
];
for (const [environment, expected] of intervals) {
  test(`${JSON.stringify(environment)} asks for a sign every ${expected} ms`, () => {
    assert.equal(watchdogInterval(environment, 42), expected);
  });
}
