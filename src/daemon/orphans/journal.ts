/**
 * The file that a killed daemon leaves: who of its children lives. One line of JSON is appended for
 * each birth and each end, in one write and without waiting for a disk: the file has to outlive the
 * daemon, not the system, whose end is the end of all processes. It is written anew when it has grown.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import process from "node:process";
import type { Moment } from "../../process/machine_types.ts";
import type { StartTime } from "./identity.ts";

const FORMAT = 1;
const MODE = 0o600;
/** More than this is never read: it is not a file of ours. */
const MOST_BYTES = 64 * 1024 * 1024;
/** From this size on the file is written anew, when most of it is history. */
const REWRITE_BYTES = 256 * 1024;

/** Who has written the file. */
export interface Writer {
  readonly boot: string;
  readonly pid: number;
  readonly start: StartTime;
  /** Path of the configuration. */
  readonly config: string;
}

/** Inodes of the pipes of a child; 0: none. */
export interface PipeInodes {
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
}

/** A child that lives, as far as the file knows. */
export interface Birth {
  /** `group:name`. */
  readonly key: string;
  readonly pid: number;
  readonly start: StartTime;
  readonly at: Moment;
  readonly program: string;
  /** null: they end with the daemon. */
  readonly pipes: PipeInodes | null;
  readonly hasMainPid: boolean;
  /** How it is ended when its program is not configured any more. */
  readonly stop: {
    readonly signal: number;
    /** Seconds before SIGKILL. */
    readonly wait: number;
    readonly asGroup: boolean;
    readonly killAsGroup: boolean;
  };
}

/** A start that had begun: whether there is a process only its environment can tell. */
export interface Attempt {
  readonly key: string;
  readonly token: string;
  readonly birth: Omit<Birth, "pid" | "start">;
}

export interface JournalState {
  readonly writer: Writer;
  readonly births: readonly Birth[];
  readonly attempts: readonly Attempt[];
}

type Line =
  | { readonly type: "writer"; readonly format: number; readonly writer: Writer }
  | { readonly type: "attempt"; readonly attempt: Attempt }
  | { readonly type: "birth"; readonly birth: Birth }
  | { readonly type: "end"; readonly key: string };

/** What is wrong with the file, as a sentence. */
export class JournalError extends Error {}

/**
 * @returns null when there is no such file, or an empty one
 * @throws JournalError for a file that is not ours to trust
 */
export function readJournal(path: string): JournalState | null {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return null;
    throw new JournalError(`${path} cannot be read: ${code}`);
  }
  try {
    const facts = fstatSync(fd);
    if (!facts.isFile()) throw new JournalError(`${path} is not a regular file`);
    const self = process.getuid?.() ?? facts.uid;
    if (facts.uid !== self || (facts.mode & 0o022) !== 0) {
      // Whoever may write it may have us end any process.
      throw new JournalError(`${path} belongs to somebody else, or others may write to it`);
    }
    if (facts.size > MOST_BYTES) throw new JournalError(`${path} is too large`);
    return parseJournal(readFileSync(fd, "utf8"));
  } finally {
    closeSync(fd);
  }
}

/** @returns null for text that does not begin as a journal does; lines cut short are left out */
export function parseJournal(text: string): JournalState | null {
  const births = new Map<string, Birth>();
  const attempts = new Map<string, Attempt>();
  let writer: Writer | null = null;
  for (const source of text.split("\n")) {
    const line = parseLine(source);
    if (line === null) continue;
    if (line.type === "writer") {
      if (line.format !== FORMAT) return null;
      writer = line.writer;
    } else if (line.type === "attempt") {
      attempts.set(line.attempt.key, line.attempt);
    } else if (line.type === "birth") {
      attempts.delete(line.birth.key);
      births.set(line.birth.key, line.birth);
    } else {
      attempts.delete(line.key);
      births.delete(line.key);
    }
  }
  if (writer === null) return null;
  return { writer, births: [...births.values()], attempts: [...attempts.values()] };
}

/** Which of its members must be there, and of what kind. */
const SHAPES: Readonly<Record<Line["type"], (line: Record<string, unknown>) => boolean>> = {
  writer: ({ format, writer }) =>
    isNumber(format) &&
    isRecord(writer) && isText(writer["boot"]) && isPid(writer["pid"]) &&
    isNumber(writer["start"]) && isText(writer["config"]),
  attempt: ({ attempt }) =>
    isRecord(attempt) && isText(attempt["key"]) && isText(attempt["token"]) &&
    attempt["token"] !== "" && isBirth(attempt["birth"]),
  birth: ({ birth }) => isBirth(birth) && isPid(birth["pid"]) && isNumber(birth["start"]),
  end: ({ key }) => isText(key),
};

function parseLine(source: string): Line | null {
  if (source === "") return null;
  try {
    const line: unknown = JSON.parse(source);
    if (!isRecord(line)) return null;
    const { type } = line;
    if (!isText(type) || !Object.hasOwn(SHAPES, type)) return null;
    return SHAPES[type as Line["type"]](line) ? line as unknown as Line : null;
  } catch {
    // Cut short: the disk was full, or the daemon was killed in the middle of it.
    return null;
  }
}

function isBirth(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false;
  const { key, at, program, pipes, hasMainPid, stop } = value;
  return isText(key) && isText(program) && typeof hasMainPid === "boolean" &&
    isRecord(at) && isNumber(at["mono"]) && isNumber(at["wall"]) &&
    (pipes === null || isPipes(pipes)) &&
    isRecord(stop) && isNumber(stop["signal"]) && isNumber(stop["wait"]) &&
    typeof stop["asGroup"] === "boolean" && typeof stop["killAsGroup"] === "boolean";
}

function isPipes(value: unknown): boolean {
  return isRecord(value) &&
    [value["stdin"], value["stdout"], value["stderr"]].every((inode) => isNumber(inode));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Not 1 and not a group: signals are sent there. */
function isPid(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 1 && Number(value) <= 0x7fff_ffff;
}

/** The writing side. */
export class Journal {
  readonly #path: string;
  readonly #writer: Writer;
  /** Told once for each series of failures. */
  readonly #onError: (text: string) => void;
  readonly #births = new Map<string, Birth>();
  readonly #attempts = new Map<string, Attempt>();
  #fd = -1;
  #bytes = 0;
  #hasFailed = false;

  /** Writes the file anew, with those that live. */
  constructor(o: {
    readonly path: string;
    readonly writer: Writer;
    readonly births: readonly Birth[];
    readonly onError: (text: string) => void;
  }) {
    this.#path = o.path;
    this.#writer = o.writer;
    this.#onError = o.onError;
    for (const birth of o.births) this.#births.set(birth.key, birth);
    this.#attempt(() => this.#rewrite());
  }

  birthOf(key: string): Birth | undefined {
    return this.#births.get(key);
  }

  attemptOf(key: string): Attempt | undefined {
    return this.#attempts.get(key);
  }

  attempted(attempt: Attempt): void {
    this.#attempts.set(attempt.key, attempt);
    this.#append({ type: "attempt", attempt });
  }

  born(birth: Birth): void {
    this.#attempts.delete(birth.key);
    this.#births.set(birth.key, birth);
    this.#append({ type: "birth", birth });
  }

  /** Of a process, or of an attempt. */
  ended(key: string): void {
    const wasBorn = this.#births.delete(key);
    const wasTried = this.#attempts.delete(key);
    if (wasBorn || wasTried) this.#append({ type: "end", key });
  }

  /** The file is removed when nobody is left. */
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    if (this.#births.size === 0 && this.#attempts.size === 0) rmSync(this.#path, { force: true });
  }

  #append(line: Line): void {
    this.#attempt(() => {
      const text = encode(line);
      // After a failure the end of the file may be half a line: it is written anew.
      const isHistory = this.#bytes + text.length > REWRITE_BYTES + 1024 * this.#births.size;
      if (this.#fd < 0 || this.#hasFailed || isHistory) this.#rewrite();
      else this.#write(this.#fd, text);
    });
  }

  #attempt(action: () => void): void {
    try {
      action();
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) {
        this.#onError(`cannot write ${this.#path}, children may be forgotten: ${codeOf(error)}`);
      }
      this.#hasFailed = true;
    }
  }

  #write(fd: number, text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (writeSync(fd, bytes) < bytes.length) throw new Error("ENOSPC");
    this.#bytes += bytes.length;
  }

  /** Beside it and then in its place: whoever reads it finds the one or the other. */
  #rewrite(): void {
    const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW } = constants;
    const fresh = `${this.#path}.new`;
    rmSync(fresh, { force: true });
    const fd = openSync(fresh, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, MODE);
    try {
      fchmodSync(fd, MODE);
      this.#bytes = 0;
      const lines: Line[] = [
        { type: "writer", format: FORMAT, writer: this.#writer },
        ...[...this.#births.values()].map((birth): Line => ({ type: "birth", birth })),
        ...[...this.#attempts.values()].map((attempt): Line => ({ type: "attempt", attempt })),
      ];
      this.#write(fd, lines.map(encode).join(""));
      renameSync(fresh, this.#path);
    } catch (error) {
      closeSync(fd);
      rmSync(fresh, { force: true });
      throw error;
    }
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = fd;
  }
}

function encode(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ??
    (error instanceof Error ? error.message : String(error));
}
