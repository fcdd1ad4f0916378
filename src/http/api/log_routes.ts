/** Routes of logs: those of processes and the daemon's own, with the same questions to both. */
import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";
import type { Channel, Daemon } from "../../daemon/types.ts";
import { follow } from "../../logs/reader.ts";
import { resolveProcess } from "../../rpc/namespec.ts";
import { SERVER_NAME } from "../responses.ts";
import { EVENT_STREAM_HEADERS } from "./daemon_routes.ts";
import { encodeFrame } from "./event_client.ts";
import { decodeCursor, listLogFiles, LogReader, type Position } from "./log_files.ts";
import { MAX_RANGE_BYTES, readLines, readRange } from "./log_pages.ts";
import { findText, searchLog } from "./log_search.ts";
import { compilePattern, PatternError } from "../../pattern/pattern.ts";
import { ProblemError } from "./problem.ts";
import { isoTime } from "./process_view.ts";
import { type ObjectSchema, type Route, route } from "./route.ts";
import * as requests from "./schemas/requests.ts";

/** Where a log is. @throws ProblemError, Fault */
type Locate = (params: unknown) => string;

export function logRoutes(daemon: Daemon): Route[] {
  const ofProcess: Locate = (params) => {
    const { name, channel } = params as { name: string; channel: Channel };
    const path = resolveProcess(daemon, name).logPath(channel);
    if (path === null) throw new ProblemError("NO_LOG", `${name} has no log of its ${channel}`);
    return path;
  };
  const ofDaemon: Locate = () => {
    if (daemon.mainLogPath !== null) return daemon.mainLogPath;
    throw new ProblemError("NO_LOG", `the main log is no file but ${daemon.mainLogName}`);
  };
  const BASE = "/processes/{name}/logs/{channel}";
  return [
    ...routesOf(daemon, BASE, "Process", requests.LogParams, ofProcess),
    ...routesOf(daemon, "/daemon/log", "Daemon", requests.NOTHING, ofDaemon),
    route({
      method: "POST",
      path: "/daemon/log/clear",
      id: "clearDaemonLog",
      tag: "logs",
      summary: "Empty the main log",
      body: requests.NOTHING,
      answer: { json: "Accepted" },
      problems: ["NO_LOG", "FAILED"],
      handle() {
        ofDaemon(null);
        try {
          daemon.clearMainLog();
        } catch (error) {
          throw new ProblemError("FAILED", error instanceof Error ? error.message : String(error));
        }
        return { accepted: true };
      },
    }),
  ];
}

function routesOf(
  daemon: Daemon,
  base: string,
  whose: string,
  params: ObjectSchema,
  locate: Locate,
): Route[] {
  const log = whose === "Daemon" ? "the main log" : "a log of a process";
  const common = { method: "GET", tag: "logs", params, problems: ["NO_LOG", "BAD_NAME"] } as const;
  return [
    route({
      ...common,
      path: base,
      id: `get${whose}Log`,
      summary: `The files of ${log}, newest first`,
      answer: { json: "LogInfo" },
      handle: (input) => describeLog(locate(input.params)),
    }),
    route({
      ...common,
      path: `${base}/range`,
      id: `read${whose}Log`,
      summary: `Some bytes of ${log}`,
      query: requests.RangeQuery,
      answer: { json: "LogRange" },
      handle(input) {
        const path = locate(input.params);
        const { offset, length, file = null } = input.query;
        return readRange(path, { offset, length, file }) ?? missing(path);
      },
    }),
    route({
      ...common,
      path: `${base}/tail`,
      id: `tail${whose}Log`,
      summary: `The last lines of ${log}, and those before them`,
      query: requests.LinesQuery,
      answer: { json: "LogLines" },
      handle(input) {
        const path = locate(input.params);
        const { lines, before } = input.query;
        return readLines(path, lines, readCursor(before, "before")) ?? missing(path);
      },
    }),
    route({
      ...common,
      path: `${base}/search`,
      id: `search${whose}Log`,
      summary: `Lines of ${log} that match, newest first, rotated files included`,
      query: requests.SearchQuery,
      answer: { json: "LogMatches" },
      async handle(input) {
        const path = locate(input.params);
        const { q, regex, ignoreCase, limit, cursor } = input.query;
        const result = await searchLog(path, {
          find: regex ? patternOf(q, ignoreCase) : findText(q, ignoreCase),
          literal: regex || ignoreCase ? null : q,
          limit,
          cursor: readCursor(cursor, "cursor"),
          now: () => daemon.clock.monotonic(),
          signal: input.request.signal,
        });
        return result ?? missing(path);
      },
    }),
    route({
      ...common,
      path: `${base}/follow`,
      id: `follow${whose}Log`,
      summary: `The end of ${log}, and all that is added to it`,
      query: requests.FollowQuery,
      answer: { contentType: "text/event-stream", text: "Events `chunk` with {text}." },
      handle(input) {
        const path = locate(input.params);
        const { bytes, from } = input.query;
        const start = from === undefined
          ? { rest: null, fromEnd: bytes }
          : resume(path, readCursor(from, "from") as Position);
        return new Response(followStream(path, start, input.request.signal), {
          headers: EVENT_STREAM_HEADERS,
        });
      },
    }),
    route({
      ...common,
      path: `${base}/download`,
      id: `download${whose}Log`,
      summary: `A whole file of ${log}`,
      query: requests.DownloadQuery,
      answer: { contentType: "application/octet-stream", text: "The bytes of the file." },
      handle: (input) => download(locate(input.params), input.query.file ?? null),
    }),
  ];
}

function missing(path: string): never {
  throw new ProblemError("NO_LOG", `there is no ${path}, or not that file of it`);
}

function describeLog(path: string) {
  const files = listLogFiles(path).map(({ modified, ...file }) => ({
    ...file,
    modifiedAt: isoTime(modified),
  }));
  const newest = files[0];
  if (newest === undefined) missing(path);
  return { path, size: newest.rotation === 0 ? newest.size : 0, files };
}

function readCursor(text: string | undefined, name: string): Position | null {
  if (text === undefined) return null;
  const cursor = decodeCursor(text);
  if (cursor !== null) return cursor;
  const message = "this is no cursor that was given here";
  throw new ProblemError("INVALID_REQUEST", message, [{ path: `query.${name}`, message }]);
}

function patternOf(source: string, ignoreCase: boolean) {
  try {
    return compilePattern(source, { ignoreCase });
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const message = `invalid regular expression: ${error.message}`;
    throw new ProblemError("INVALID_REQUEST", message, [{ path: "query.q", message }]);
  }
}

interface FollowStart {
  /** What is left of a file that was rotated away since. */
  readonly rest: Uint8Array | null;
  readonly fromEnd: number;
}

/** Nothing is awaited between this and the start of following, so nothing falls in between. */
function resume(path: string, from: Position): FollowStart {
  const files = listLogFiles(path);
  const at = files.findIndex(({ file }) => file === from.file);
  const newest = files[0];
  if (newest === undefined || at === -1) return { rest: null, fromEnd: newest?.size ?? 0 };
  if (at === 0) return { rest: null, fromEnd: Math.max(0, newest.size - from.offset) };
  // All files between are of interest, but bounded: who asks that late has other ways to read.
  const pieces: Uint8Array[] = [];
  for (let i = at; i > 0; i--) {
    const reader = LogReader.open(files[i] as (typeof files)[number]);
    if (reader === null) continue;
    const start = i === at ? from.offset : 0;
    pieces.push(reader.read(start, Math.min(reader.info.size, start + MAX_RANGE_BYTES)));
    reader.close();
  }
  return { rest: Buffer.concat(pieces), fromEnd: newest.size };
}

/** How long a follower of a quiet log may hear nothing; a sign of life finds who has gone. */
const HEARTBEAT_MS = 15_000;
const HEARTBEAT = new TextEncoder().encode(":\n\n");

/** Pulled chunk by chunk: who does not read costs one chunk and a descriptor. */
function followStream(
  path: string,
  { rest, fromEnd }: FollowStart,
  gone: AbortSignal | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const stop = new AbortController();
  gone?.addEventListener("abort", () => stop.abort(), { once: true });
  const chunks = follow(path, { fromEnd, signal: stop.signal })[Symbol.asyncIterator]();
  // One decoder for the whole stream: a character may be cut between two chunks.
  const decoder = new TextDecoder();
  let next: Promise<IteratorResult<Uint8Array>> | null = rest === null
    ? null
    : Promise.resolve({ done: false, value: rest });
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      next ??= chunks.next();
      const result = await within(next, HEARTBEAT_MS);
      if (result === null) {
        controller.enqueue(HEARTBEAT);
        return;
      }
      next = null;
      if (result.done) controller.close();
      else {
        const text = decoder.decode(result.value, { stream: true });
        controller.enqueue(encodeFrame("chunk", { text }, null) as Uint8Array<ArrayBuffer>);
      }
    },
    cancel() {
      stop.abort();
    },
  }, { highWaterMark: 0 });
}

/** null when it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), ms));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Streamed: the file may be larger than our memory. It is sent as long as it is now. */
function download(path: string, file: string | null): Response {
  const files = listLogFiles(path);
  const info = file === null ? files[0] : files.find((candidate) => candidate.file === file);
  if (info === undefined) missing(path);
  const { size } = info;
  const body = size === 0
    ? null
    : Readable.toWeb(createReadStream(info.path, { end: size - 1 })) as unknown as ReadableStream;
  const name = basename(info.path).replace(/[^\w.@+-]/g, "_");
  return new Response(body as ReadableStream<Uint8Array<ArrayBuffer>> | null, {
    headers: {
      "Server": SERVER_NAME,
      "Content-Type": "application/octet-stream",
      "Content-Disposition": `attachment; filename="${name}"`,
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    },
  });
}
