/**
 * Readiness over a descriptor, as s6 and dinit know it: the program writes a line and closes it.
 *
 * @see https://skarnet.org/software/s6/notifywhenup.html
 */
import type { PipeReader, Runtime } from "../../runtime/types.ts";

const LINE_FEED = 0x0a;

export interface PipeSign {
  close(): void;
}

/**
 * @param onSign once: a line has come, or the other end was closed without one
 * @throws SystemError
 */
export function watchPipe(
  runtime: Runtime,
  onSign: (end: "line" | "closed") => void,
): { readonly sign: PipeSign; readonly childEnd: number } {
  const pipe = runtime.pipe();
  const reader: PipeReader = runtime.openReader(pipe.read, {
    data(chunk) {
      if (!chunk.includes(LINE_FEED)) return;
      reader.close();
      onSign("line");
    },
    end: () => onSign("closed"),
  }, { prompt: true });
  return { sign: { close: () => reader.close() }, childEnd: pipe.write };
}
