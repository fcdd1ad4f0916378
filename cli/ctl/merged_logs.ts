/** The action "logs": the logs of several processes as one, by the times in their lines. */
import { splitWords } from "../../src/config/python_text.ts";
import { splitNamespec } from "../../src/rpc/namespec.ts";
import { ApiError, followEvents, getJson, sayRefusal } from "./api.ts";
import { findCommand } from "./commands.ts";
import { parseSince, timeOfLine } from "./line_time.ts";
import { countCharacters, needsSelection, padEnd } from "./names.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

const DEFAULT_LINES = 200;
/** Lines asked for at once; the server gives no more. */
const PAGE_LINES = 5000;
/** However far back --since goes, a log is not read further than this many pages. */
const MAX_PAGES = 200;

interface Wanted {
  readonly names: readonly string[];
  readonly channel: "stdout" | "stderr";
  readonly lines: number;
  readonly since: number | null;
  readonly grep: RegExp | null;
  readonly follow: boolean;
}

export async function mergedLogs(session: Session, rest: string): Promise<void> {
  const now = Date.now();
  const wanted = readArguments(session.givenWords ?? splitWords(rest), now);
  if (typeof wanted === "string") {
    return session.usageError(`Error: ${wanted}`, findCommand("logs"), EXIT.INVALID_ARGS);
  }
  try {
    await show(session, wanted, now);
  } catch (error) {
    sayRefusal(session, error);
  }
}

/** What is asked for, or what is wrong with it. */
function readArguments(words: readonly string[], now: number): Wanted | string {
  const names: string[] = [];
  let [lines, since, pattern]: [number, number | null, string | null] = [DEFAULT_LINES, null, null];
  let [follow, ignoreCase, channel]: [boolean, boolean, Wanted["channel"]] = [
    false,
    false,
    "stdout",
  ];
  for (let i = 0; i < words.length; i++) {
    const [option = "", given] = (words[i] as string).split(/=(.*)/s);
    if (option === "-f" || option === "--follow") follow = true;
    else if (option === "-i" || option === "--ignore-case") ignoreCase = true;
    else if (option === "--stderr") channel = "stderr";
    else if (option === "--stdout") channel = "stdout";
    else if (["-n", "--lines", "--since", "--grep"].includes(option)) {
      const value = given ?? words[++i];
      if (value === undefined) return `${option} needs a value`;
      if (option === "--grep") pattern = value;
      else if (option === "--since") {
        since = parseSince(value, now);
        if (since === null) return `no time: ${value}`;
      } else if (!/^\d+$/.test(value)) return `no number: ${value}`;
      else lines = Number(value);
    } else if (option.startsWith("-")) return `unknown option ${option}`;
    else names.push(words[i] as string);
  }
  if (names.length === 0) return "logs requires a process name";
  try {
    const grep = pattern === null ? null : new RegExp(pattern, ignoreCase ? "i" : "");
    return { names, channel, lines, since, grep, follow };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Line {
  readonly source: Source;
  /** Its own, or that of the line before it: what belongs together stays together. */
  readonly time: number;
  readonly text: string;
}

interface Source {
  readonly namespec: string;
  /** Path of its log in the API. */
  readonly base: string;
  /** Where the newest line shown so far ends. */
  end: string | null;
}

async function show(session: Session, wanted: Wanted, now: number): Promise<void> {
  const sources = await findSources(session, wanted);
  if (sources.length === 0) return;
  const print = printer(session, wanted, sources);
  const found = await Promise.all(
    sources.map((source) => readSource(session, source, wanted, now)),
  );
  for (const line of merge(found)) print(line);
  if (!wanted.follow) return;
  await session.interrupts.during(async (signal) => {
    const noReader = new AbortController();
    const end = AbortSignal.any([signal, noReader.signal]);
    await Promise.all(sources.map((source) =>
      followSource(session, source, end, (text) => {
        print({ source, time: 0, text });
        if (session.output.isClosed) noReader.abort();
      })
    ));
  });
}

/** Complains about names that are none; the others are shown. */
async function findSources(session: Session, { names, channel }: Wanted): Promise<Source[]> {
  const { processes } = await getJson(session, "/api/v1/processes") as {
    processes: {
      name: string;
      group: string;
      namespec: string;
      logs: Record<string, string | null>;
    }[];
  };
  const found = new Map<string, Source>();
  for (const name of names) {
    const { group, process } = splitNamespec(name);
    const matching = needsSelection(name)
      ? (await import("./selection.ts")).matching(name, processes)
      : processes.filter((row) =>
        name === "all" || (row.group === group && (process === null || row.name === process))
      );
    if (matching.length === 0) {
      session.output.line(`${name}: ERROR (no such process name)`);
      session.exitStatus = EXIT.GENERIC;
    }
    for (const { namespec, logs } of matching) {
      const base = `/api/v1/processes/${encodeURIComponent(namespec)}/logs/${channel}`;
      if (logs[channel] !== null) found.set(namespec, { namespec, base, end: null });
      else if (matching.length === 1) {
        session.output.line(`${name}: ERROR (no log file)`);
        session.exitStatus = EXIT.GENERIC;
      }
    }
  }
  return [...found.values()];
}

interface Page {
  readonly lines: readonly { readonly text: string }[];
  readonly before: string | null;
  readonly end: { readonly file: string; readonly offset: number } | null;
}

async function readSource(
  session: Session,
  source: Source,
  { since, lines, grep }: Wanted,
  now: number,
): Promise<Line[]> {
  const pages: string[][] = [];
  let [before, count]: [string | null, number] = [null, 0];
  for (let i = 0; i < MAX_PAGES; i++) {
    const query = new URLSearchParams({
      lines: String(since === null && grep === null ? Math.min(lines, PAGE_LINES) : PAGE_LINES),
    });
    if (before !== null) query.set("before", before);
    let page: Page;
    try {
      page = await getJson(session, `${source.base}/tail?${query}`) as Page;
    } catch (error) {
      // A log that is not there yet has nothing to show; it may come while we follow.
      if (error instanceof ApiError && i === 0 && /^there is no /.test(error.message)) return [];
      throw error;
    }
    if (page.end !== null) source.end ??= `${page.end.file}:${page.end.offset}`;
    const texts = page.lines.map(({ text }) => text);
    pages.unshift(texts);
    count += grep === null ? texts.length : texts.filter((text) => grep.test(text)).length;
    before = page.before;
    if (before === null || (since === null && count >= lines)) break;
    if (since !== null && isBefore(texts, since, now)) break;
  }
  const timed = withTimes(source, pages.flat(), now)
    .filter(({ time, text }) => (since === null || time >= since) && (grep?.test(text) ?? true));
  return since === null ? timed.slice(-lines || timed.length) : timed;
}

/** Whether the first line that tells its time is older than that. */
function isBefore(texts: readonly string[], since: number, now: number): boolean {
  for (const text of texts) {
    const time = timeOfLine(text, now);
    if (time !== null) return time < since;
  }
  return false;
}

function withTimes(source: Source, texts: readonly string[], now: number): Line[] {
  let time = 0;
  return texts.map((text) => {
    time = timeOfLine(text, now) ?? time;
    return { source, time, text };
  });
}

/** One list in the order of time; each log keeps its own order. */
export function merge<L extends { readonly time: number }>(
  sources: readonly (readonly L[])[],
): L[] {
  const heads = sources.map((lines) => ({ lines, at: 0 }));
  const merged: L[] = [];
  while (true) {
    let first: { lines: readonly L[]; at: number } | null = null;
    for (const head of heads) {
      const line = head.lines[head.at];
      if (line === undefined) continue;
      if (first === null || line.time < (first.lines[first.at] as L).time) first = head;
    }
    if (first === null) return merged;
    merged.push(first.lines[first.at++] as L);
  }
}

function printer(
  session: Session,
  { channel, grep }: Wanted,
  sources: readonly Source[],
): (line: Line) => void {
  const width = Math.max(...sources.map(({ namespec }) => countCharacters(namespec)));
  return ({ source: { namespec }, time, text }) => {
    if (grep !== null && !grep.test(text)) return;
    if (session.isJson) {
      const at = time === 0 ? timeOfLine(text, Date.now()) : time;
      const stamp = at === null ? null : new Date(at).toISOString();
      session.output.line(JSON.stringify({ namespec, channel, at: stamp, text }));
    } else {
      session.output.line(sources.length === 1 ? text : `${padEnd(namespec, width)} | ${text}`);
    }
  };
}

/** Whole lines only, as they come. */
async function followSource(
  session: Session,
  source: Source,
  signal: AbortSignal,
  onLine: (text: string) => void,
): Promise<void> {
  const query = source.end === null ? "bytes=0" : `from=${encodeURIComponent(source.end)}`;
  let rest = "";
  await followEvents(session, `${source.base}/follow?${query}`, ({ event, data }) => {
    if (event !== "chunk") return;
    const { text } = JSON.parse(data) as { text: string };
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  }, signal);
}
