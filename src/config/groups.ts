/**
 * Programs to groups: [group:x] first, then what is left of the programs, then event
 * listeners, then fcgi-programs. That is the order in which problems are found, too.
 */
import { EVENT_NAMES, isEventName } from "../process/event_names.ts";
import { ValueError } from "./errors.ts";
import { readFcgiSocket } from "./fcgi.ts";
import type { IniSection } from "./ini.ts";
import { type LoadContext, readerFor } from "./load_context.ts";
import { nearestName } from "./nearest.ts";
import { GROUP, LISTENER } from "./options/groups.ts";
import { PROGRAM } from "./options/program.ts";
import { isBuiltIn, unresolvable } from "./plugins.ts";
import { byPriority, readProgram } from "./programs.ts";
import { repr } from "./python_text.ts";
import type { SectionReader } from "./section_reader.ts";
import type { FcgiSpec, GroupSpec, ListenerSpec, ProcessSpec, Source } from "./types.ts";
import { name as nameKind } from "./values.ts";

/**
 * All groups by priority and name. Of several with one name only the first stays: the others
 * could never be activated.
 * @throws ConfigError
 */
export function readGroups(context: LoadContext): GroupSpec[] {
  const sections = context.document.sections();
  const grouped = new Set<string>();
  const startingWith = (prefix: string) =>
    sections.filter(({ name }) => name.startsWith(prefix) && !grouped.has(name));
  const readAll = (
    prefix: string,
    read: (context: LoadContext, section: IniSection) => GroupSpec,
  ) =>
    startingWith(prefix).map((section) =>
      context.problems.attempt(() => read(context, section), () => null)
    );
  const groups = [
    ...readAll("group:", (context, section) => readGroup(context, section, grouped)),
    ...readAll("program:", readProgramGroup),
    ...readAll("eventlistener:", readListenerGroup),
    ...readAll("fcgi-program:", readFcgiGroup),
  ].filter((group) => group !== null).sort(byPriority);
  return withoutRepeatedNames(groups, context);
}

function withoutRepeatedNames(groups: readonly GroupSpec[], context: LoadContext): GroupSpec[] {
  const byName = new Map<string, GroupSpec>();
  for (const group of groups) {
    const first = byName.get(group.name);
    if (first === undefined) {
      byName.set(group.name, group);
      continue;
    }
    context.messages.push({
      level: "warn",
      text: `Group ${repr(group.name)} is defined twice; the one in ${group.source.file} ` +
        `line ${group.source.line} is ignored`,
      source: group.source,
    });
  }
  return [...byName.values()];
}

/** In start order; of processes with the same name the last stays, as in the reference. */
function inStartOrder(processes: readonly ProcessSpec[]): ProcessSpec[] {
  const byName = new Map(processes.map((process) => [process.name, process]));
  return [...byName.values()].sort(byPriority);
}

function afterColon(section: string): string {
  return section.slice(section.indexOf(":") + 1);
}

function groupName(context: LoadContext, reader: SectionReader): string {
  const written = afterColon(reader.section);
  return reader.rule(
    null,
    () => nameKind.convert(written, context.environment),
    () => written,
  );
}

function groupReader(context: LoadContext, section: string): SectionReader {
  return readerFor(context, section, { own: { here: context.here } });
}

function readGroup(context: LoadContext, section: IniSection, grouped: Set<string>): GroupSpec {
  const reader = groupReader(context, section.name);
  const name = groupName(context, reader);
  const members = reader.read(GROUP.programs);
  const priority = reader.read(GROUP.priority);
  const processes: ProcessSpec[] = [];
  const programSources: Record<string, Source> = {};
  // The reference names the section it handled last, which is the group only at first.
  let handled = section.name;
  for (const member of members) {
    const found = reader.rule(
      GROUP.programs.key,
      () => memberSection(context, member, handled),
      () => null,
    );
    if (found === null) continue;
    handled = found;
    grouped.add(found);
    const read = readProgram(context, found, name);
    processes.push(...read);
    const place = context.document.section(found);
    if (place !== undefined) {
      for (const { program } of read) {
        programSources[program] = { file: place.file, line: place.line };
      }
    }
  }
  return {
    name,
    kind: "group",
    priority,
    processes: inStartOrder(processes),
    members,
    programSources,
    listener: null,
    fcgi: null,
    memberSockets: {},
    source: { file: section.file, line: section.line },
  };
}

function memberSection(context: LoadContext, member: string, handled: string): string {
  const program = `program:${member}`;
  const fcgi = `fcgi-program:${member}`;
  const isProgram = context.document.section(program) !== undefined;
  const isFcgi = context.document.section(fcgi) !== undefined;
  if (!isProgram && !isFcgi) {
    throw new ValueError(
      `[${handled}] names unknown program or fcgi-program ${member}`,
      "the name of a [program:x] or [fcgi-program:x] section",
    );
  }
  if (isProgram && isFcgi) {
    throw new ValueError(
      `[${handled}] name ${member} is ambiguous (exists as program and fcgi-program)`,
    );
  }
  return isProgram ? program : fcgi;
}

/**
 * The sockets of fcgi-programs that are members of a [group:x]. The reference forgets them;
 * here they are read last, so that its own errors come first. Without `socket=` the file still
 * loads, since it does there.
 * @throws ConfigError
 */
export function withMemberSockets(context: LoadContext, group: GroupSpec): GroupSpec {
  const memberSockets: Record<string, FcgiSpec> = {};
  for (const member of group.members ?? []) {
    const section = `fcgi-program:${member}`;
    if (context.document.section(section) === undefined) continue;
    const socket = context.problems.attempt(
      () => readFcgiSocket(context, section, member),
      () => null,
    );
    if (socket !== null) memberSockets[member] = socket;
    else {
      const text = `[${section}] has no "socket" line and runs as an ordinary program in its group`;
      context.messages.push({ level: "warn", text });
    }
  }
  return { ...group, memberSockets };
}

function readProgramGroup(context: LoadContext, section: IniSection): GroupSpec {
  const reader = groupReader(context, section.name);
  const name = groupName(context, reader);
  const priority = reader.read(PROGRAM.priority);
  return {
    name,
    kind: "program",
    priority,
    processes: inStartOrder(readProgram(context, section.name, name)),
    listener: null,
    fcgi: null,
    memberSockets: {},
    source: { file: section.file, line: section.line },
  };
}

function readListenerGroup(context: LoadContext, section: IniSection): GroupSpec {
  const reader = groupReader(context, section.name);
  const name = afterColon(section.name);
  const priority = reader.read(LISTENER.priority);
  const listener = readListener(reader);
  reader.rule(PROGRAM.redirect_stderr.key, () => {
    if (!reader.read(PROGRAM.redirect_stderr)) return;
    throw new ValueError(
      `[${section.name}] section sets redirect_stderr=true but this is not allowed because it ` +
        "will interfere with the eventlistener protocol",
    );
  }, () => {});
  return {
    name,
    kind: "eventlistener",
    priority,
    processes: inStartOrder(readProgram(context, section.name, name)),
    listener,
    fcgi: null,
    memberSockets: {},
    source: { file: section.file, line: section.line },
  };
}

const DEFAULT_HANDLER = "supervisor.dispatchers:default_handler";

function readListener(reader: SectionReader): ListenerSpec {
  const { section } = reader;
  const bufferSize = reader.read(LISTENER.buffer_size);
  reader.rule(LISTENER.buffer_size.key, () => {
    if (bufferSize >= 1) return;
    throw new ValueError(`[${section}] section sets invalid buffer_size (${bufferSize})`);
  }, () => {});
  const resultHandler = reader.read(LISTENER.result_handler);
  reader.rule(LISTENER.result_handler.key, () => {
    if (!isBuiltIn(resultHandler, DEFAULT_HANDLER)) throw unresolvable(resultHandler, section);
  }, () => {});
  const events = [...new Set(reader.read(LISTENER.events).map((event) => event.toUpperCase()))];
  if (events.length === 0) {
    reader.rule(LISTENER.events.key, () => {
      throw new ValueError(`[${section}] section requires an "events" line`);
    }, () => {});
  }
  for (const event of events) {
    reader.rule(LISTENER.events.key, () => {
      if (isEventName(event)) return;
      const nearest = nearestName(event, Object.keys(EVENT_NAMES)) ?? "PROCESS_STATE_EXITED";
      const text = `Unknown event type ${event} in [${section}] events`;
      throw new ValueError(text, `an event type such as ${nearest}`);
    }, () => {});
  }
  return { events, bufferSize, resultHandler: DEFAULT_HANDLER, eventLength: eventLength(reader) };
}

/** Our own key, so its errors come last of the listener's. */
function eventLength(reader: SectionReader): ListenerSpec["eventLength"] {
  const word = reader.read(LISTENER.event_length).toLowerCase();
  if (word === "bytes" || word === "characters") return word;
  return reader.rule(LISTENER.event_length.key, () => {
    throw new ValueError(
      `[${reader.section}] section sets invalid event_length (${word})`,
      "characters or bytes",
    );
  }, () => "characters" as const);
}

function readFcgiGroup(context: LoadContext, section: IniSection): GroupSpec {
  const reader = groupReader(context, section.name);
  const name = groupName(context, reader);
  const priority = reader.read(PROGRAM.priority);
  const fcgi = requiredSocket(context, section.name, name, reader);
  return {
    name,
    kind: "fcgi",
    priority,
    processes: inStartOrder(readProgram(context, section.name, name)),
    listener: null,
    fcgi,
    memberSockets: {},
    source: { file: section.file, line: section.line },
  };
}

function requiredSocket(
  context: LoadContext,
  section: string,
  name: string,
  reader: SectionReader,
): FcgiSpec | null {
  return context.problems.attempt(() => {
    const socket = readFcgiSocket(context, section, name);
    if (socket !== null || hasSocketLine(reader)) return socket;
    throw reader.error(new ValueError(`[${section}] section requires a "socket" line`), null);
  }, () => null);
}

/** When checking, a socket that is there but wrong has been reported already. */
function hasSocketLine(reader: SectionReader): boolean {
  const entry = reader.entry("socket");
  return entry !== undefined && entry.value !== "";
}
