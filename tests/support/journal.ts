/** Reading what tests/fixtures/journal_listener.ts has written. */
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

export interface JournalEntry {
  readonly what: "got" | "ack" | "reject" | "die";
  readonly serial: number;
  readonly listener: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Of `got`; "" for the others. */
  readonly eventName: string;
  readonly payload: string;
}

/** A fixture as a program's `command=`, run by the runtime that runs the tests. */
export function fixtureCommand(name: string, ...args: string[]): string {
  const path = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
  const runtime = process.versions["bun"] === undefined
    ? `${process.execPath} run -A --no-check`
    : `${process.execPath} run`;
  return [runtime, path, ...args].join(" ");
}

/** Everything noted so far; a last line that is still being written is left out. */
export function readJournal(path: string): JournalEntry[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").slice(0, -1).map((line) => {
    const [what, serial, listener, time, eventName = "", payload = ""] = JSON.parse(line);
    return { what, serial, listener, time, eventName, payload };
  });
}
