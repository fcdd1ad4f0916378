/** Sends a stream as the body of an answer, no faster than the client takes it. */
import { Buffer } from "node:buffer";

export interface StreamOptions {
  /** Chunks (RFC 9112, 7.1) or plain bytes. */
  readonly isChunked: boolean;
  /** @returns false when `drained` is to be awaited */
  readonly write: (bytes: Uint8Array) => boolean;
  readonly drained: () => Promise<void>;
  /** Whether what was written before is gone. */
  readonly isSent: boolean;
}

export interface SentStream {
  /** "ended": the whole of it, or as much as there was until it was stopped. */
  readonly done: Promise<"ended" | "failed">;
  /** The client has gone. */
  readonly stop: () => void;
}

const LAST_CHUNK = Buffer.from("0\r\n\r\n");

export function sendStream(
  body: ReadableStream<Uint8Array>,
  options: StreamOptions,
): SentStream {
  const reader = body.getReader();
  return {
    done: pump(reader, options),
    stop: () => void reader.cancel().catch(() => {}),
  };
}

async function pump(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { isChunked, write, drained, isSent }: StreamOptions,
): Promise<"ended" | "failed"> {
  try {
    if (!isSent) await drained();
    // Cancelling the reader ends the loop as the end of the stream does.
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      // An empty chunk would be the last.
      if (next.value.length === 0) continue;
      if (!write(isChunked ? chunkOf(next.value) : next.value)) await drained();
    }
    if (isChunked && !write(LAST_CHUNK)) await drained();
    return "ended";
  } catch {
    return "failed";
  }
}

function chunkOf(bytes: Uint8Array): Uint8Array {
  const size = `${bytes.length.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafe(size.length + bytes.length + 2);
  chunk.write(size, 0, "latin1");
  chunk.set(bytes, size.length);
  chunk.write("\r\n", size.length + bytes.length, "latin1");
  return chunk;
}
