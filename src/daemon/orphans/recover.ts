/**
 * The first thing a daemon does where `on_orphans` is set: those that a killed daemon has left are
 * found, and adopted, ended or left alone before anything is started. What is to become of each is
 * decided in process/orphans.ts.
 */
import { closeSync, readdirSync, readFileSync } from "node:fs";
import { NEW_RECORD } from "../../process/machine.ts";
import type { ProcessRecord } from "../../process/machine_types.ts";
import { judgeOrphan, type OrphanFacts } from "../../process/orphans.ts";
import { SystemError } from "../../runtime/system_error.ts";
import type { Process, ProcessSnapshot } from "../process.ts";
import { parseStat } from "../proc_stats.ts";
import type { Supervisor } from "../supervisor.ts";
import type { Surroundings } from "../surroundings.ts";
import type { PipeEnds } from "./births.ts";
import { isSameProcess } from "./identity.ts";
import { openPipesOf } from "./inherit.ts";
import type { Attempt, Birth } from "./journal.ts";
import { BIRTH_VARIABLE, type Ledger } from "./ledger.ts";

const SIGKILL = 9;
const NO_ENDS: PipeEnds = { stdin: -1, stdout: -1, stderr: -1 };
const NOTHING = { bytes: 0, dropped: 0 };
/** What is said of the health of an adopted process until it is looked at. */
const ADOPTED = "it was there when this supervisord started";

export interface RecoverOptions {
  readonly ledger: Ledger;
  readonly supervisor: Supervisor;
  readonly surroundings: Surroundings;
  /** Default: /proc. */
  readonly root?: string;
}

/**
 * To be awaited before anybody can ask for a start.
 *
 * @returns what begins to end those that are to end; it is to be called just before
 *   Supervisor.begin(), when nothing can keep this daemon from coming up any more
 */
export async function recoverOrphans(o: RecoverOptions): Promise<() => void> {
  const { ledger, supervisor, surroundings: { log } } = o;
  const { left } = ledger;
  if (left === null) {
    ledger.open();
    return () => {};
  }
  const births = [...left.births, ...findAttempts(left.attempts, o.root)];
  const kept: Birth[] = [];
  const taken: (() => Promise<void>)[] = [];
  const ends: (() => void)[] = [];
  for (const birth of births) {
    const process = processOf(supervisor, birth.key);
    const pipes = process === null || ledger.policy !== "adopt" ? null : takePipes(birth, o.root);
    const verdict = judgeOrphan(ledger.policy, {
      isAlive: isSameProcess(birth.pid, birth.start, o.root),
      program: process === null ? null : programFacts(process, birth, pipes, ledger),
      isOurs: left.writer.config === supervisor.config.file,
    });
    const ours = typeof pipes === "string" || pipes === null ? NO_ENDS : pipes;
    const who = `'${birth.key}' (pid ${birth.pid})`;
    const orphan = `${who} was left by a supervisord that was killed, and is`;
    switch (verdict.action) {
      case "forget":
        closeEnds(ours);
        log("info", `${who} has ended while there was no supervisord; nobody knows how`);
        break;
      case "leave":
        closeEnds(ours);
        log("warn", `${orphan} left alone: ${verdict.reason}`);
        break;
      case "adopt":
        kept.push(birth);
        taken.push(async () => {
          log("info", `adopted: ${who}, left by a supervisord that was killed`);
          await take(supervisor, process as Process, birth, ours);
        });
        break;
      case "end": {
        kept.push(birth);
        if (process !== null) taken.push(() => take(supervisor, process, birth, ours));
        ends.push(() => {
          const after = verdict.isWanted ? ", and started again then" : "";
          log("warn", `${orphan} ended${after}: ${verdict.reason}`);
          if (process === null) return void endStray(o, birth);
          const reason = `left by a supervisord that was killed: ${verdict.reason}`;
          supervisor.submit(process, { type: verdict.isWanted ? "restart" : "stop", reason });
        });
      }
    }
  }
  // Written down before anything is done: this daemon may be killed, too.
  ledger.open(kept);
  for (const one of taken) await one();
  return () => {
    for (const end of ends) end();
  };
}

function processOf(supervisor: Supervisor, key: string): Process | null {
  const colon = key.indexOf(":");
  return supervisor.group(key.slice(0, colon))?.process(key.slice(colon + 1)) ?? null;
}

function takePipes({ pid, pipes }: Birth, root?: string): PipeEnds | string {
  if (pipes === null) return "its pipes ended with that one, or cannot be gone on with";
  return openPipesOf(pid, pipes, root);
}

function closeEnds({ stdin, stdout, stderr }: PipeEnds): void {
  for (const fd of [stdin, stdout, stderr]) if (fd >= 0) closeSync(fd);
}

function programFacts(
  process: Process,
  birth: Birth,
  ends: PipeEnds | string | null,
  ledger: Ledger,
): NonNullable<OrphanFacts["program"]> {
  const { spec } = process;
  return {
    autostart: spec.autostart,
    isSame: ledger.isSame(spec, birth),
    obstacle: (typeof ends === "string" ? ends : null) ?? healthObstacle(process),
  };
}

/** What was made for it at its birth has gone with the daemon that made it. */
function healthObstacle({ spec: { health } }: Process): string | null {
  const kinds = [health?.readiness?.kind, health?.healthcheck?.kind];
  const kind = kinds.find((one) => one === "notify" || one === "fd");
  return kind === undefined ? null : `its check (${kind}) is lost with that one`;
}

async function take(
  supervisor: Supervisor,
  process: Process,
  birth: Birth,
  ends: PipeEnds,
): Promise<void> {
  const { pid, start } = birth;
  const now = supervisor.clock.monotonic();
  const snapshot: ProcessSnapshot = {
    name: process.name,
    record: recordOf(process, birth, now),
    logs: {
      paths: { stdout: process.logPath("stdout"), stderr: process.logPath("stderr") },
      counts: { stdout: NOTHING, stderr: NOTHING },
      open: { stdout: null, stderr: null },
    },
    child: { pid, ...ends, unsent: new Uint8Array(0), lingersUntil: null },
    lingering: [],
    socket: null,
    companion: process.companion === null ? null : {
      view: { ready: true, status: "healthy", since: supervisor.clock.wall(), detail: ADOPTED },
      socket: null,
      pipe: null,
    },
    facts: { orphan: { pid, start } },
  };
  await supervisor.takeOrphan(process, snapshot);
}

function recordOf({ spec }: Process, { pid, at, hasMainPid }: Birth, now: number): ProcessRecord {
  const runsFrom = at.mono + spec.startSecs * 1000;
  const isUp = now >= runsFrom;
  return {
    ...NEW_RECORD,
    state: isUp ? "RUNNING" : "STARTING",
    deadline: isUp ? Infinity : runsFrom,
    pid,
    hasMainPid,
    startedAt: at,
    starts: 1,
  };
}

/** Its program is not configured any more: nobody has a state for it, or waits for it. */
async function endStray(
  { ledger, supervisor, surroundings }: RecoverOptions,
  birth: Birth,
): Promise<void> {
  const { pid, start, key, stop } = birth;
  const { clock, system } = surroundings.runtime;
  const send = (signal: number, asGroup: boolean) => {
    try {
      system.kill(asGroup ? -pid : pid, signal);
    } catch (error) {
      const code = error instanceof SystemError ? error.code : String(error);
      if (code !== "ESRCH") surroundings.log("warn", `cannot end '${key}' (pid ${pid}): ${code}`);
    }
  };
  let cancel = () => {};
  await supervisor.followStray({ pid, start }, (follower) => {
    send(stop.signal, stop.asGroup);
    cancel = clock.after(stop.wait * 1000, () => {
      if (!follower.isAlive()) return;
      surroundings.log("warn", `killing '${key}' (pid ${pid}) with SIGKILL`);
      send(SIGKILL, stop.killAsGroup);
      follower.hurry();
    });
  }, () => {
    cancel();
    ledger.strayEnded(key);
    surroundings.log("info", `'${key}' (pid ${pid}) has ended`);
  });
}

/** Starts that had begun: who carries the token leads a process group, as all children do. */
export function findAttempts(attempts: readonly Attempt[], root = "/proc"): Birth[] {
  if (attempts.length === 0) return [];
  const byToken = new Map(
    attempts.map((attempt) => [`${BIRTH_VARIABLE}=${attempt.token}`, attempt]),
  );
  const found: Birth[] = [];
  for (const name of readdirSync(root)) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const entry = parseStat(readFileSync(`${root}/${name}/stat`, "latin1"));
      if (entry === null || entry.isZombie || entry.group !== entry.pid) continue;
      const variables = readFileSync(`${root}/${name}/environ`, "latin1").split("\0");
      const attempt = variables.map((one) => byToken.get(one)).find((one) => one !== undefined);
      if (attempt !== undefined) {
        found.push({ ...attempt.birth, pid: entry.pid, start: entry.startTime });
      }
    } catch {
      // Gone since the listing, or another user's.
    }
  }
  return found;
}
