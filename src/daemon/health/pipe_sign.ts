/**
 * Readiness over a descriptor, as s6 and dinit know it: the program writes a line and closes it.
 *
 * @see https://skarnet.org/software/s6/notifywhenup.html
 */
import type { PipeReader } from "../../runtime/pipe_types.ts";
import type { Runtime } from "../../runtime/types.ts";

const LINE_FEED = 0x0a;

export interface PipeSign {
  readonly fd: number;
  close(): void;
}

/**
 * @param fd the read end, taken over
 * @param onSign once: a line has come, or the other end was closed without one
 */
export function watchPipe(
  runtime: Runtime,
  fd: number,
  onSign: (end: "line" | "closed") => void,
): PipeSign {
  const reader: PipeReader = runtime.openReader(fd, {
    data(chunk) {
      if (!chunk.includes(LINE_FEED)) return;
      reader.close();
      onSign("line");
    },
    end: () => onSign("closed"),
  }, { prompt: true });
  return { fd, close: () => reader.close() };
}
