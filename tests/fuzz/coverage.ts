/**
 * Which parts of our code an input reaches. The engines count that by themselves: both runtimes
 * answer V8's profiler protocol through node:inspector, so nothing has to be instrumented.
 */
import { Session } from "node:inspector/promises";

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface Taken {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly Range[] }[];
  }[];
}

export class Coverage {
  readonly #session = new Session();
  /** For each function 1 where its text has been reached. */
  readonly #noted = new Map<string, Uint8Array>();
  #size = 0;

  /** Counts from here on. Code that is loaded later is counted as well. */
  static async start(): Promise<Coverage> {
    const coverage = new Coverage();
    coverage.#session.connect();
    await coverage.#session.post("Profiler.enable");
    await coverage.#session.post("Profiler.startPreciseCoverage", {
      callCount: true,
      detailed: true,
    });
    return coverage;
  }

  /** Characters of our code that have been noted as reached. */
  get size(): number {
    return this.#size;
  }

  /** Whether anything that ran since the last look is not noted yet; nothing is noted. */
  async hasNews(): Promise<boolean> {
    return await this.#look(false) > 0;
  }

  /** Notes what ran since the last look. @returns how much of it was not noted before */
  async note(): Promise<number> {
    return await this.#look(true);
  }

  async #look(notes: boolean): Promise<number> {
    const { result } = await this.#session.post("Profiler.takePreciseCoverage") as unknown as Taken;
    let fresh = 0;
    for (const { url, functions } of result) {
      if (!/\/(src|cli)\//.test(url)) continue;
      for (const { ranges } of functions) {
        if (ranges.some(({ count }) => count > 0)) fresh += this.#compare(url, ranges, notes);
      }
    }
    if (notes) this.#size += fresh;
    return fresh;
  }

  /** An inner range is only told where its count differs from the outer one's: they are painted. */
  #compare(url: string, ranges: readonly Range[], notes: boolean): number {
    const [whole] = ranges as readonly [Range];
    const from = whole.startOffset;
    const painted = new Uint8Array(whole.endOffset - from);
    for (const { startOffset, endOffset, count } of ranges) {
      painted.fill(count > 0 ? 1 : 0, startOffset - from, endOffset - from);
    }
    const key = `${url}:${from}:${whole.endOffset}`;
    const noted = this.#noted.get(key) ?? new Uint8Array(painted.length);
    let fresh = 0;
    for (let i = 0; i < painted.length; i++) if (painted[i] === 1 && noted[i] === 0) fresh++;
    if (notes && fresh > 0) {
      for (let i = 0; i < painted.length; i++) if (painted[i] === 1) noted[i] = 1;
      this.#noted.set(key, noted);
    }
    return fresh;
  }

  async stop(): Promise<void> {
    await this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }
}
