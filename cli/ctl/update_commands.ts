/** Updates that Supervisor does not have: plans, minimal updates, and numbers of processes. */
import { readProcessInfos } from "../../src/client/answers.ts";
import { postAction, tellResults } from "./action_results.ts";
import { ApiError, getJson, postJson } from "./api.ts";
import { findCommand } from "./commands.ts";
import { sayDocument } from "./document.ts";
import { padEnd } from "./names.ts";
import { OptionError, readRest, wholeNumber } from "./options.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

interface Source {
  readonly file: string;
  readonly line: number;
}

interface Change {
  readonly key: string;
  readonly old: unknown;
  readonly new: unknown;
  readonly source: Source | null;
}

/** As GET /api/v1/config/plan answers. */
export interface Plan {
  readonly groups: readonly {
    readonly group: string;
    readonly action: keyof typeof GROUP_WORDS;
    readonly source: Source | null;
    readonly changes: readonly Change[];
    readonly scales: readonly {
      readonly program: string;
      readonly from: number;
      readonly to: number;
    }[];
    readonly processes: readonly {
      readonly namespec: string;
      readonly action: keyof typeof PROCESS_WORDS;
      readonly reason: string;
      readonly changes: readonly Change[];
    }[];
  }[];
  readonly stopOrder: readonly string[];
}

interface Step {
  readonly group: string;
  readonly process?: string;
  readonly ok: boolean;
  readonly text: string;
}

const GROUP_WORDS = {
  add: "add the group",
  remove: "stop and remove the group",
  replace: "replace the whole group",
  reshape: "change processes in the group",
} as const;

const PROCESS_WORDS = {
  start: "start",
  add: "add, not started",
  stop: "stop",
  remove: "remove",
  restart: "restart",
  adopt: "update without a restart",
} as const;

/** `update` with options of ours: --plan (or --dry-run), --minimal. */
export async function updateWithOptions(session: Session, rest: string): Promise<void> {
  await answering(session, "update", async () => {
    const { options, words } = readRest(session, rest, {
      "--plan": false,
      "--dry-run": false,
      "--minimal": false,
      "--json": false,
    });
    const groups = words.includes("all") || words.length === 0 ? null : words;
    const minimal = options.has("--minimal");
    const isJson = session.isJson || options.has("--json");
    const unknown = groups === null ? [] : await unknownGroups(session, groups);
    for (const group of unknown) {
      if (!isJson) session.output.line(`ERROR: no such group: ${group}`);
      session.exitStatus = EXIT.GENERIC;
    }
    if (options.has("--plan") || options.has("--dry-run")) {
      const plan = await fetchPlan(session, { minimal, groups });
      if (isJson) return sayDocument(session, "update", { ...plan, unknown });
      return session.output.line(formatPlan(plan).join("\n"));
    }
    const body = { minimal, ...(groups === null ? {} : { groups }) };
    const answer = await postJson(session, "/api/v1/config/update", body);
    const { steps } = answer as { readonly steps: readonly Step[] };
    tellSteps(session, steps, isJson);
    if (isJson) sayDocument(session, "update", { ...answer as object, unknown });
  });
}

/** Those that are neither active nor would be after an update. */
async function unknownGroups(session: Session, groups: readonly string[]): Promise<string[]> {
  const plan = await fetchPlan(session, { minimal: true, groups });
  const active = readProcessInfos(await session.call("getAllProcessInfo"));
  const known = new Set([...plan.groups, ...active].map(({ group }) => group));
  return groups.filter((group) => !known.has(group));
}

export async function fetchPlan(
  session: Session,
  { minimal, groups }: { readonly minimal: boolean; readonly groups: readonly string[] | null },
): Promise<Plan> {
  const query = new URLSearchParams({ minimal: String(minimal) });
  for (const group of groups ?? []) query.append("groups", group);
  return await getJson(session, `/api/v1/config/plan?${query}`) as Plan;
}

/** The lines of a plan: groups, their processes, the keys that differ. */
function formatPlan({ groups }: Plan): string[] {
  if (groups.length === 0) return ["No config updates to processes"];
  return groups.flatMap(({ group, action, source, changes, scales, processes }) => [
    `${group}: ${GROUP_WORDS[action]}${placeText(source)}`,
    ...changes.map((change) => `    ${changeText(change)}`),
    ...scales.map(({ program, from, to }) => `    scale ${program}: ${from} -> ${to} processes`),
    ...processes.flatMap((process) => [
      `    ${padEnd(PROCESS_WORDS[process.action], 24)}  ${process.namespec}: ${process.reason}`,
      ...process.changes.map((change) => `        ${changeText(change)}`),
    ]),
  ]);
}

function changeText({ key, old, new: now, source }: Change): string {
  return `${key}: ${valueText(old)} -> ${valueText(now)}${placeText(source)}`;
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return "(none)";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function placeText(source: Source | null): string {
  return source === null ? "" : ` (${source.file}:${source.line})`;
}

/** `scale web=5`, `scale --reset web`. */
export async function scale(session: Session, rest: string): Promise<void> {
  await answering(session, "scale", async () => {
    const { options, words } = readRest(session, rest, { "--reset": false, "--json": false });
    if (words.length === 0) throw new OptionError("a program is needed, as in web=5");
    const wanted = words.map((word) => readScale(word, options.has("--reset")));
    const isJson = session.isJson || options.has("--json");
    const programs: object[] = [];
    for (const { program, numprocs } of wanted) {
      const path = `/api/v1/programs/${encodeURIComponent(program)}/scale`;
      const answer = await postJson(session, path, { numprocs }) as {
        readonly configured: number;
        readonly numprocs: number;
        readonly steps: readonly Step[];
      };
      const { configured, numprocs: now } = answer;
      programs.push(answer);
      if (!isJson) {
        const note = now === configured ? "" : ` (${configured} in the file)`;
        session.output.line(`${program}: ${now} ${now === 1 ? "process" : "processes"}${note}`);
      }
      tellSteps(session, answer.steps, isJson);
    }
    if (isJson) sayDocument(session, "scale", { programs });
  });
}

/** @throws OptionError */
function readScale(
  word: string,
  isReset: boolean,
): { readonly program: string; readonly numprocs: number | null } {
  const [, program = "", number] = /^([^=]+)(?:=(.*))?$/.exec(word) ?? [];
  if (program === "") throw new OptionError(`${word} is no NAME=NUMBER`);
  if (isReset) {
    if (number !== undefined) throw new OptionError("--reset takes names without numbers");
    return { program, numprocs: null };
  }
  if (number === undefined) throw new OptionError(`${word} needs a number, as in ${word}=5`);
  return { program, numprocs: wholeNumber(program, number, { least: 0, most: 100_000 }) };
}

/** `enable NAME`, `disable NAME`; with --now also started or stopped. */
export async function decide(
  session: Session,
  action: "enable" | "disable",
  rest: string,
): Promise<void> {
  await answering(session, action, async () => {
    const { options, words } = readRest(session, rest, { "--now": false, "--json": false });
    if (words.length === 0) throw new OptionError("a process name is needed");
    const results = [...await postAction(session, { action, targets: words })];
    if (options.has("--now")) {
      const done = results.filter(({ ok }) => ok).map(({ namespec }) => namespec);
      const verb = action === "enable" ? "start" : "stop";
      const acted = done.length === 0
        ? []
        : await postAction(session, { action: verb, targets: done });
      // To be as wanted already is no failure.
      results.push(
        ...acted.filter(({ code }) => code !== "ALREADY_STARTED" && code !== "NOT_RUNNING"),
      );
    }
    const isJson = session.isJson || options.has("--json");
    tellResults(session, action, { results, isJson });
  });
}

function tellSteps(
  session: Session,
  steps: readonly Step[],
  isJson: boolean,
): void {
  for (const { group, process, ok, text } of steps) {
    if (!isJson) session.output.line(`${process ?? group}: ${ok ? text : `ERROR (${text})`}`);
    if (!ok) session.exitStatus = EXIT.GENERIC;
  }
}

/** Runs an action; what is wrong with its words or its answer is said. */
async function answering(
  session: Session,
  action: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof OptionError) {
      const command = findCommand(action);
      return session.usageError(`Error: ${action}: ${error.message}`, command, EXIT.INVALID_ARGS);
    }
    if (!(error instanceof ApiError)) throw error;
    session.exitStatus = EXIT.GENERIC;
    if (session.isJson) sayDocument(session, action, { error: error.message });
    else session.output.line(`ERROR: ${error.message}`);
  }
}
