/**
 * The audit log: one line of JSON for each thing that somebody did, tried, or was refused. What
 * only looks is not in it. It is readable by the daemon's user alone, rotates like any log, and
 * never keeps anybody waiting.
 */
import { Buffer } from "node:buffer";
import { openSync } from "node:fs";
import { nodeFileSystem } from "../../logs/file_system.ts";
import { LogFile } from "../../logs/log_file.ts";
import type { Clock } from "../../runtime/types.ts";

export interface AuditEntry {
  /** `user:admin`, `token:deploy`, `certificate:ann`, `uid:1000`, `anonymous`. */
  readonly who: string;
  /** `192.0.2.7:50112`; `unix` for the socket, with the peer's pid where it is known. */
  readonly from: string;
  readonly server: string;
  readonly interface: string;
  readonly action: string;
  readonly target: string;
  /** `ok`, or why not. */
  readonly result: string;
}

export interface AuditLogOptions {
  readonly path: string;
  readonly maxBytes: number;
  readonly backups: number;
  readonly clock: Pick<Clock, "wall" | "after">;
  /** Told once when it cannot be written, and once when it can again. */
  readonly onError: (error: Error) => void;
}

/** Names and reasons come from outside; a line is never longer than what they may be. */
const MAX_TEXT = 500;

export class AuditLog {
  readonly #file: LogFile;
  readonly #clock: AuditLogOptions["clock"];

  /** @throws Error with `code` when the file cannot be opened */
  constructor({ clock, ...file }: AuditLogOptions) {
    this.#clock = clock;
    this.#file = new LogFile({
      ...file,
      clock,
      fileSystem: { ...nodeFileSystem, openAppend: (path) => openSync(path, "a", 0o600) },
    });
  }

  note(entry: AuditEntry): void {
    const time = new Date(this.#clock.wall()).toISOString();
    const line = JSON.stringify({ time, ...entry }, shorten);
    this.#file.write(Buffer.from(`${line}\n`));
  }

  reopen(): void {
    this.#file.reopen();
  }

  close(): void {
    this.#file.close();
  }
}

function shorten(_: string, value: unknown): unknown {
  return typeof value === "string" && value.length > MAX_TEXT
    ? `${value.slice(0, MAX_TEXT)}…`
    : value;
}
