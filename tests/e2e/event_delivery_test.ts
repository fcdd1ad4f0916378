/** Events on their way through a pool whose listeners cannot be relied upon. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { clientOf } from "../support/client.ts";
import { fixtureCommand, type JournalEntry, readJournal } from "../support/journal.ts";
import { anonymousMemory } from "../support/processes.ts";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const EVENTS = 10_000;
const ROUNDS = 20;
const PER_ROUND = EVENTS / ROUNDS;
const MEBIBYTE = 1024 * 1024;

/** What the daemon did with the events of the pool, out of its debug log. */
function* dispatches(log: string): Generator<{ what: "sent" | "back"; serial: number }> {
  const line =
    /^\S+ \S+ DEBG (?:event (\d+) sent to listener \S+|rebuffering event (\d+) for pool pool .*)$/gm;
  for (const [, sent, back] of log.matchAll(line)) {
    yield sent === undefined
      ? { what: "back", serial: Number(back) }
      : { what: "sent", serial: Number(sent) };
  }
}

/** The contract: oldest first, and what comes back goes in front of all that waits. */
function assertOrder(log: string): { sent: number; back: number } {
  const returned: number[] = [];
  const counts = { sent: 0, back: 0 };
  let nextNew = 0;
  for (const { what, serial } of dispatches(log)) {
    counts[what]++;
    if (what === "back") returned.push(serial);
    else if (returned.length > 0) assert.equal(serial, returned.pop(), "a returned event waited");
    else assert.equal(serial, nextNew++, "an event overtook another");
  }
  return counts;
}

function serialsOf(journal: readonly JournalEntry[], what: JournalEntry["what"]): number[] {
  return journal.filter((entry) => entry.what === what).map(({ serial }) => serial);
}

test("of 10,000 communications none is lost or acknowledged twice by a pool where one dies and one rejects", async () => {
  const directory = makeDirectory();
  const path = join(directory, "journal");
  const misbehaviour = ["--seed=3", "--dies=pool_1:0.01", "--rejects=pool_2:0.1"];
  const programs = `[eventlistener:pool]
command = ${fixtureCommand("journal_listener.ts", path, ...misbehaviour)}
process_name = %(program_name)s_%(process_num)d
numprocs = 3
events = PROCESS_COMMUNICATION
buffer_size = ${PER_ROUND}
startsecs = 0
autorestart = true
[program:echo]
command = cat
stdout_capture_maxbytes = 1KB
stdout_logfile = NONE
`;
  await withDaemon({ directory, programs, daemon: "loglevel = debug\n" }, async (daemon) => {
    const client = clientOf(daemon);
    await daemon.untilState("echo", "RUNNING");
    const memory: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const numbers = Array.from({ length: PER_ROUND }, (_, i) => round * PER_ROUND + i);
      const said = numbers.map((number) =>
        `<!--XSUPERVISOR:BEGIN-->message ${number}<!--XSUPERVISOR:END-->`
      );
      await client.call("supervisor.sendProcessStdin", "echo", said.join(""));
      await until(
        `round ${round} to be acknowledged`,
        () => serialsOf(readJournal(path), "ack").length >= (round + 1) * PER_ROUND,
        { deadlineMs: 60_000, everyMs: 50 },
      );
      memory.push(anonymousMemory(daemon.pid));
    }

    const journal = readJournal(path);
    const acknowledged = serialsOf(journal, "ack");
    assert.deepEqual(
      acknowledged.toSorted((a, b) => a - b),
      Array.from({ length: EVENTS }, (_, serial) => serial),
    );
    for (const { what, serial, eventName, payload } of journal) {
      if (what !== "got") continue;
      assert.equal(eventName, "PROCESS_COMMUNICATION_STDOUT");
      assert.equal(payload.split("\n")[1], `message ${serial}`);
    }

    // Each listener did what it was there for, and every refusal and every death is a redelivery.
    const deaths = serialsOf(journal, "die").length;
    const rejections = serialsOf(journal, "reject").length;
    assert.ok(deaths > 5 && rejections > 50, `${deaths} deaths, ${rejections} rejections`);
    for (const what of ["die", "reject"] as const) {
      assert.equal(new Set(journal.filter((e) => e.what === what).map((e) => e.listener)).size, 1);
    }
    const counts = assertOrder(daemon.log());
    assert.deepEqual(counts, { sent: EVENTS + deaths + rejections, back: deaths + rejections });
    assert.equal(serialsOf(journal, "got").length, counts.sent);
    assert.doesNotMatch(daemon.log(), /overflowed|UNKNOWN state/);

    // Both runtimes let garbage gather for a while (10 to 13 MiB); events kept would be 32 MiB.
    const growth = Math.max(...memory) - (memory[0] ?? 0);
    const seen = memory.map((bytes) => (bytes / MEBIBYTE).toFixed(1)).join(" ");
    assert.ok(growth < 24 * MEBIBYTE, `memory after each round, MiB: ${seen}`);
    client.close();
  });
});
