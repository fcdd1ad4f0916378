/**
 * The action "healthcheck", for containers and monitors: status 0 as long as all is well, else 1.
 * Nothing is printed that is not wrong.
 */
import { splitWords } from "../../src/config/python_text.ts";
import { ApiError, getJson } from "./api.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";
import { expandTargets } from "./targets.ts";

/** What decides about one process. */
export interface Observation {
  readonly namespec: string;
  readonly state: string;
  /** null: it has no readiness or health check, or the daemon is Python's, which knows none. */
  readonly health: {
    readonly ready: boolean;
    readonly status: "starting" | "healthy" | "unhealthy";
    readonly detail: string;
  } | null;
}

/** Given up, or failing now: never right, whoever asks. */
const FAILED_STATES: ReadonlySet<string> = new Set(["BACKOFF", "FATAL", "UNKNOWN"]);

/**
 * What is wrong with a process.
 *
 * A process that was asked for by name has to run and be ready. Of all others one that is stopped,
 * has finished or is coming up is not wrong: it is how they were configured.
 *
 * @returns null when nothing is
 */
export function complaint(process: Observation, isWanted: boolean): string | null {
  const { namespec, state, health } = process;
  if (FAILED_STATES.has(state)) return `${namespec}: ${state}`;
  if (isWanted && state !== "RUNNING") return `${namespec}: ${state}`;
  if (health === null || state !== "RUNNING") return null;
  const detail = health.detail === "" ? "" : ` (${health.detail})`;
  if (health.status === "unhealthy") return `${namespec}: unhealthy${detail}`;
  return isWanted && !health.ready ? `${namespec}: not ready${detail}` : null;
}

export async function healthcheck(session: Session, rest: string): Promise<void> {
  const names = splitWords(rest);
  const isWanted = names.length > 0 && !names.includes("all");
  const { targets } = await expandTargets(session, names.length === 0 ? ["all"] : names);
  const health = await healthOfAll(session);
  for (const { namespec, group, name, stateName } of targets) {
    const observed = {
      namespec,
      state: stateName,
      health: health.get(`${group}:${name}`) ?? null,
    };
    const problem = complaint(observed, isWanted);
    if (problem === null) continue;
    session.output.line(problem);
    session.exitStatus = EXIT.GENERIC;
  }
}

interface Row {
  readonly group: string;
  readonly name: string;
  readonly health?: Observation["health"];
}

async function healthOfAll(session: Session): Promise<ReadonlyMap<string, Observation["health"]>> {
  try {
    const { processes } = await getJson(session, "/api/v1/processes") as {
      readonly processes: readonly Row[];
    };
    return new Map(
      processes.map(({ group, name, health }) => [`${group}:${name}`, health ?? null]),
    );
  } catch (error) {
    // Python's daemon has states, and nothing else to go by.
    if (error instanceof ApiError) return new Map();
    throw error;
  }
}
