/**
 * `restart --rolling`: batch after batch is drained, stopped, started and waited for, so that the
 * others go on with the work. The first failure ends it: what has not had its turn stays as it is.
 */
import { splitWords } from "../../src/config/python_text.ts";
import type { WaitCondition } from "../../src/process/wait_for.ts";
import { FAULT_CODES } from "../../src/rpc/faults.ts";
import { Fault } from "../../src/xmlrpc/value.ts";
import { ApiError, getJson, postJson, sayRefusal } from "./api.ts";
import { OptionError, readOptions, requireNames, wholeNumber, wholeSeconds } from "./options.ts";
import { EXIT, reasonFor } from "./results.ts";
import type { Session } from "./session.ts";
import { expandTargets, type Target } from "./targets.ts";
import { processPath, waitCondition, waitForOne } from "./wait_command.ts";

interface Plan {
  readonly names: readonly string[];
  /** How many at a time. */
  readonly batch: number;
  readonly condition: WaitCondition;
  /** How long one may take until it is as it should be. */
  readonly seconds: number;
}

const DEFAULT_SECONDS = 60;
const USAGE = "restart --rolling [--batch <number>] [--wait ready|healthy|running] " +
  "[--timeout <seconds>] <name> [<name>]";
const UP: readonly string[] = ["RUNNING", "STARTING", "BACKOFF"];

export async function rollingRestart(session: Session, rest: string): Promise<void> {
  let plan: Plan;
  try {
    plan = readPlan(splitWords(rest));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    // Not the help of `restart`, which is Supervisor's, word for word.
    return session.usageError(`Error: ${error.message}\n${USAGE}`, null, EXIT.INVALID_ARGS);
  }
  const { targets, unknown } = await expandTargets(session, plan.names, { isQuiet: false });
  // A name that nobody has may be a typing error: better nothing happens than half of it.
  if (unknown.length > 0) return;
  for (const { namespec, stateName } of targets.filter((target) => !isUp(target))) {
    session.output.line(`${namespec}: left alone (${stateName})`);
  }
  const running = targets.filter(isUp);
  const [first] = running;
  if (first === undefined) return;
  try {
    // Whoever cannot tell when a process is ready must not be asked to stop the first one.
    await getJson(session, processPath(first.namespec));
  } catch (error) {
    sayRefusal(session, error);
    return;
  }
  await session.interrupts.during((signal) => roll(session, plan, running, signal));
}

/** @throws OptionError */
function readPlan(words: readonly string[]): Plan {
  const { options, words: names } = readOptions(words, {
    "--rolling": false,
    "--batch": true,
    "--wait": true,
    "--timeout": true,
  });
  requireNames("restart --rolling", names);
  const batch = options.get("--batch");
  const seconds = options.get("--timeout");
  const condition = waitCondition(options.get("--wait") ?? "ready");
  if (condition === "stopped" || condition === "exited") {
    throw new OptionError("--wait is ready, healthy or running");
  }
  return {
    names,
    batch: batch === undefined ? 1 : wholeNumber("--batch", batch, { least: 1, most: 10_000 }),
    condition,
    seconds: seconds === undefined ? DEFAULT_SECONDS : wholeSeconds("--timeout", seconds),
  };
}

function isUp({ stateName }: Target): boolean {
  return UP.includes(stateName);
}

async function roll(
  session: Session,
  plan: Plan,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < targets.length; at += plan.batch) {
    const problems = await Promise.all(
      targets.slice(at, at + plan.batch).map(async ({ namespec }) => {
        const problem = await restartOne(session, plan, namespec, signal);
        session.output.line(
          problem === null ? `${namespec}: restarted` : `${namespec}: ERROR (${problem})`,
        );
        return problem;
      }),
    );
    const left = targets.slice(at + plan.batch).map(({ namespec }) => namespec);
    const hasFailed = problems.some((problem) => problem !== null);
    if (hasFailed) session.exitStatus = EXIT.GENERIC;
    if ((hasFailed || signal.aborted) && left.length > 0) {
      const why = hasFailed ? "after this failure" : "on request";
      session.output.line(`rolling restart ended ${why}; not restarted: ${left.join(" ")}`);
      session.exitStatus = EXIT.GENERIC;
      return;
    }
  }
}

/** @returns null when it is back, or what went wrong */
async function restartOne(
  session: Session,
  { condition, seconds }: Plan,
  namespec: string,
  signal: AbortSignal,
): Promise<string | null> {
  const before = await drain(session, namespec) ?? await call(session, "stop", namespec);
  if (before !== null) return before;
  const started = await call(session, "start", namespec);
  if (started !== null) return started;
  return await waitForOne(session, { namespec, condition, seconds, failFast: true, signal });
}

async function drain(session: Session, namespec: string): Promise<string | null> {
  try {
    await postJson(session, `${processPath(namespec)}/drain`, {});
    return null;
  } catch (error) {
    // One that has just ended by itself (409) has nothing to be taken off.
    if (!(error instanceof ApiError)) throw error;
    return error.message === "not running" ? null : error.message;
  }
}

async function call(
  session: Session,
  verb: "start" | "stop",
  namespec: string,
): Promise<string | null> {
  try {
    await session.call(`${verb}Process`, namespec);
    return null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (verb === "stop" && error.code === FAULT_CODES.NOT_RUNNING) return null;
    // autorestart was faster: it has been started, if not by us.
    if (verb === "start" && error.code === FAULT_CODES.ALREADY_STARTED) return null;
    return reasonFor(verb, error.code) ?? error.message;
  }
}
