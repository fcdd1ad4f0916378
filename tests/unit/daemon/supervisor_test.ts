/** The daemon's core with children on paper and a clock that stands still. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf, program, settle, SILENT, World } from "../../support/supervised_world.ts";

test("autostart spawns by priority, in one go, and arms one timer", () => {
  const world = new World([
    program("late", { priority: 20 }),
    program("early", { priority: 10 }),
    program("manual", { autostart: false }),
  ]).begin();
  assert.deepEqual(world.runtime.spawns.map((spawn) => spawn.env["SUPERVISOR_PROCESS_NAME"]), [
    "early",
    "late",
  ]);
  assert.equal(world.state("manual"), "STOPPED");
  assert.equal(world.runtime.clock.armed, 1);
  world.runtime.clock.advance(1000);
  assert.equal(world.state("early"), "RUNNING");
  assert.equal(world.runtime.clock.armed, 0, "nothing to wait for: no timer");
});

test("an unexpected exit restarts at once, in the next turn", () => {
  const world = new World([program("web")]).begin();
  world.runtime.clock.advance(1000);
  world.exit("web", 3);
  assert.equal(world.state("web"), "EXITED");
  world.runtime.clock.advance(0);
  assert.equal(world.state("web"), "STARTING");
  assert.equal(world.process("web").record.restarts, 1);
});

test("a program that dies too quickly is tried again after 1 s and then given up", () => {
  const world = new World([program("bad")]).begin();
  world.logged();
  world.exit("bad", 1);
  assert.equal(world.state("bad"), "BACKOFF");
  world.runtime.clock.advance(999);
  assert.equal(world.state("bad"), "BACKOFF");
  world.runtime.clock.advance(1);
  assert.equal(world.state("bad"), "STARTING");
  world.exit("bad", 1);
  world.runtime.clock.advance(0);
  assert.equal(world.state("bad"), "FATAL");
  assert.deepEqual(world.logged(), [
    "warn: exited: bad (exit status 1; not expected)",
    "info: spawned: 'bad' with pid 101",
    "warn: exited: bad (exit status 1; not expected)",
    "info: gave up: bad entered FATAL state, too many start retries too quickly",
  ]);
});

test("stop is TERM, and KILL after stopwaitsecs, again and again", () => {
  const world = new World([program("deaf")]).begin();
  world.runtime.clock.advance(1000);
  const pid = world.runtime.lastPid;
  world.supervisor.submit(world.process("deaf"), { type: "stop" });
  world.runtime.clock.advance(20_000);
  assert.deepEqual(world.runtime.sent, [
    { pid, signal: 15 },
    { pid, signal: 9 },
    { pid, signal: 9 },
  ]);
  world.runtime.killed(pid, 9);
  world.supervisor.reap();
  assert.equal(world.state("deaf"), "STOPPED");
  assert.equal(world.runtime.clock.armed, 0);
});

test("a signal for a process that is gone already changes nothing: its exit report comes", () => {
  const world = new World([program("web")]).begin();
  world.runtime.clock.advance(1000);
  world.runtime.killError = "ESRCH";
  world.supervisor.submit(world.process("web"), { type: "stop" });
  assert.equal(world.state("web"), "STOPPING");
  world.exit("web", 0);
  assert.equal(world.state("web"), "STOPPED");
});

test("a signal that the system refuses makes the process UNKNOWN", () => {
  const world = new World([program("web")]).begin();
  world.runtime.clock.advance(1000);
  world.runtime.killError = "EPERM";
  world.supervisor.submit(world.process("web"), { type: "stop" });
  assert.equal(world.state("web"), "UNKNOWN");
});

test("shutdown stops the highest priority first, and the next when it is gone", async () => {
  const world = new World([
    program("db", { priority: 1 }),
    program("web", { priority: 5 }),
    program("api", { priority: 5 }),
  ]).begin();
  world.runtime.clock.advance(1000);
  const pid = (name: string): number => world.process(name).record.pid;
  const [db, web, api] = [pid("db"), pid("web"), pid("api")];
  world.logged();
  world.supervisor.requestShutdown();
  assert.equal(world.supervisor.state, "SHUTDOWN");
  world.runtime.clock.advance(0);
  await settle();
  assert.deepEqual(world.runtime.sent.map((sent) => sent.pid), [api, web]);
  world.exit("web", 0);
  await settle();
  assert.equal(world.runtime.sent.length, 2, "the batch is not over yet");
  world.exit("api", 0);
  await settle();
  assert.deepEqual(world.runtime.sent.map((sent) => sent.pid), [api, web, db]);
  world.exit("db", 0);
  assert.equal(await world.supervisor.finished(), "SHUTDOWN");
  assert.equal(world.logged()[0], "info: waiting for db, web, api to die");
  assert.equal(world.runtime.clock.armed, 0);
});

test("nothing restarts once the shutdown has begun", async () => {
  const world = new World([program("web", { autorestart: "always" })]).begin();
  world.runtime.clock.advance(1000);
  world.exit("web", 1);
  world.supervisor.requestShutdown();
  world.runtime.clock.advance(0);
  assert.equal(await world.supervisor.finished(), "SHUTDOWN");
  assert.equal(world.runtime.spawns.length, 1);
});

test("a restart that finds a broken configuration is refused and changes nothing", () => {
  const world = new World([program("web")]).begin();
  Object.defineProperty(world, "nextConfig", {
    get: () => {
      throw new Error("broken");
    },
  });
  assert.throws(() => world.supervisor.requestRestart(), /broken/);
  assert.equal(world.supervisor.state, "RUNNING");
});

test("the exit of a stranger is logged and nothing else", () => {
  const world = new World([program("web")]).begin();
  world.logged();
  world.runtime.exit(4242, 7);
  world.supervisor.reap();
  assert.deepEqual(world.logged(), ["info: reaped unknown pid 4242 (exit status 7)"]);
  assert.equal(world.state("web"), "STARTING");
});

const FAILURES = [
  ["EAGAIN at fork", "fork", "EAGAIN", "Too many processes in process table to spawn 'web'"],
  ["another error at fork", "fork", "ENOMEM", "unknown error during fork for 'web': ENOMEM"],
] as const;

for (const [title, step, code, reason] of FAILURES) {
  test(`${title} is a failed try with its reason`, () => {
    const world = new World([program("web")]);
    world.runtime.spawnResults.push({ ok: false, step, code });
    world.begin();
    assert.equal(world.state("web"), "BACKOFF");
    assert.equal(world.process("web").record.spawnError, reason);
    assert.equal(world.runtime.openFds.size, 0, "descriptors are left open");
  });
}

test("EMFILE before the fork is a failed try and leaves nothing open", () => {
  const world = new World([program("web")]);
  world.runtime.pipeError = "EMFILE";
  world.begin();
  assert.equal(world.process("web").record.spawnError, "too many open files to spawn 'web'");
  assert.equal(world.runtime.openFds.size, 0);
});

const STAND_INS = [
  [{ ok: false, step: "exec", code: "ENOEXEC" }, {}, "couldn't exec /bin/sh: ENOEXEC"],
  [
    { ok: false, step: "chdir", code: "EACCES" },
    { directory: "/d" },
    "couldn't chdir to /d: EACCES",
  ],
  [
    { ok: false, step: "credentials", code: "EPERM", part: "setgroups" },
    { uid: 65534 },
    "couldn't setuid to 65534: Could not set groups of effective user",
  ],
] as const;

for (const [failure, over, reason] of STAND_INS) {
  test(`a child that ${reason} is stood in for, and says so on its stderr`, () => {
    const world = new World([program("web", over)]);
    world.runtime.spawnResults.push(failure);
    world.begin();
    const standIn = world.runtime.spawns[1];
    assert.equal(standIn?.file, "/self");
    assert.equal(
      standIn?.env["SUPERVISORD_SPAWN_FAILURE"],
      `supervisor: ${reason}\nsupervisor: child process was not spawned\n`,
    );
    assert.equal(world.state("web"), "STARTING");
    assert.equal(world.process("web").record.pid, world.runtime.lastPid);
  });
}

test("a program of a user that does not exist is stood in for as well", () => {
  const world = new World([program("web", { uid: 77 })]).begin();
  assert.equal(world.runtime.spawns.length, 1);
  assert.match(
    world.runtime.spawns[0]?.env["SUPERVISORD_SPAWN_FAILURE"] ?? "",
    /couldn't setuid to 77: Can't find uid 77\n/,
  );
});

test("a program of another user gets its groups, one of our own user changes nothing", () => {
  const world = new World([
    program("a", { uid: 65534 }),
    program("b", { uid: 0 }),
  ]).begin();
  assert.deepEqual(world.runtime.spawns.map((spawn) => spawn.credentials), [
    { uid: 65534, gid: 65534, groups: [65534, 4] },
    null,
  ]);
});

test("the environment of a child: ours, SUPERVISOR_*, then its own", () => {
  const world = new World(
    [program("web", { environment: { SUPERVISOR_ENABLED: "no", B: "2" } })],
    { A: "1", B: "1" },
  ).begin();
  assert.deepEqual(world.runtime.spawns[0]?.env, {
    A: "1",
    B: "2",
    SUPERVISOR_ENABLED: "no",
    SUPERVISOR_SERVER_URL: "unix:///s.sock",
    SUPERVISOR_PROCESS_NAME: "web",
    SUPERVISOR_GROUP_NAME: "web",
  });
});

test("output nobody can see goes to /dev/null, without a pipe", () => {
  const world = new World([program("web")]).begin();
  const [, stdout, stderr] = world.runtime.spawns[0]?.stdio ?? [];
  assert.deepEqual([stdout, stderr], [3, 3]);
});

test("the pipes of an exited child are read on for a while, then given up", () => {
  const world = new World([
    program("web", { stdout: { ...SILENT, eventsEnabled: true }, autorestart: "never" }),
  ]).begin();
  world.runtime.clock.advance(1000);
  assert.equal(world.runtime.readers.size, 1);
  world.exit("web", 0);
  assert.equal(world.runtime.readers.size, 1, "a descendant may still write");
  world.runtime.clock.advance(5000);
  assert.equal(world.runtime.readers.size, 0);
  assert.equal(world.runtime.openFds.size, 0);
});

test("the pipes of an exited child that nobody holds are closed at their end", () => {
  const world = new World([
    program("web", { stdout: { ...SILENT, eventsEnabled: true }, autorestart: "never" }),
  ]).begin();
  world.runtime.clock.advance(1000);
  world.exit("web", 0);
  world.runtime.endReaders();
  assert.equal(world.runtime.openFds.size, 0);
  assert.equal(world.runtime.clock.armed, 0, "and nothing waits for them any more");
});

test("standard input is written to the child, and to nobody once it is gone", () => {
  const world = new World([program("cat", { autorestart: "never" })]).begin();
  world.runtime.clock.advance(1000);
  const process = world.process("cat");
  assert.equal(process.writeStdin(new TextEncoder().encode("hello\n")), true);
  assert.deepEqual([...world.runtime.written.values()], ["hello\n"]);
  world.exit("cat", 0);
  assert.equal(process.writeStdin(new TextEncoder().encode("x")), false);
});

test("a reread tells what is new and changes nothing until it is added", () => {
  const world = new World([program("old"), program("same")]).begin();
  world.runtime.clock.advance(1000);
  world.nextConfig = configOf([program("same"), program("new", { autostart: false })]);
  const difference = world.supervisor.reread();
  assert.deepEqual(difference.added.map((group) => group.name), ["new"]);
  assert.deepEqual(difference.removed.map((group) => group.name), ["old"]);
  assert.deepEqual(difference.changed, []);
  assert.equal(world.supervisor.group("new"), undefined);
  assert.equal(world.supervisor.addGroup("new"), "added");
  assert.equal(world.supervisor.addGroup("new"), "active");
  assert.equal(world.supervisor.addGroup("nowhere"), "unknown");
});

test("a group is removed only when all of it has stopped", () => {
  const world = new World([program("web")]).begin();
  world.runtime.clock.advance(1000);
  assert.equal(world.supervisor.removeGroup("web"), "running");
  world.supervisor.submit(world.process("web"), { type: "stop" });
  world.exit("web", 0);
  assert.equal(world.supervisor.removeGroup("web"), "removed");
  assert.equal(world.supervisor.removeGroup("web"), "unknown");
  assert.equal(world.events.at(-1), "PROCESS_GROUP_REMOVED");
});

test("until() resolves at the change it waits for, and at once when it is there already", async () => {
  const world = new World([program("web")]).begin();
  const running = world.supervisor.until(world.process("web"), (r) => r.state === "RUNNING");
  world.runtime.clock.advance(1000);
  assert.equal((await running).state, "RUNNING");
  const again = await world.supervisor.until(world.process("web"), (r) => r.state === "RUNNING");
  assert.equal(again.state, "RUNNING");
});

test("until() sees a state that lasts for one step only", async () => {
  const world = new World([program("web")]).begin();
  const failed = world.supervisor.until(world.process("web"), (r) => r.state === "BACKOFF");
  world.exit("web", 1);
  world.runtime.clock.advance(1000);
  assert.equal((await failed).tries, 1);
});
