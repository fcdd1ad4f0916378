/**
 * `supervisorctl --json ACTION`: one document instead of the text, with the same exit status.
 *
 * The action runs as ever, its text unseen; the document is made of what the server was asked and
 * answered. So whatever holds for the text (names, order, exit statuses, Python's daemon) holds
 * for the document.
 */
import { splitWords } from "../../src/config/python_text.ts";
import { FAULT_CODES } from "../../src/rpc/faults.ts";
import { splitNamespec } from "../../src/rpc/namespec.ts";
import { Fault, isStruct, type Struct, type Value } from "../../src/xmlrpc/value.ts";
import { EndOfInputError } from "./errors.ts";
import { makeNamespec } from "./names.ts";
import { Output } from "./output.ts";
import { EXIT } from "./results.ts";
import { Session, type SessionOptions } from "./session.ts";

export type JsonOptions =
  & Pick<SessionOptions, "serverUrl" | "username" | "password" | "token" | "tls" | "dial">
  & { readonly output: Output };

/** A question to the server and its answer. */
interface Exchange {
  readonly method: string;
  readonly params: readonly Value[];
  readonly answer: Value | Fault;
}

type Json = Readonly<Record<string, unknown>>;

class RecordingSession extends Session {
  readonly exchanges: Exchange[] = [];

  override async call(method: string, ...params: Value[]): Promise<Value> {
    try {
      const answer = await super.call(method, ...params);
      this.exchanges.push({ method, params, answer });
      return answer;
    } catch (error) {
      if (error instanceof Fault) this.exchanges.push({ method, params, answer: error });
      throw error;
    }
  }
}

/** Actions that make their document themselves. */
const SPEAKS_JSON = new Set([
  "events",
  "logs",
  "wait",
  "run",
  "why",
  "scale",
  "enable",
  "disable",
  "rotate",
  "reload-program",
]);
const isPlanning = (word: string) => /^--(?:plan|dry-run|minimal)$/.test(word);

/** @returns the exit status */
export async function runJson(words: readonly string[], options: JsonOptions): Promise<number> {
  const { output } = options;
  const [action = "", ...args] = words;
  const streams = SPEAKS_JSON.has(action) || (action === "update" && words.some(isPlanning));
  let said = "";
  const decoder = new TextDecoder();
  const unseen = new Output(-1, (_fd, bytes) => {
    said += decoder.decode(bytes, { stream: true });
    return bytes.length;
  });
  const session = new RecordingSession({
    ...options,
    interactive: false,
    output: streams ? output : unseen,
    openInput: () => Promise.reject(new EndOfInputError()),
  });
  session.givenWords = args;
  session.isJson = true;
  const describe = !streams && Object.hasOwn(DOCUMENTS, action) ? DOCUMENTS[action] : undefined;
  const isFollowing = args[0] === "-f" && (action === "tail" || action === "maintail");
  if (!streams && (describe === undefined || isFollowing)) {
    const text = action === "" ? "--json needs an action" : `${words.join(" ")} has no JSON form`;
    output.line(JSON.stringify({ action, ok: false, error: text }));
    return EXIT.INVALID_ARGS;
  }
  try {
    await session.run(words.join(" "));
  } finally {
    await session.close();
  }
  if (describe === undefined) return session.exitStatus;
  const { exitStatus, exchanges } = session;
  const names = splitWords(session.chosen ?? args.join(" "));
  const ok = exitStatus === 0;
  const document = { action, ok, ...describe(exchanges, names), ...problems(exchanges, said, ok) };
  output.line(JSON.stringify(document));
  return exitStatus;
}

/** What went wrong, in the words of the text, where no result says it already. */
function problems(exchanges: readonly Exchange[], said: string, ok: boolean): Json {
  if (ok) return {};
  const lines = said.split("\n").filter((line) =>
    /error|refused|no such|sorry|require/i.test(line)
  );
  const fault = exchanges.findLast(({ answer }) => answer instanceof Fault)?.answer;
  return {
    ...(lines.length === 0 ? {} : { error: lines.join("\n") }),
    ...(fault instanceof Fault ? { fault: { code: fault.code, message: fault.message } } : {}),
  };
}

type Describe = (exchanges: readonly Exchange[], names: readonly string[]) => Json;

const DOCUMENTS: Readonly<Record<string, Describe>> = {
  status: (exchanges, words) => {
    const names = words[0] === "-v" ? words.slice(1) : words;
    return { processes: selected(structs(exchanges), names).map(process) };
  },
  pid: (exchanges, names) => {
    if (names.length === 0) return { pid: valueOf(exchanges, "getPID") };
    const infos = exchanges.flatMap(({ method, answer }) =>
      method === "getProcessInfo" && isStruct(answer as Value) ? [answer as Struct] : []
    );
    return { processes: [...infos, ...structs(exchanges)].map(pidOf) };
  },
  version: (exchanges) => ({ version: valueOf(exchanges, "getSupervisorVersion") }),
  avail: (exchanges) => ({ processes: structs(exchanges).map(available) }),
  reread: differences,
  update: (exchanges) => ({ ...differences(exchanges), steps: steps(exchanges) }),
  add: (exchanges) => ({ steps: steps(exchanges) }),
  remove: (exchanges) => ({ steps: steps(exchanges) }),
  start: results,
  stop: results,
  restart: results,
  signal: results,
  clear: results,
  reload: () => ({}),
  shutdown: () => ({}),
  tail: logText,
  maintail: logText,
};

function valueOf(exchanges: readonly Exchange[], method: string): unknown {
  const answer = exchanges.find((exchange) => exchange.method === method)?.answer;
  return answer === undefined || answer instanceof Fault ? null : answer;
}

/** The structs of a question about everything. */
function structs(exchanges: readonly Exchange[]): Struct[] {
  return exchanges.flatMap(({ method, answer }) =>
    (method === "getAllProcessInfo" || method === "getAllConfigInfo") && Array.isArray(answer)
      ? answer.filter(isStruct)
      : []
  );
}

/** As the action itself selects: in the order of the names. */
function selected(infos: readonly Struct[], names: readonly string[]): Struct[] {
  if (names.length === 0 || names.includes("all")) return [...infos];
  return names.flatMap((name) => {
    const { group, process } = splitNamespec(name);
    return infos.filter((info) =>
      info["group"] === group && (process === null || info["name"] === process)
    );
  });
}

function identity(info: Struct) {
  const [name, group] = [String(info["name"]), String(info["group"])];
  return { name, group, namespec: makeNamespec(group, name) };
}

function process(info: Struct): Json {
  const isoOrNull = (seconds: unknown) =>
    typeof seconds === "number" && seconds > 0 ? new Date(seconds * 1000).toISOString() : null;
  return {
    ...identity(info),
    state: info["statename"],
    stateCode: info["state"],
    description: info["description"],
    pid: info["pid"] === 0 ? null : info["pid"],
    startedAt: isoOrNull(info["start"]),
    stoppedAt: isoOrNull(info["stop"]),
    exitStatus: info["exitstatus"],
    spawnError: info["spawnerr"] === "" ? null : info["spawnerr"],
    logs: {
      stdout: info["stdout_logfile"] === "" ? null : info["stdout_logfile"],
      stderr: info["stderr_logfile"] === "" ? null : info["stderr_logfile"],
    },
  };
}

function pidOf(info: Struct): Json {
  return { ...identity(info), pid: info["pid"] === 0 ? null : info["pid"] };
}

function available(info: Struct): Json {
  return {
    ...identity(info),
    inUse: Boolean(info["inuse"]),
    autostart: Boolean(info["autostart"]),
    groupPriority: info["group_prio"],
    processPriority: info["process_prio"],
    command: info["command"] ?? null,
  };
}

function differences(exchanges: readonly Exchange[]): Json {
  const answer = valueOf(exchanges, "reloadConfig");
  const lists = Array.isArray(answer) ? answer[0] : undefined;
  const [added, changed, removed] = Array.isArray(lists) ? lists : [null, null, null];
  return { added, changed, removed };
}

const STEPS: Readonly<Record<string, string>> = {
  stopProcessGroup: "stopped",
  removeProcessGroup: "removed",
  addProcessGroup: "added",
};

function steps(exchanges: readonly Exchange[]): Json[] {
  return exchanges.flatMap(({ method, params, answer }) => {
    const step = STEPS[method];
    if (step === undefined) return [];
    const failed = answer instanceof Fault ? { error: answer.message } : {};
    return [{ group: params[0], step, ok: !(answer instanceof Fault), ...failed }];
  });
}

/** One entry for each process that was acted upon, in order. */
function results(exchanges: readonly Exchange[]): Json {
  return {
    results: exchanges.flatMap(({ method, params, answer }) => {
      const verb = /^(start|stop|signal|clear)/.exec(method)?.[1];
      if (verb === undefined) return [];
      if (Array.isArray(answer)) return answer.filter(isStruct).map((one) => outcome(verb, one));
      const target = typeof params[0] === "string" ? params[0] : "all";
      const { group, process } = splitNamespec(target);
      const [status, description] = answer instanceof Fault
        ? [answer.code, answer.message]
        : [FAULT_CODES.SUCCESS, "OK"];
      return [outcome(verb, { group, name: process ?? "*", status, description })];
    }),
  };
}

function outcome(verb: string, one: Struct): Json {
  const ok = one["status"] === FAULT_CODES.SUCCESS;
  return { ...identity(one), verb, ok, status: one["status"], text: one["description"] };
}

function logText(exchanges: readonly Exchange[]): Json {
  const read = exchanges.find(({ method }) => /^read.*Log$/.test(method))?.answer;
  return { text: typeof read === "string" ? read : null };
}
