/**
 * A defect somewhere in the daemon is no reason to abandon the programs it looks after: it is
 * written down in full and supervision goes on.
 */
import process from "node:process";
import type { Surroundings } from "./surroundings.ts";

/** A line for the log, in the reference's words. */
export function describeDefect(error: unknown): string {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  return `uncaptured exception: ${text}`;
}

/** Of what nobody has caught. @returns what ends it */
export function surviveDefects(log: Surroundings["log"]): () => void {
  const note = (error: unknown): void => log("critical", describeDefect(error));
  const events = ["uncaughtException", "unhandledRejection"] as const;
  for (const event of events) process.on(event, note);
  return () => {
    for (const event of events) process.off(event, note);
  };
}
