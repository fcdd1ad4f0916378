/** The actions "upgrade" and "reload --keep": the daemon becomes another program, the processes stay. */
import { resolve } from "node:path";
import { splitWords } from "../../src/config/python_text.ts";
import { ConnectionError, ConnectionLostError } from "../../src/client/errors.ts";
import { ApiError, getJson, postJson } from "./api.ts";
import { findCommand } from "./commands.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

interface Build {
  readonly version: string;
  readonly commit: string;
}

interface Accepted {
  readonly from: Build;
  readonly to: Build;
  readonly generation: number;
}

interface DaemonFacts {
  readonly pid: number;
  readonly generation: number;
  readonly upgradeFailure: string | null;
}

/** How long the new program may take to answer, in milliseconds. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 50;
/** As much of a commit as people read. */
const COMMIT_LENGTH = 12;

export async function upgrade(session: Session, rest: string): Promise<void> {
  const [path, ...more] = splitWords(rest);
  if (more.length > 0) {
    const message = "Error: upgrade takes one path at most";
    return session.usageError(message, findCommand("upgrade"), EXIT.INVALID_ARGS);
  }
  // The daemon may stand in another directory.
  await become(session, path === undefined ? {} : { path: resolve(path) });
}

export async function reloadKeeping(session: Session): Promise<void> {
  await become(session, {});
}

async function become(session: Session, body: { readonly path?: string }): Promise<void> {
  try {
    const accepted = await postJson(session, "/api/v1/daemon/upgrade", body) as Accepted;
    const { pid, generation, upgradeFailure } = await untilSettled(session, accepted.generation);
    if (generation > accepted.generation) {
      const [from, to] = [describe(accepted.from), describe(accepted.to)];
      session.output.line(
        from === to
          ? `Reloaded supervisord ${to}, its processes go on (pid ${pid})`
          : `Upgraded supervisord ${from} to ${to}, its processes go on (pid ${pid})`,
      );
      return;
    }
    session.output.line(`ERROR: not upgraded: ${upgradeFailure ?? "it does not happen"}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    session.output.line(`ERROR: not upgraded: ${error.message}`);
  }
  session.exitStatus = EXIT.GENERIC;
}

/** Until there is a new program, or a reason why there is none. Requests wait meanwhile. */
async function untilSettled(session: Session, generation: number): Promise<DaemonFacts> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const isLate = performance.now() > deadline;
    const facts = await look(session).catch((error: unknown) => {
      // Connections that cannot be handed over (TLS) end with the program before.
      const isLost = error instanceof ConnectionError || error instanceof ConnectionLostError;
      if (isLate || !isLost) throw error;
      return null;
    });
    if (facts !== null) {
      const isSettled = facts.generation > generation || facts.upgradeFailure !== null;
      if (isSettled || isLate) return facts;
    }
    await new Promise((resume) => setTimeout(resume, LOOK_MS));
  }
}

async function look(session: Session): Promise<DaemonFacts> {
  return await getJson(session, "/api/v1/daemon") as DaemonFacts;
}

function describe({ version, commit }: Build): string {
  return `${version} (${commit.slice(0, COMMIT_LENGTH)})`;
}
