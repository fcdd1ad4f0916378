/** The daemon's own log. */
import type { LogLevel } from "../process/machine_types.ts";
import type { Clock } from "../runtime/types.ts";
import type { LogSink } from "./types.ts";

/** Weight and the four letters of each level. */
const LEVELS: Readonly<Record<LogLevel, readonly [weight: number, label: string]>> = {
  critical: [50, "CRIT"],
  error: [40, "ERRO"],
  warn: [30, "WARN"],
  info: [20, "INFO"],
  debug: [10, "DEBG"],
  trace: [5, "TRAC"],
  blather: [3, "BLAT"],
};

export interface LoggerOptions {
  /** Messages below it are dropped. */
  readonly level: LogLevel;
  readonly sinks: readonly LogSink[];
  readonly clock: Pick<Clock, "wall" | "utcOffset">;
  /** Sends one line to syslog; each line of a message is a message of its own there. */
  readonly syslog?: (line: string) => void;
}

export class Logger {
  readonly #threshold: number;
  readonly #sinks: readonly LogSink[];
  readonly #clock: Pick<Clock, "wall" | "utcOffset">;
  readonly #syslog: ((line: string) => void) | undefined;
  readonly #encoder = new TextEncoder();
  /** The stamp of one second, made once: breaking down local time costs more than the rest. */
  #second = NaN;
  #stamp = "";

  constructor(options: LoggerOptions) {
    this.#threshold = LEVELS[options.level][0];
    this.#sinks = options.sinks;
    this.#clock = options.clock;
    this.#syslog = options.syslog;
  }

  /** Asked before a message is made whose making costs something. */
  isEnabled(level: LogLevel): boolean {
    return LEVELS[level][0] >= this.#threshold;
  }

  /** Writes `YYYY-MM-DD HH:MM:SS,mmm LEVL text` in local time. The text may have several lines. */
  log(level: LogLevel, text: string): void {
    const [weight, label] = LEVELS[level];
    if (weight < this.#threshold) return;
    const prefix = `${this.#time()} ${label} `;
    if (this.#sinks.length > 0) {
      const bytes = this.#encoder.encode(`${prefix}${text}\n`);
      for (const sink of this.#sinks) sink.write(bytes);
    }
    if (this.#syslog !== undefined) {
      for (const line of text.replace(/\n+$/, "").split("\n")) this.#syslog(prefix + line);
    }
  }

  /** What each of its sinks has not written yet. */
  unwritten(): Uint8Array[] {
    return this.#sinks.map((sink) => sink.unwritten());
  }

  /** Hands each sink what the one before it had not written. */
  restore(unwritten: readonly Uint8Array[]): void {
    for (const [index, bytes] of unwritten.entries()) {
      if (bytes.length > 0) (this.#sinks[index] ?? this.#sinks[0])?.write(bytes);
    }
  }

  reopen(): void {
    for (const sink of this.#sinks) sink.reopen();
  }

  /** @throws Error with `code` when the file cannot be removed or made anew */
  clear(): void {
    for (const sink of this.#sinks) sink.clear();
  }

  close(): void {
    for (const sink of this.#sinks) sink.close();
  }

  #time(): string {
    const wall = this.#clock.wall();
    const second = Math.floor(wall / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#stamp = formatSecond(new Date(second * 1000 + this.#clock.utcOffset(second * 1000)));
    }
    return `${this.#stamp},${pad(Math.floor(wall) - second * 1000, 3)}`;
  }
}

/** @param local a date whose UTC fields are those of local time */
function formatSecond(local: Date): string {
  return local.toISOString().slice(0, 19).replace("T", " ");
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
