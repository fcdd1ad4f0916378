/** Looks for a pattern in the lines of a process' output, wherever its chunks are cut. */
import { compilePattern, type Find } from "../../pattern/pattern.ts";
import type { Channel } from "../types.ts";

/** What is looked at of a longer line. */
const MAX_LINE = 4096;
/** What is told of a line. */
const MAX_TOLD = 120;

interface Stream {
  readonly decoder: TextDecoder;
  /** The line that has not ended yet, as far as it is looked at. */
  rest: string;
}

export class LineWatch {
  readonly #find: Find;
  #streams: Partial<Record<Channel, Stream>> = {};

  /** @param pattern a valid one: the configuration has been checked */
  constructor(pattern: string) {
    this.#find = compilePattern(pattern, { ignoreCase: false });
  }

  /** @returns the first line, complete with this chunk, that matches; null when none does */
  find(channel: Channel, chunk: Uint8Array): string | null {
    const stream = this.#streams[channel] ??= { decoder: new TextDecoder(), rest: "" };
    const lines = (stream.rest + stream.decoder.decode(chunk, { stream: true })).split("\n");
    stream.rest = (lines.pop() ?? "").slice(0, MAX_LINE);
    for (const line of lines) {
      const looked = line.slice(0, MAX_LINE).replace(/\r$/, "");
      if (this.#find(looked, 0) !== null) return looked.slice(0, MAX_TOLD);
    }
    return null;
  }

  /** The process has ended: its unfinished lines are nobody's beginning. */
  forget(): void {
    this.#streams = {};
  }
}
