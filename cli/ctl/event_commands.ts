/** The action "events": what happens, as it happens. */
import { splitWords } from "../../src/config/python_text.ts";
import { followEvents, sayRefusal, type ServerEvent } from "./api.ts";
import { findCommand } from "./commands.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

/** Everything but what must be asked for: TICKs, output, rows. */
const DEFAULT_TYPES = "PROCESS_STATE,PROCESS_GROUP,SUPERVISOR_STATE_CHANGE,REMOTE_COMMUNICATION," +
  "PROCESS_COMMUNICATION";

interface Wanted {
  readonly types: readonly string[];
  readonly processes: readonly string[];
}

export async function events(session: Session, rest: string): Promise<void> {
  const wanted = readArguments(session.givenWords ?? splitWords(rest));
  if (wanted === null) {
    return session.usageError(
      "Error: events takes only --type and --process",
      findCommand("events"),
      EXIT.INVALID_ARGS,
    );
  }
  try {
    await session.interrupts.during((signal) => follow(session, wanted, signal));
  } catch (error) {
    sayRefusal(session, error);
  }
}

function readArguments(words: readonly string[]): Wanted | null {
  const found = { "--type": [] as string[], "--process": [] as string[] };
  for (let i = 0; i < words.length; i++) {
    const [option = "", given] = (words[i] as string).split(/=(.*)/s);
    const value = given ?? words[++i];
    if (value === undefined || !(option === "--type" || option === "--process")) return null;
    found[option].push(value);
  }
  return { types: found["--type"], processes: found["--process"] };
}

async function follow(session: Session, wanted: Wanted, signal: AbortSignal): Promise<void> {
  const noReader = new AbortController();
  const end = AbortSignal.any([signal, noReader.signal]);
  const base = new URLSearchParams({
    types: wanted.types.length === 0 ? DEFAULT_TYPES : wanted.types.join(),
  });
  if (wanted.processes.length > 0) base.set("process", wanted.processes.join());
  let lastId: string | null = null;
  let wasCut = true;
  while (wasCut && !end.aborted) {
    wasCut = false;
    const query = new URLSearchParams(base);
    if (lastId !== null) query.set("lastEventId", lastId);
    await followEvents(session, `/api/v1/events?${query}`, (event) => {
      lastId = event.id ?? lastId;
      if (event.event === "cut") wasCut = true;
      else if (event.event === "gap") session.errorOutput.line("==> some events were missed <==");
      else if (event.event !== "hello") {
        session.output.line(session.isJson ? event.data : formatEvent(event));
        if (session.output.isClosed) noReader.abort();
      }
    }, end);
  }
}

/** `2026-11-23 20:10:53,208 PROCESS_STATE_STOPPED cat:cat_0 from=STOPPING pid=27447` */
export function formatEvent({ event, data }: ServerEvent): string {
  const { type = event, at, namespec, process: _p, ...others } = JSON.parse(data) as Record<
    string,
    unknown
  >;
  const who = namespec ?? others["group"];
  if (namespec !== undefined) delete others["group"];
  if (event === "process-state") delete others["to"];
  const details = Object.entries(others)
    .filter(([key]) => key !== "group")
    .map(([key, value]) => `${key}=${plain(value)}`);
  const time = typeof at === "string" ? localTime(new Date(at)) : "";
  return [time, type, who ?? "", ...details].filter((part) => part !== "").join(" ");
}

function plain(value: unknown): string {
  return typeof value === "string" && /^[\w.:/-]+$/.test(value) ? value : JSON.stringify(value);
}

/** As the daemon's own log writes it. */
export function localTime(date: Date): string {
  const two = (number: number, digits = 2) => String(number).padStart(digits, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${two(date.getMilliseconds(), 3)}`;
}
