/**
 * The spawn itself, and what is said when it does not work. Some reasons are for the log and the
 * status, others the child is to have said itself.
 */
import type { ProcessSpec } from "../config/types.ts";
import type { SpawnRequest } from "../runtime/spawn_types.ts";
import { SystemError } from "../runtime/system_error.ts";
import type { ResolvedCommand } from "./spawn_plan.ts";
import type { Surroundings } from "./surroundings.ts";

/** Tells a start of this very program that it stands in for a child that could not be started. */
const SPAWN_FAILURE_VARIABLE = "SUPERVISORD_SPAWN_FAILURE";

export type SpawnOutcome =
  | {
    readonly ok: true;
    readonly pid: number;
    /** Why this is only a stand-in. */
    readonly standInReason?: string;
  }
  | { readonly ok: false; readonly reason: string };

export interface SpawnOptions {
  readonly surroundings: Pick<Surroundings, "runtime" | "environment">;
  readonly spec: Pick<ProcessSpec, "name" | "directory" | "uid">;
  readonly command: ResolvedCommand;
  readonly stdio: SpawnRequest["stdio"];
}

/** A sentence of its own about what could not be made for the child. */
export class PreparationError extends Error {}

const CREDENTIAL_REASONS = {
  setgroups: "Could not set groups of effective user",
  setgid: "Could not set group id of effective user",
  setuid: "Can't drop privilege as nonroot user",
} as const;

/**
 * @param request a string: why a spawn would be in vain, which a stand-in is to say
 * @returns a pid, also that of a stand-in, or why there is none
 */
export function spawnChild(o: SpawnOptions, request: SpawnRequest | string): SpawnOutcome {
  if (typeof request === "string") return standIn(o, request);
  const result = o.surroundings.runtime.spawn(request);
  if (result.ok) return result;
  const { spec, command } = o;
  switch (result.step) {
    case "fork":
      return { ok: false, reason: explainFork(spec.name, result.code) };
    case "chdir":
      return standIn(o, `couldn't chdir to ${spec.directory}: ${result.code}`);
    case "exec":
      return standIn(o, `couldn't exec ${command.argv[0]}: ${result.code}`);
    case "credentials": {
      const reason = CREDENTIAL_REASONS[result.part ?? "setuid"];
      return standIn(o, `couldn't setuid to ${spec.uid}: ${reason}`);
    }
  }
}

/**
 * The reference forks first and finds out in the child: the reason goes to the child's stderr,
 * and so to its log, and the child exits with 127. Here the reason is known before there is a
 * process, so a short-lived start of this program says it in the child's place: the same pid,
 * log, exit status and events come of it.
 */
function standIn({ spec, surroundings, stdio }: SpawnOptions, reason: string): SpawnOutcome {
  const { runtime, environment } = surroundings;
  const text = `supervisor: ${reason}\nsupervisor: child process was not spawned\n`;
  const result = runtime.spawn({
    file: runtime.selfCommand[0] as string,
    argv: runtime.selfCommand,
    env: { ...environment, [SPAWN_FAILURE_VARIABLE]: text },
    cwd: null,
    umask: null,
    credentials: null,
    stdio,
  });
  return result.ok
    ? { ok: true, pid: result.pid, standInReason: reason }
    : { ok: false, reason: explainFork(spec.name, result.code) };
}

/** Why there is no child, when something before the spawn has thrown. */
export function explainPreparation(name: string, error: unknown): string {
  if (error instanceof PreparationError) return error.message;
  const code = error instanceof SystemError
    ? error.code
    : (error as NodeJS.ErrnoException | null)?.code;
  if (code === "EMFILE") return `too many open files to spawn '${name}'`;
  const what = code ?? (error instanceof Error ? error.message : String(error));
  return `unknown error making dispatchers for '${name}': ${what}`;
}

function explainFork(name: string, code: string): string {
  return code === "EAGAIN"
    ? `Too many processes in process table to spawn '${name}'`
    : `unknown error during fork for '${name}': ${code}`;
}
