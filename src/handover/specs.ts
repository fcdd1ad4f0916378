/**
 * Programs as the daemon before knew them, in the words of this one: a key that is new here gets its
 * default. What then equals the configuration as it was read is that:
 * a difference means that the file was changed, and waits for an `update` as ever.
 */
import { loadConfig } from "../config/load.ts";
import type { Config, FcgiSpec, GroupSpec, LoadEnvironment, ProcessSpec } from "../config/types.ts";
import type { SupervisorSnapshot } from "../daemon/snapshot.ts";
import { HandoverError } from "./state.ts";

const BARE_FILE = "/bare.conf";
/** One of each kind, without a single setting of its own. */
const BARE = `[supervisord]
[program:a]
command = /bin/true
[eventlistener:b]
command = /bin/true
events = TICK_5
[fcgi-program:c]
command = /bin/true
socket = tcp://127.0.0.1:1
`;

/** Keys whose values have keys that are not ours. */
const MAPS: ReadonlySet<string> = new Set(["environment", "memberSockets", "programSources"]);
/** Where a section stands in which file makes no difference. */
const PLACES: ReadonlySet<string> = new Set(["source", "programSources"]);

/**
 * @param read the configuration as it is on disk now
 * @throws HandoverError when a setting is of another kind than here
 */
export function completeGroups(
  left: SupervisorSnapshot,
  read: Config,
  environment: LoadEnvironment,
): SupervisorSnapshot {
  if (left.groups.length === 0) return left;
  const bare = bareGroups(environment);
  const groups = left.groups.map((group) => {
    const spec = completeGroup(group.spec, bare);
    const known = new Set(spec.processes.map(({ name }) => name));
    const stray = group.processes.find(({ name }) => !known.has(name));
    if (stray !== undefined) {
      throw new HandoverError(`the group ${spec.name} has no process ${stray.name}`);
    }
    const fresh = read.groups.find(({ name }) => name === spec.name);
    return { ...group, spec: fresh !== undefined && isSame(spec, fresh) ? fresh : spec };
  });
  return { ...left, groups };
}

interface Bare {
  readonly program: GroupSpec;
  readonly eventlistener: GroupSpec;
  readonly fcgi: GroupSpec;
}

function bareGroups(environment: LoadEnvironment): Bare {
  const { groups } = loadConfig({
    configFile: BARE_FILE,
    options: {},
    environment: {
      ...environment,
      get home() {
        return environment.home;
      },
      get tempDirectory() {
        return environment.tempDirectory;
      },
      readFile: () => new TextEncoder().encode(BARE),
      stat: (path) =>
        path === BARE_FILE ? { isDirectory: false, isFile: true } : environment.stat(path),
    },
  });
  const one = (kind: GroupSpec["kind"]) => {
    const found = groups.find((group) => group.kind === kind);
    if (found === undefined) throw new HandoverError(`no ${kind} can be made`);
    return found;
  };
  return { program: one("program"), eventlistener: one("eventlistener"), fcgi: one("fcgi") };
}

function completeGroup(left: GroupSpec, bare: Bare): GroupSpec {
  const template = left.kind === "group" ? bare.program : bare[left.kind];
  const at = `group ${left.name}`;
  const { members, programSources } = left;
  const process = template.processes[0] as ProcessSpec;
  // A writer that knew no such thing has left none.
  const socket = left.fcgi ?? null;
  return {
    ...overlay(template, left, at),
    ...(members === undefined ? {} : { members }),
    ...(programSources === undefined ? {} : { programSources }),
    processes: left.processes.map((spec) => overlay(process, spec, `${at}:${spec.name}`)),
    fcgi: socket === null ? null : completeSocket(socket, bare, at),
    memberSockets: Object.fromEntries(
      Object.entries(left.memberSockets ?? {}).map(([name, socket]) =>
        [name, completeSocket(socket, bare, at)] as const
      ),
    ),
  };
}

function completeSocket(left: FcgiSpec | null, bare: Bare, at: string): FcgiSpec {
  return overlay(bare.fcgi.fcgi as FcgiSpec, left, `${at} socket`);
}

/**
 * The keys of the template, with the values that are there; and what else is there: keys that most
 * programs do not have are in no template.
 */
function overlay<T extends object>(template: T, left: unknown, at: string): T {
  if (typeof left !== "object" || left === null) {
    throw new HandoverError(`${at} is ${left === null ? "null" : kindOf(left)} and not an object`);
  }
  const values = left as Readonly<Record<string, unknown>>;
  const entries = Object.entries(template).map(([key, standard]: [string, unknown]) => {
    if (!Object.hasOwn(values, key)) return [key, standard];
    const value = values[key];
    if (standard === null || value === null) return [key, value];
    if (kindOf(standard) !== kindOf(value)) {
      throw new HandoverError(`${at}: ${key} is ${kindOf(value)} and not ${kindOf(standard)}`);
    }
    const isOurs = kindOf(standard) === "an object" && !MAPS.has(key) &&
      !("kind" in (standard as object));
    return [key, isOurs ? overlay(standard as object, value, `${at}.${key}`) : value];
  });
  return { ...values, ...Object.fromEntries(entries) } as T;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) =>
    !PLACES.has(key)
  );
  return keys.every((key) =>
    isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
  );
}
