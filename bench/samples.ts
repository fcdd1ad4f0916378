/** What has been measured so far, in a file: a run that was cut off goes on where it was. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Figures } from "./metric.ts";

/** Rounds of one metric and one implementation; `error` in the place of one that failed. */
export type Round = { readonly figures: Figures } | { readonly error: string };

export class Samples {
  readonly #file: string;
  readonly #rounds: Record<string, Record<string, Round[]>>;

  /** @param isResumed else what the file holds is forgotten */
  constructor(file: string, isResumed: boolean) {
    this.#file = file;
    this.#rounds = isResumed && existsSync(file)
      ? JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, Round[]>>
      : {};
  }

  of(metric: string, implementation: string): readonly Round[] {
    return this.#rounds[metric]?.[implementation] ?? [];
  }

  add(metric: string, implementation: string, round: Round): void {
    const byImplementation = this.#rounds[metric] ??= {};
    (byImplementation[implementation] ??= []).push(round);
    // Never half a file, whenever the run is ended.
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#rounds));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
