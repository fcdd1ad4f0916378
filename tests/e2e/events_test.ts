/** Which events reach a listener, what they say, and what a bad listener cannot do. */
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { clientOf } from "../support/client.ts";
import { fixtureCommand, type JournalEntry, readJournal } from "../support/journal.ts";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

/** A well-behaved listener that notes what it gets. */
function listener(name: string, journal: string, events: string, more = ""): string {
  return `[eventlistener:${name}]
command = ${fixtureCommand("journal_listener.ts", journal)}
events = ${events}
buffer_size = 100
startsecs = 0
${more}
`;
}

const sleeper = (name: string, more = "") =>
  `[program:${name}]\ncommand = sleep 100000\nstartsecs = 0\n${more}\n`;

/** A listener that takes one event, without reading it, and never answers. */
const deafListener = (events: string, more = "") =>
  `[eventlistener:deaf]
command = sh -c 'echo READY; exec sleep 100000'
events = ${events}
startsecs = 0
stopsignal = KILL
${more}
`;

function received(journal: readonly JournalEntry[], name: string): string[] {
  return journal.filter(({ what, eventName }) => what === "got" && eventName === name)
    .map(({ payload }) => payload);
}

test("a subscription to abstract types brings every type below them, once, with its payload", async () => {
  const directory = makeDirectory();
  const path = join(directory, "journal");
  const programs = `${listener("all", path, "EVENT, PROCESS_STATE, remote_communication, TICK_5")}
${sleeper("one", "stdout_events_enabled = true\nautostart = false")}
[program:talker]
command = sh -c 'echo "<!--XSUPERVISOR:BEGIN-->captured<!--XSUPERVISOR:END-->plain"; exec sleep 100000'
stdout_capture_maxbytes = 1KB
stdout_events_enabled = true
autostart = false
startsecs = 0
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    const client = clientOf(daemon);
    await client.call("supervisor.startProcess", "one");
    await client.call("supervisor.sendRemoteCommEvent", "weather", "rain\nand snö");
    await client.call("supervisor.startProcess", "talker");
    await client.call("supervisor.stopProcess", "one");
    assert.equal(await client.call("supervisor.removeProcessGroup", "one"), true);
    await until(
      "the last event",
      () => received(readJournal(path), "PROCESS_GROUP_REMOVED").length > 0,
    );
    await until("a tick", () => received(readJournal(path), "TICK_5").length > 0);

    const journal = readJournal(path);
    const states = journal.filter(({ what, eventName, payload }) =>
      what === "got" && eventName.startsWith("PROCESS_STATE") && payload.includes("processname:one")
    ).map(({ eventName, payload }) => `${eventName} ${payload.replace(/pid:\d+/, "pid:N")}`);
    assert.deepEqual(states, [
      "PROCESS_STATE_STARTING processname:one groupname:one from_state:STOPPED tries:0",
      "PROCESS_STATE_RUNNING processname:one groupname:one from_state:STARTING pid:N",
      "PROCESS_STATE_STOPPING processname:one groupname:one from_state:RUNNING pid:N",
      "PROCESS_STATE_STOPPED processname:one groupname:one from_state:STOPPING pid:N",
    ]);
    assert.deepEqual(received(journal, "REMOTE_COMMUNICATION"), ["type:weather\nrain\nand snö"]);
    assert.deepEqual(received(journal, "PROCESS_GROUP_ADDED"), [
      "groupname:all\n",
      "groupname:one\n",
      "groupname:talker\n",
    ]);
    assert.deepEqual(received(journal, "PROCESS_GROUP_REMOVED"), ["groupname:one\n"]);
    assert.deepEqual(received(journal, "SUPERVISOR_STATE_CHANGE_RUNNING"), [""]);
    const said = (name: string) =>
      received(journal, name).map((payload) => payload.replace(/pid:\d+/, "pid:N"));
    assert.deepEqual(said("PROCESS_COMMUNICATION_STDOUT"), [
      "processname:talker groupname:talker pid:N\ncaptured",
    ]);
    assert.ok(
      said("PROCESS_LOG_STDOUT").includes(
        "processname:talker groupname:talker pid:N channel:stdout\nplain\n",
      ),
      `PROCESS_LOG_STDOUT: ${JSON.stringify(said("PROCESS_LOG_STDOUT"))}`,
    );
    // Subscribed to by three names or by one: no event came twice.
    const serials = journal.filter(({ what }) => what === "got").map(({ serial }) => serial);
    assert.deepEqual(serials, serials.map((_, index) => index));
    client.close();
  });
});

test("TICK_5 comes when the epoch's seconds are a multiple of five", async () => {
  const directory = makeDirectory();
  const path = join(directory, "journal");
  await withDaemon({ directory, programs: listener("clock", path, "TICK_5") }, async () => {
    const ticks = await until("two ticks", () => {
      const seen = readJournal(path).filter(({ what }) => what === "got");
      return seen.length >= 2 && seen;
    }, { deadlineMs: 20_000 });
    const when = ticks.map(({ payload }) => Number(/^when:(\d+)$/.exec(payload)?.[1]));
    assert.equal((when[0] ?? 1) % 5, 0);
    assert.equal(when[1], (when[0] ?? 0) + 5);
    for (const [index, { time, eventName }] of ticks.entries()) {
      assert.equal(eventName, "TICK_5");
      const late = time - (when[index] ?? 0) * 1000;
      assert.ok(late >= 0 && late < 2_000, `a tick came ${late} ms after its time`);
    }
  });
});

test("a full buffer drops its oldest event and says which", async () => {
  const programs = deafListener("REMOTE_COMMUNICATION", "buffer_size = 3");
  await withDaemon({ programs }, async (daemon) => {
    const client = clientOf(daemon);
    await daemon.untilState("deaf", "RUNNING");
    // The first is held by the listener, three wait; each one more pushes out the oldest.
    await until("the listener to be ready", async () => {
      return (await daemon.ctl("tail", "deaf")).stdout.includes("READY");
    });
    for (let i = 0; i < 7; i++) {
      await client.call("supervisor.sendRemoteCommEvent", "number", String(i));
    }
    const dropped = [
      ...daemon.log().matchAll(
        / ERRO pool deaf event buffer overflowed, discarding event (\d+)$/gm,
      ),
    ].map(([, serial]) => Number(serial));
    assert.deepEqual(dropped, [1, 2, 3]);
    client.close();
  });
});

test("an event of a megabyte of wide characters arrives whole, whatever its length counts", async () => {
  const directory = makeDirectory();
  const path = (name: string) => join(directory, `${name}.journal`);
  const bytes = fixtureCommand("journal_listener.ts", path("bytes"), "--bytes");
  const programs = `${listener("characters", path("characters"), "REMOTE_COMMUNICATION")}
[eventlistener:bytes]
command = ${bytes}
events = REMOTE_COMMUNICATION
event_length = bytes
startsecs = 0
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    const client = clientOf(daemon);
    const data = "snö ❄ \u{1f328} ".repeat(40_000);
    await client.call("supervisor.sendRemoteCommEvent", "weather", data);
    await client.call("supervisor.sendRemoteCommEvent", "and", "on");
    for (const name of ["characters", "bytes"]) {
      const seen = () => received(readJournal(path(name)), "REMOTE_COMMUNICATION");
      await until(`both events at ${name}`, () => seen().length === 2);
      assert.ok(seen()[0] === `type:weather\n${data}`, `${name}: another text`);
      assert.equal(seen()[1], "type:and\non");
    }
    client.close();
  });
});

test("what a dead listener held goes to its successor before anything newer", async () => {
  const directory = makeDirectory();
  const path = join(directory, "journal");
  const misbehaviour = ["--seed=1", "--dies=heir:0.5"];
  const programs = `[eventlistener:heir]
command = ${fixtureCommand("journal_listener.ts", path, ...misbehaviour)}
events = REMOTE_COMMUNICATION
buffer_size = 100
startsecs = 0
autorestart = true
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    const client = clientOf(daemon);
    // The same event kills the same listener each time it starts anew, so stop at the first death.
    await until("a death", async () => {
      await client.call("supervisor.sendRemoteCommEvent", "number", "");
      return readJournal(path).some(({ what }) => what === "die");
    });
    await until("the same event again", () => {
      const journal = readJournal(path);
      const died = journal.findIndex(({ what }) => what === "die");
      const next = journal[died + 1];
      return next?.what === "got" && next.serial === journal[died]?.serial;
    });
    client.close();
  });
});

test("a listener that breaks the protocol gets nothing more, and its event goes to the next", async () => {
  const directory = makeDirectory();
  const path = join(directory, "journal");
  const programs = `[eventlistener:pair]
command = sh -c 'if [ $SUPERVISOR_PROCESS_NAME = pair_0 ]; then
    echo READY; read -r header; echo I am no listener; exec sleep 100000
  fi; exec ${fixtureCommand("journal_listener.ts", path)}'
process_name = %(program_name)s_%(process_num)d
numprocs = 2
events = REMOTE_COMMUNICATION
startsecs = 0
stopsignal = KILL
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    const client = clientOf(daemon);
    await until("both to be ready", async () => {
      const tails = await Promise.all(
        ["pair:pair_0", "pair:pair_1"].map((name) => daemon.ctl("tail", name)),
      );
      return tails.every(({ stdout }) => stdout.includes("READY"));
    });
    await client.call("supervisor.sendRemoteCommEvent", "first", "");
    await daemon.untilLogged(/ WARN pair_0: bad result line: 'I am no listener'$/m);
    await daemon.untilLogged(/ WARN pair_0: has entered the UNKNOWN state and will no longer/);
    await client.call("supervisor.sendRemoteCommEvent", "second", "");
    await until(
      "both events",
      () => received(readJournal(path), "REMOTE_COMMUNICATION").length === 2,
    );
    assert.deepEqual(received(readJournal(path), "REMOTE_COMMUNICATION"), [
      "type:first\n",
      "type:second\n",
    ]);
    client.close();
  });
});

test("a listener that stops reading delays nothing: not restarts, not answers, not the shutdown", async () => {
  const programs = `${deafListener("REMOTE_COMMUNICATION, PROCESS_STATE", "buffer_size = 5")}
${sleeper("one", "autorestart = true")}
`;
  await withDaemon({ programs }, async (daemon) => {
    const client = clientOf(daemon);
    await daemon.untilState("deaf", "RUNNING");
    // Far more than a pipe holds: most of it stays with the daemon.
    await client.call("supervisor.sendRemoteCommEvent", "long", "x".repeat(900_000));
    for (let i = 0; i < 20; i++) {
      await client.call("supervisor.sendRemoteCommEvent", "long", "x".repeat(100_000));
    }
    for (let round = 0; round < 3; round++) {
      const pid = await daemon.pidOf("one");
      process.kill(pid, "SIGKILL");
      await until("the next start", async () => {
        const info = await client.call("supervisor.getProcessInfo", "one") as { pid: number };
        return info.pid !== 0 && info.pid !== pid;
      }, { everyMs: 5, deadlineMs: 10_000 });
    }
    for (let i = 0; i < 50; i++) await client.call("supervisor.getAllProcessInfo");
    await daemon.stop();
    client.close();
  });
});
