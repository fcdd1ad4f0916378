/** GET /logtail/NAME/CHANNEL and /mainlogtail: the end of a log, and all that is added to it. */
import { statSync } from "node:fs";
import type { Channel, Daemon } from "../daemon/types.ts";
import { follow } from "../logs/reader.ts";
import { Fault } from "../rpc/faults.ts";
import { resolve } from "../rpc/namespec.ts";
import { percentDecode, rawPath } from "../web/request_url.ts";
import { errorResponse, SERVER_NAME } from "./responses.ts";

/** How much of what is there already is sent first. */
const HEAD_BYTES = 1024;

/** Follows the log of a process. */
export function answerLogtail(request: Request, daemon: Daemon): Response {
  if (request.method !== "GET") return errorResponse(400);
  const path = logPathFor(daemon, rawPath(request.url));
  if (path === null) return errorResponse(404);
  // Keeps a proxy in between (nginx) from collecting the stream.
  return streamLog(request, path, { "X-Accel-Buffering": "no" });
}

/** Follows the main log. */
export function answerMainLogtail(request: Request, daemon: Daemon): Response {
  if (request.method !== "GET") return errorResponse(400);
  if (daemon.mainLogPath === null) return errorResponse(404);
  return streamLog(request, daemon.mainLogPath, {});
}

/** `/logtail/NAME` or `/logtail/NAME/CHANNEL` to a log file; null when there is none to be read. */
function logPathFor(daemon: Daemon, path: string): string | null {
  const match = /^\/logtail[^/]*\/([^/]+)(?:\/([^/]*))?$/.exec(path);
  if (match === null) return null;
  const channel = percentDecode(match[2] ?? "stdout");
  if (!isChannel(channel)) return null;
  try {
    const { process } = resolve(daemon, percentDecode(match[1] as string));
    return process?.logPath(channel) ?? null;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

function isChannel(text: string): text is Channel {
  return text === "stdout" || text === "stderr";
}

/** 404 also for a log that is not there (yet): it may come with the first start. */
function streamLog(
  request: Request,
  path: string,
  headers: Readonly<Record<string, string>>,
): Response {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return errorResponse(404);
  return new Response(followStream(path, request.signal), {
    headers: {
      "Server": SERVER_NAME,
      "Last-Modified": stat.mtime.toUTCString(),
      "Content-Type": "text/plain;charset=utf-8",
      ...headers,
    },
  });
}

/**
 * The log as an endless stream. It is only read when the client has taken what was read before,
 * so a client that does not read costs one chunk and a descriptor. It ends with the client.
 */
function followStream(path: string, gone: AbortSignal): ReadableStream<Uint8Array> {
  const stop = new AbortController();
  gone.addEventListener("abort", () => stop.abort(), { once: true });
  const chunks = follow(path, { fromEnd: HEAD_BYTES, signal: stop.signal })[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel() {
      stop.abort();
    },
  }, { highWaterMark: 0 });
}
