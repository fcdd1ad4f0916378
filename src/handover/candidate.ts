/**
 * The program that is to take over: whether it may be run at all, and whether it says that it can go
 * on with what there is. It is asked in a process of its own, which opens and changes nothing.
 */
import { realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute } from "node:path";
import type { HelperRunner } from "../daemon/helpers.ts";
import { describeExit } from "../process/signals.ts";
import type { Runtime } from "../runtime/types.ts";
import { type Build, HandoverError } from "./state.ts";
import { CHECK_OPTION } from "./variable.ts";

/** What its answer begins with; everything else that it prints is for people. */
const ANSWER_MARK = "supervisord-handover: ";

/** How long it may take to read everything and answer. */
const PATIENCE_MS = 30_000;
const KEEP_BYTES = 64 * 1024;
/** So much of what a stranger says is quoted. */
const QUOTED_CHARACTERS = 200;

export type Answer =
  | {
    readonly accepts: true;
    readonly nonce: string;
    readonly build: Build;
    /** Variables that it wants to be started with. */
    readonly variables: Readonly<Record<string, string>>;
  }
  | { readonly accepts: false; readonly reason: string };

/** A program, and the words in front of its arguments. */
export interface Candidate {
  /** As people know it. */
  readonly name: string;
  readonly file: string;
  /** argv up to the arguments proper; the first as it is to be called. */
  readonly words: readonly string[];
}

const OTHERS_WRITE = 0o002;
const GROUP_WRITES = 0o020;
const STICKY = 0o1000;

/**
 * @param path null: this very program, as it is on disk now
 * @throws HandoverError when there is no such program, or it could be somebody else's
 */
export function findCandidate(
  path: string | null,
  runtime: Pick<Runtime, "selfCommand" | "invokedAs" | "system">,
): Candidate {
  const { selfCommand, invokedAs } = runtime;
  const isCompiled = selfCommand.length === 1;
  const own = selfCommand.at(-1) as string;
  if (path === null) {
    const words = isCompiled ? [invokedAs] : selfCommand;
    return { name: own, file: selfCommand[0] as string, words };
  }
  if (!isAbsolute(path)) throw new HandoverError(`${path} is not an absolute path`);
  mustBeTrusted(path, runtime.system.getuid());
  if (/\.[cm]?[jt]s$/.test(path)) {
    if (isCompiled) throw new HandoverError(`${path} is not an executable`);
    const words = [...selfCommand.slice(0, -1), path];
    return { name: path, file: words[0] as string, words };
  }
  return { name: path, file: path, words: [isCompiled ? invokedAs : path] };
}

/**
 * Who may ask for an upgrade need not be who may run programs as this user. So the file must belong
 * to this user or to root, and nobody else may be able to change it or to put another in its place.
 */
function mustBeTrusted(path: string, uid: number): void {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    throw new HandoverError(code === "ENOENT" ? `there is no ${path}` : `${path}: ${String(code)}`);
  }
  const file = statSync(real);
  if (!file.isFile()) throw new HandoverError(`${path} is not a file`);
  if (file.uid !== 0 && file.uid !== uid) {
    throw new HandoverError(`${path} belongs to another user (uid ${file.uid})`);
  }
  if ((file.mode & (OTHERS_WRITE | GROUP_WRITES)) !== 0) {
    throw new HandoverError(`${path} can be written by others`);
  }
  for (let directory = dirname(real);; directory = dirname(directory)) {
    const { mode } = statSync(directory);
    if ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0) {
      throw new HandoverError(`${path} is in a directory that others can write: ${directory}`);
    }
    if (directory === dirname(directory)) return;
  }
}

export interface AskOptions {
  readonly candidate: Candidate;
  readonly helpers: HelperRunner;
  readonly environment: Readonly<Record<string, string>>;
  /** The state, to be read from its start. */
  readonly stateFd: number;
  readonly nonce: string;
}

/** @throws HandoverError with a sentence unless it accepts */
export async function ask(o: AskOptions): Promise<Extract<Answer, { accepts: true }>> {
  const { candidate, helpers, nonce } = o;
  const { name, file, words } = candidate;
  const result = await helpers.run({
    command: [file, ...words.slice(1), CHECK_OPTION].map(quote).join(" "),
    env: o.environment,
    cwd: null,
    credentials: null,
    umask: null,
    timeoutMs: PATIENCE_MS,
    keepBytes: KEEP_BYTES,
    stdin: o.stateFd,
  }).done;
  const said = new TextDecoder().decode(result.output);
  if (!result.ok) throw new HandoverError(`${name} cannot take over: ${result.reason}`);
  const answer = readAnswer(said);
  if (answer === null) {
    const quoted = said.trim().split("\n")[0]?.slice(0, QUOTED_CHARACTERS) ?? "";
    const what = quoted === ""
      ? describeExit(result.exit)
      : `${describeExit(result.exit)}: ${quoted}`;
    throw new HandoverError(`${basename(name)} is no supervisord that can take over (${what})`);
  }
  if (!answer.accepts) throw new HandoverError(`${name} refuses to take over: ${answer.reason}`);
  if (answer.nonce !== nonce) throw new HandoverError(`${name} has read another state`);
  return answer;
}

export function answerLine(answer: Answer): string {
  return `${ANSWER_MARK}${JSON.stringify(answer)}\n`;
}

/** @returns null when nobody has answered */
export function readAnswer(said: string): Answer | null {
  const line = said.split("\n").find((one) => one.startsWith(ANSWER_MARK));
  if (line === undefined) return null;
  try {
    const answer = JSON.parse(line.slice(ANSWER_MARK.length)) as Partial<Answer>;
    if (answer.accepts === false) return { accepts: false, reason: String(answer.reason) };
    if (answer.accepts !== true || typeof answer.nonce !== "string") return null;
    const { nonce, build, variables } = answer;
    return {
      accepts: true,
      nonce,
      build: { version: String(build?.version), commit: String(build?.commit) },
      variables: Object.fromEntries(
        Object.entries(variables ?? {}).map(([name, value]) => [name, String(value)]),
      ),
    };
  } catch {
    return null;
  }
}

/** For shell_words: what is between single quotes is taken as it is. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}
