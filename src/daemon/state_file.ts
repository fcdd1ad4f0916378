/**
 * What operators have decided at run time and what is to outlive the daemon: which processes do not
 * start by themselves, and how many a program has. A small JSON document, written as a whole, read
 * once at the start. Who has decided nothing has no such file.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { Buffer } from "node:buffer";
import process from "node:process";

export interface Choices {
  /** `group:process`, or `group:*`. */
  readonly disabled: readonly string[];
  /** Number of processes by program. */
  readonly scale: Readonly<Record<string, number>>;
}

export const NO_CHOICES: Choices = { disabled: [], scale: {} };

const MODE = 0o600;
const VERSION = 1;
const MAX_BYTES = 16 * 1024 * 1024;

/** Where it is: as configured, or beside the pid file. */
export function stateFileOf(
  { stateFile, pidfile }: { readonly stateFile?: string; readonly pidfile: string },
): string {
  return stateFile ?? `${pidfile.replace(/\.pid$/, "")}.state`;
}

/**
 * @returns the choices, and what is wrong with the file; then there are none. A file that is not
 *   there is nothing wrong.
 */
export function readChoices(path: string): { choices: Choices; problem: string | null } {
  try {
    return { choices: parseChoices(readOwn(path)), problem: null };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return { choices: NO_CHOICES, problem: null };
    }
    const reason = error instanceof Error ? error.message : String(error);
    return { choices: NO_CHOICES, problem: `the state file ${path} is ignored: ${reason}` };
  }
}

/** What is there may be anybody's, where the pid file is in /tmp. @throws Error with a sentence */
function readOwn(path: string): string {
  // Not waiting for the other end, should it be a named pipe.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = fstatSync(file);
    const { uid, mode, size } = facts;
    if (!facts.isFile()) throw new Error("it is no file");
    if (uid !== 0 && uid !== process.getuid?.()) throw new Error(`it belongs to uid ${uid}`);
    if ((mode & 0o022) !== 0) throw new Error("others may write to it");
    if (size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

/** @throws Error with a sentence */
export function parseChoices(text: string): Choices {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error("it is no JSON", { cause });
  }
  if (!isRecord(value)) throw new Error("it is no JSON object");
  const { version, disabled, scale } = value;
  if (version !== VERSION) {
    throw new Error(`its version is ${JSON.stringify(version) ?? "missing"}, not ${VERSION}`);
  }
  if (!Array.isArray(disabled) || !disabled.every(isNamespec)) {
    throw new Error("disabled is no list of group:process");
  }
  if (!isRecord(scale) || !Object.values(scale).every(isCount)) {
    throw new Error("scale is no table of whole numbers by program");
  }
  return { disabled: [...disabled], scale: { ...scale } as Record<string, number> };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNamespec(value: unknown): value is string {
  return typeof value === "string" && /^[^:]+:[^:]+$/.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

export function formatChoices({ disabled, scale }: Choices): string {
  const sorted = Object.fromEntries(
    Object.entries(scale).sort(([a], [b]) => a < b ? -1 : 1),
  );
  const document = { version: VERSION, disabled: [...disabled].sort(), scale: sorted };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Whole or not at all, also when the machine loses its power. @throws Error with `code` */
export function writeChoices(path: string, choices: Choices): void {
  const temporary = `${path}.new`;
  // What an earlier, interrupted attempt has left, or somebody has put there.
  rmSync(temporary, { force: true });
  const file = openSync(temporary, "wx", MODE);
  try {
    const bytes = Buffer.from(formatChoices(choices));
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

export function isDisabled({ disabled }: Choices, group: string, process: string): boolean {
  return disabled.includes(`${group}:${process}`) || disabled.includes(`${group}:*`);
}

/** @param process null: all of the group, those included that come later */
export function withDisabled(choices: Choices, group: string, process: string | null): Choices {
  if (process !== null && isDisabled(choices, group, process)) return choices;
  const others = process === null ? outside(choices, group) : choices.disabled;
  return { ...choices, disabled: [...others, `${group}:${process ?? "*"}`] };
}

/** @param members all of the group: when one is taken out of `group:*`, the others stay in */
export function withEnabled(
  choices: Choices,
  group: string,
  process: string | null,
  members: readonly string[],
): Choices {
  if (process === null) return { ...choices, disabled: outside(choices, group) };
  const whole = choices.disabled.includes(`${group}:*`);
  const listed = whole
    ? [...outside(choices, group), ...members.map((member) => `${group}:${member}`)]
    : choices.disabled;
  return { ...choices, disabled: listed.filter((entry) => entry !== `${group}:${process}`) };
}

function outside({ disabled }: Choices, group: string): string[] {
  return disabled.filter((entry) => !entry.startsWith(`${group}:`));
}

/** @param numprocs null: as configured */
export function withScale(choices: Choices, program: string, numprocs: number | null): Choices {
  const { [program]: _, ...others } = choices.scale;
  return { ...choices, scale: numprocs === null ? others : { ...others, [program]: numprocs } };
}
