/**
 * A daemon that becomes another program again and again under its children, with clients that ask
 * it all the time: what must not be lost, doubled or refused is counted.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./ports.ts";
import { callOnce, type Place, RawConnection } from "./raw_call.ts";
import { TestDaemon } from "./start_daemon.ts";
import { until } from "./until.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

export interface UpgradesOptions {
  readonly children: number;
  readonly rounds: number;
  /** Seconds between two lines of a child. */
  readonly pace: number;
  /** The executables to become, in turn; empty: the same one, by `reload --keep`. */
  readonly builds: readonly string[];
  /**
   * Whether connections are handed over. On Deno they are closed, since it does not tell their
   * descriptors: then only who cannot connect is counted.
   */
  readonly keepsConnections: boolean;
  /** Told after each round. */
  readonly report?: (round: Round) => void;
}

export interface Round {
  readonly number: number;
  /** From the request to the answer of the new program, in milliseconds. */
  readonly ms: number;
  readonly residentKiB: number;
  readonly descriptors: number;
}

export interface Figures {
  readonly rounds: readonly Round[];
  readonly calls: number;
  /** What went wrong with a call; nothing should. */
  readonly failedCalls: readonly string[];
  /** Slowest call, and what 99 of 100 took at most, in milliseconds. */
  readonly slowest: number;
  readonly p99: number;
  readonly bytes: number;
  readonly events: number;
}

/** @throws AssertionError for anything lost, doubled, refused or restarted */
export async function upgradeAgainAndAgain(o: UpgradesOptions): Promise<Figures> {
  const port = await freePort();
  const daemon = await TestDaemon.start({
    programs: `
[inet_http_server]
port = 127.0.0.1:${port}
[program:w]
command = perl ${fixture("count_lines.pl")} w%(process_num)d ${o.pace}
process_name = w%(process_num)d
numprocs = ${o.children}
startsecs = 0
stdout_logfile = %(here)s/w%(process_num)d.out
stdout_logfile_maxbytes = 0
[eventlistener:notes]
command = python3 ${fixture("note_events.py")} %(here)s/notes
events = REMOTE_COMMUNICATION
buffer_size = 10000
`,
  });
  try {
    return await watch(daemon, o, port);
  } finally {
    await daemon.dispose();
  }
}

async function watch(daemon: TestDaemon, o: UpgradesOptions, port: number): Promise<Figures> {
  await until("all children to run", async () => {
    const status = await daemon.status();
    return [...status.values()].filter(({ state }) => state === "RUNNING").length ===
      o.children + 1;
  }, { deadlineMs: 60_000 });
  const before = await pids(daemon);
  const inet: Place = { host: "127.0.0.1", port };
  const unix: Place = { path: join(daemon.directory, "supervisor.sock") };
  const { keepsConnections } = o;
  const kept = [
    keptCalls(inet, "supervisor.getState"),
    keptCalls(unix, "supervisor.getAllProcessInfo"),
  ];
  const clients = new Clients([
    ...(keepsConnections ? kept : []),
    () => callOnce(inet, "supervisor.getState"),
    () => callOnce(unix, "supervisor.getState"),
  ]);
  const events = new Events(unix, keepsConnections);
  const rounds: Round[] = [];
  for (let number = 1; number <= o.rounds; number++) {
    await events.sendSome();
    const build = o.builds[(number - 1) % Math.max(1, o.builds.length)];
    const began = performance.now();
    const words = build === undefined ? ["reload", "--keep"] : ["upgrade", build];
    const { stdout, stderr, status } = await daemon.ctl(...words);
    const ms = performance.now() - began;
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.match(stdout, /its processes go on/);
    const round = { number, ms, ...footprint(daemon.pid) };
    rounds.push(round);
    o.report?.(round);
  }
  const sent = await events.stop();
  const calls = await clients.stop();
  assert.deepEqual(await pids(daemon), before, "children are the same");
  await until(
    "the last event to be noted",
    () => notes(daemon).length >= sent,
    { deadlineMs: 30_000 },
  );
  await daemon.stop();
  const bytes = before.size === 0 ? 0 : assertOutput(daemon, o.children);
  assertNotes(daemon, sent);
  const failedCalls = calls.failed.filter((text) => keepsConnections || !/closed|RESET/.test(text));
  assert.deepEqual(failedCalls, [], "calls that failed");
  return {
    rounds,
    calls: calls.times.length,
    failedCalls,
    slowest: calls.times.at(-1) ?? 0,
    p99: calls.times[Math.floor(calls.times.length * 0.99)] ?? 0,
    bytes,
    events: sent,
  };
}

async function pids(daemon: TestDaemon): Promise<Map<string, number | null>> {
  return new Map([...await daemon.status()].map(([name, { pid }]) => [name, pid]));
}

function footprint(pid: number): { residentKiB: number; descriptors: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    residentKiB: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

function keptCalls(place: Place, method: string): Call {
  let connection: RawConnection | null = null;
  const call = () => (connection ??= new RawConnection(place)).call(method);
  return Object.assign(call, { close: () => connection?.close() });
}

type Call = (() => Promise<string>) & { readonly close?: () => void };

/** Calls one after the other on each of several ways, and notes how long each took. */
class Clients {
  readonly #loops: Promise<void>[];
  readonly #calls: readonly Call[];
  readonly #times: number[] = [];
  readonly #failed: string[] = [];
  #isOver = false;

  constructor(calls: readonly Call[]) {
    this.#calls = calls;
    this.#loops = calls.map((call) => this.#loop(call));
  }

  async stop(): Promise<{ times: readonly number[]; failed: readonly string[] }> {
    this.#isOver = true;
    await Promise.all(this.#loops);
    for (const { close } of this.#calls) close?.();
    return { times: this.#times.sort((a, b) => a - b), failed: this.#failed };
  }

  async #loop(call: Call): Promise<void> {
    // A way that is broken once stays broken: one line for it is enough.
    while (!this.#isOver && this.#failed.length < 10) {
      const began = performance.now();
      try {
        await call();
        this.#times.push(performance.now() - began);
      } catch (error) {
        this.#failed.push(error instanceof Error ? error.message : String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

const SOME_EVENTS = 5;
const EVENT = ["supervisor.sendRemoteCommEvent", "number"] as const;

/** Sends events with numbers, one after the other: all the time, or only when told. */
class Events {
  readonly #place: Place;
  readonly #connection: RawConnection | null;
  readonly #done: Promise<void>;
  #isOver = false;
  #sent = 0;

  constructor(place: Place, allTheTime: boolean) {
    this.#place = place;
    this.#connection = allTheTime ? new RawConnection(place) : null;
    this.#done = this.#sendAll();
  }

  /** Unless they are sent all the time anyway. */
  async sendSome(): Promise<void> {
    if (this.#connection !== null) return;
    for (let one = 0; one < SOME_EVENTS; one++) {
      await callOnce(this.#place, ...EVENT, String(++this.#sent));
    }
  }

  /** @returns how many were sent */
  async stop(): Promise<number> {
    this.#isOver = true;
    await this.#done;
    this.#connection?.close();
    return this.#sent;
  }

  async #sendAll(): Promise<void> {
    while (this.#connection !== null && !this.#isOver) {
      await this.#connection.call(...EVENT, String(++this.#sent));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function notes(daemon: TestDaemon): string[] {
  return readFileSync(join(daemon.directory, "notes"), "utf8").split("\n").slice(0, -1);
}

/** Each event once, in order, under numbers that go up by one. */
function assertNotes(daemon: TestDaemon, sent: number): void {
  const noted = notes(daemon);
  assert.deepEqual(noted.map((line) => Number(line.split(" ")[1])), numbersTo(sent));
  const serials = noted.map((line) => Number(line.split(" ")[0]));
  assert.deepEqual(serials, numbersTo(sent).map((number) => number - 1 + (serials[0] ?? 0)));
}

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

/** Each line of each child once, in order, up to the last that it wrote. @returns bytes */
function assertOutput(daemon: TestDaemon, children: number): number {
  let bytes = 0;
  for (let child = 0; child < children; child++) {
    const text = readFileSync(join(daemon.directory, `w${child}.out`), "latin1");
    const last = Number(new RegExp(`^w${child} end (\\d+)$`, "m").exec(text)?.[1]);
    assert.ok(last > 0, `the last words of w${child}: ${text.slice(-100)}`);
    const expected = numbersTo(last).map((number) => `w${child} ${number}\n`).join("");
    assert.ok(text === `${expected}w${child} end ${last}\n`, `the output of w${child}`);
    bytes += text.length;
  }
  return bytes;
}
