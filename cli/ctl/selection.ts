/**
 * Patterns and filters in place of names: `web:*_1`, `*`, `--state FATAL`, `--tag batch`, and
 * `--dry-run`. Whatever they select is handed to the action as if it had been typed. Loaded only
 * for a line that has any of it; plain names, `group:*` and `all` never come here.
 */
import { globPattern } from "../../src/config/glob.ts";
import { nearestName } from "../../src/config/nearest.ts";
import { splitWords } from "../../src/config/python_text.ts";
import { PROCESS_STATE_CODES } from "../../src/process/states.ts";
import { readProcessInfos } from "../../src/client/answers.ts";
import type { Command } from "./command.ts";
import { makeNamespec } from "./names.ts";
import { OptionError } from "./options.ts";
import { EXIT, STATUS_EXIT } from "./results.ts";
import type { Session } from "./session.ts";

/** A process as far as a selection looks at it. */
export interface Candidate {
  readonly name: string;
  readonly group: string;
  readonly stateName: string;
  readonly tags: readonly string[];
}

export interface Selection {
  /** What is no name: the signal of `signal`, options that the action reads itself. */
  readonly before: readonly string[];
  readonly names: readonly string[];
  /** Upper case; empty: any. */
  readonly states: readonly string[];
  /** One of them is enough; empty: any. */
  readonly tags: readonly string[];
  readonly dryRun: boolean;
}

/** Which of the words are names, and what else is asked for. @throws OptionError */
export function readSelection(
  words: readonly string[],
  { skip = 0, options = {} }: NonNullable<Command["selects"]>,
): Selection {
  const before = [...words.slice(0, skip)];
  const names: string[] = [];
  const found: Record<"--state" | "--tag", string[]> = { "--state": [], "--tag": [] };
  let dryRun = false;
  const rest = words.slice(skip);
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] as string;
    const [option = "", given] = word.split(/=(.*)/s);
    if (option === "--state" || option === "--tag") {
      const value = given ?? rest[++i];
      if (value === undefined || value === "") throw new OptionError(`${option} needs a value`);
      found[option].push(...value.split(",").map((part) => part.trim()));
    } else if (word === "--dry-run") {
      dryRun = true;
    } else if (word.startsWith("-")) {
      before.push(word);
      if (given === undefined && options[word] === true && rest[i + 1] !== undefined) {
        before.push(rest[++i] as string);
      }
    } else {
      names.push(word);
    }
  }
  return { before, names, states: found["--state"].map(stateOf), tags: found["--tag"], dryRun };
}

const STATES = Object.keys(PROCESS_STATE_CODES);

function stateOf(text: string): string {
  const state = text.toUpperCase();
  if (STATES.includes(state)) return state;
  const near = nearestName(state, STATES);
  throw new OptionError(
    `unknown state ${text}${near === null ? "" : `, did you mean ${near}?`}: ` +
      `one of ${STATES.join(", ")}`,
  );
}

/** What a name or a pattern stands for; a process of exactly that name goes before a pattern. */
export function matching<C extends Pick<Candidate, "name" | "group">>(
  word: string,
  all: readonly C[],
): C[] {
  const colon = word.indexOf(":");
  const group = colon === -1 ? word : word.slice(0, colon);
  const name = colon === -1 ? word : word.slice(colon + 1);
  if (word === "all") return [...all];
  const exact = all.filter((one) => one.group === group && one.name === name);
  if (exact.length > 0) return exact;
  const names = globPattern(name === "" ? "*" : name);
  // Without a colon it is the process's own name that counts, in whatever group it is.
  if (colon === -1) return all.filter((one) => names.test(one.name));
  const groups = globPattern(group);
  return all.filter((one) => groups.test(one.group) && names.test(one.name));
}

export function hasPassed(one: Candidate, { states, tags }: Selection): boolean {
  return (states.length === 0 || states.includes(one.stateName)) &&
    (tags.length === 0 || tags.some((tag) => one.tags.includes(tag)));
}

/** Names for an action: whole groups as `group:*`, which the daemon takes on all at once. */
export function namesOf(chosen: readonly Candidate[], all: readonly Candidate[]): string[] {
  const names = new Set<string>();
  for (const { group, name } of chosen) {
    const members = all.filter((one) => one.group === group);
    const isWhole = members.length > 1 && members.every((one) => chosen.includes(one));
    names.add(makeNamespec(group, isWhole ? null : name));
  }
  return [...names];
}

/**
 * @returns the words for the action; null when there is nothing to be done, or all that was asked
 *   for is to say what would be
 */
export async function applySelection(
  session: Session,
  command: Command,
  rest: string,
): Promise<string | null> {
  let selection: Selection;
  try {
    selection = readSelection(splitWords(rest), command.selects ?? {});
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    session.usageError(`Error: ${command.name}: ${error.message}`, null, EXIT.INVALID_ARGS);
    return null;
  }
  const all = await candidates(session, selection.tags.length > 0);
  const names = selection.names.length === 0 && isFiltered(selection) ? ["all"] : selection.names;
  const chosen = new Set<Candidate>();
  for (const name of names) {
    const found = matching(name, all);
    if (found.length === 0) {
      session.output.line(`${name}: ERROR (no process matches)`);
      session.exitStatus = command.name === "status" ? STATUS_EXIT.UNKNOWN : EXIT.GENERIC;
    }
    for (const one of found) if (hasPassed(one, selection)) chosen.add(one);
  }
  const targets = all.filter((one) => chosen.has(one));
  if (selection.dryRun) {
    for (const target of targets) session.output.line(plannedLine(command.name, target));
    if (targets.length === 0) session.output.line(`nothing to ${command.name}`);
    return null;
  }
  if (targets.length === 0) {
    if (session.exitStatus === EXIT.SUCCESS) {
      session.output.line("no process is selected");
      session.exitStatus = command.name === "status" ? STATUS_EXIT.UNKNOWN : EXIT.GENERIC;
    }
    return null;
  }
  // `pid` and `clear` know no groups.
  const words = command.selects?.groups === false
    ? targets.map(({ group, name }) => makeNamespec(group, name))
    : namesOf(targets, all);
  return [...selection.before, ...words].join(" ");
}

const isFiltered = ({ states, tags }: Selection) => states.length > 0 || tags.length > 0;

function plannedLine(action: string, { group, name, stateName }: Candidate): string {
  return `would ${action} ${makeNamespec(group, name)} (${stateName})`;
}

/** Not through Session.call: this question is not part of the action's own. */
async function candidates(session: Session, withTags: boolean): Promise<Candidate[]> {
  const answer = await session.client.call("supervisor.getAllProcessInfo");
  const tagsOf = withTags ? await readTags(session) : new Map<string, readonly string[]>();
  return readProcessInfos(answer).map(({ name, group, stateName }) => ({
    name,
    group,
    stateName,
    tags: tagsOf.get(`${group}:${name}`) ?? [],
  }));
}

/** @throws ApiError when the server is not ours: Python's daemon knows no tags */
async function readTags(session: Session): Promise<Map<string, readonly string[]>> {
  const { getJson } = await import("./api.ts");
  const { processes } = await getJson(session, "/api/v1/processes") as {
    readonly processes: readonly {
      readonly group: string;
      readonly name: string;
      readonly tags?: readonly string[];
    }[];
  };
  return new Map(processes.map(({ group, name, tags = [] }) => [`${group}:${name}`, tags]));
}
