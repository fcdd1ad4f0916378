/** From what was looked at to what is right, doubtful or wrong, and what to do about it. */
import type { DirectoryFacts, Facts, RunningDaemon } from "./facts.ts";

export interface Finding {
  readonly level: "ok" | "warning" | "problem";
  readonly what: string;
  readonly text: string;
  /** What to do, the likeliest first. */
  readonly actions: readonly string[];
}

type Judge = (facts: Facts) => readonly Finding[];

const ok = (what: string, text: string): Finding => ({ level: "ok", what, text, actions: [] });
const warn = (what: string, text: string, ...actions: string[]): Finding => ({
  ...{ level: "warning", what, text, actions },
});
const problem = (what: string, text: string, ...actions: string[]): Finding => ({
  ...{ level: "problem", what, text, actions },
});

const JUDGES: readonly Judge[] = [
  configuration,
  addresses,
  connection,
  versions,
  processes,
  places,
];

/** In the order in which things can go wrong. */
export function diagnose(facts: Facts): Finding[] {
  return JUDGES.flatMap((judge) => judge(facts));
}

function configuration({ ctlFile, searched, check, refusal }: Facts): Finding[] {
  if (refusal !== null) {
    const text = `supervisorctl cannot use ${ctlFile ?? "its file"}: ${refusal}`;
    const wanted = "it needs a section [supervisorctl] with serverurl = unix:///path or http://…";
    return [problem("configuration", text, wanted)];
  }
  if (ctlFile === null || check === null) {
    return [warn(
      "configuration",
      `supervisorctl read no file: there is none of ${searched.join(", ")}`,
      "name it with -c FILE",
    )];
  }
  const counts = `${check.errors} errors, ${check.warnings} warnings`;
  if (check.errors > 0) {
    return [problem(
      "configuration",
      `${ctlFile}: ${counts}; the first: ${check.first}`,
      `supervisord --check -c ${ctlFile}`,
    )];
  }
  if (check.warnings > 0) {
    const all = `supervisord --check -c ${ctlFile}`;
    return [warn("configuration", `${ctlFile}: ${counts}`, all)];
  }
  return [ok("configuration", `${ctlFile}: ${counts}`)];
}

/** Whether the two halves of the file speak of the same place. */
function addresses({ ctlFile, listensAt, serverUrl }: Facts): Finding[] {
  if (ctlFile === null) return [];
  if (listensAt === null) {
    return [problem(
      "address",
      `${ctlFile} has no [unix_http_server] and no [inet_http_server]: nothing can be asked`,
      "add [unix_http_server] with file = /run/supervisor.sock",
    )];
  }
  if (isSamePlace(listensAt, serverUrl)) return [ok("address", serverUrl)];
  return [warn(
    "address",
    `supervisorctl asks ${serverUrl}, and by ${ctlFile} the daemon listens at ${listensAt}`,
    `set serverurl = ${listensAt} in [supervisorctl], if that daemon is meant`,
  )];
}

function isSamePlace(one: string, other: string): boolean {
  const plain = (url: string) =>
    url.replace(/\/$/, "").replace("127.0.0.1", "localhost").replace("[::1]", "localhost");
  return plain(one) === plain(other);
}

/** The finding about the connection: also what follows a failed action on a terminal. */
export function connection(facts: Facts): Finding[] {
  const { reach, serverUrl } = facts;
  switch (reach.kind) {
    case "answers": {
      const text = `pid ${reach.pid ?? "unknown"} answers at ${serverUrl}, state ${reach.state}`;
      return [ok("daemon", text)];
    }
    case "refuses":
      return [refused(facts, reach.status)];
    case "unreachable":
      return [unreachable(facts, reach.code, reach.text)];
    case "fails":
      return [problem("daemon", `${serverUrl}: ${reach.text}`, "is it supervisord that listens?")];
  }
}

function refused({ serverUrl, hasCredentials, ctlFile }: Facts, status: number): Finding {
  if (status === 401) {
    const text = hasCredentials
      ? `${serverUrl} does not accept these credentials`
      : `${serverUrl} asks for a user name and a password`;
    return problem(
      "daemon",
      text,
      `username and password in [supervisorctl] of ${ctlFile ?? "its file"} must be those of the ` +
        "server's section; or give -u and -p",
    );
  }
  if (status === 403) {
    const text = `${serverUrl} knows who asks, and does not allow it (403)`;
    return problem("daemon", text, "use a token or a user with a role that may");
  }
  const text = `${serverUrl} answers with HTTP status ${status}`;
  return problem("daemon", text, "is it supervisord that listens there?");
}

function unreachable(facts: Facts, code: string, text: string): Finding {
  const { serverUrl, socket, user } = facts;
  switch (code) {
    case "ENOENT":
      return problem("daemon", `${serverUrl}: there is no such socket`, ...whereIsIt(facts));
    case "ECONNREFUSED": {
      const left = socket === null
        ? `${serverUrl}: nothing listens there`
        : `${serverUrl}: nothing listens at this socket, which a daemon has left behind`;
      return problem("daemon", left, ...whereIsIt(facts));
    }
    case "EACCES":
    case "EPERM": {
      const mode = socket === null || socket.kind === "missing"
        ? ""
        : ` (mode ${socket.mode.toString(8).padStart(4, "0")}, owner uid ${socket.uid})`;
      return problem(
        "daemon",
        `${serverUrl}: ${user} may not connect${mode}`,
        "run supervisorctl as the socket's owner or with sudo",
        "or set chmod = 0770 and chown = USER:GROUP in [unix_http_server]",
      );
    }
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return problem("daemon", `${serverUrl}: the host name is not known`, "correct serverurl");
    default:
      return problem("daemon", `${serverUrl}: ${text}`, ...whereIsIt(facts));
  }
}

/** The daemon runs with another file, or it does not run. */
function whereIsIt({ daemons, ctlFile, pidfile }: Facts): string[] {
  const own = pidfile?.isAlive === true ? pidfile.pid : null;
  const others = daemons.filter(({ pid }) => pid !== own).slice(0, 3);
  const start = ctlFile === null ? "supervisord -c FILE" : `supervisord -c ${ctlFile}`;
  if (daemons.length === 0 && own === null) return [`no supervisord runs: ${start}`];
  return [
    ...own === null ? [] : [`pid ${own} of ${pidfile?.path} is alive: it may listen elsewhere`],
    ...others.map(describeDaemon),
    ...own === null ? [`to start one with this file: ${start}`] : [],
  ];
}

function describeDaemon({ pid, configFile }: RunningDaemon): string {
  return configFile === null
    ? `a supervisord runs as pid ${pid} with a file of its search path; ask it with -c FILE`
    : `a supervisord runs as pid ${pid} with ${configFile}: supervisorctl -c ${configFile} …`;
}

function versions({ reach, build }: Facts): Finding[] {
  if (reach.kind !== "answers") return [ok("version", `supervisorctl ${build}`)];
  if (reach.build === null) {
    const text = `the daemon is Supervisor ${reach.version}; supervisorctl is ${build}`;
    return [ok("version", text)];
  }
  if (reach.build === build) return [ok("version", build)];
  const text = `the daemon is ${reach.build}, supervisorctl is ${build}`;
  return [warn("version", text, "supervisorctl upgrade makes the daemon the new one, in place")];
}

const SHOWN = 5;

function processes({ reach }: Facts): Finding[] {
  if (reach.kind !== "answers") return [];
  const total = `${reach.processes.length} processes`;
  const bad = reach.processes.filter(({ state }) =>
    ["FATAL", "BACKOFF", "UNKNOWN"].includes(state)
  );
  if (bad.length === 0) return [ok("processes", `${total}, none of them failing`)];
  const named = bad.slice(0, SHOWN).map(({ name, state }) => `${name} ${state}`).join(", ");
  const more = bad.length > SHOWN ? " …" : "";
  const action = `supervisorctl status -v ${bad[0]?.name} tells why`;
  return [warn("processes", `${bad.length} of ${total} fail: ${named}${more}`, action)];
}

const LITTLE_BYTES = 100 * 1024 * 1024;

function places(facts: Facts): Finding[] {
  return [...facts.directories.map((each) => place(each, facts)), ...descriptors(facts)];
}

function place(directory: DirectoryFacts, { uid, user }: Facts): Finding {
  const { what, path, exists, isWritable, freeBytes } = directory;
  const name = `the directory ${what}, ${path},`;
  if (!exists) return problem("logs", `${name} is not there`, `mkdir -p ${path}`);
  if (freeBytes !== null && freeBytes < LITTLE_BYTES) {
    const left = `${Math.floor(freeBytes / 1024 / 1024)} MiB`;
    return warn("logs", `${name} has ${left} left`, "make room: what does not fit is not logged");
  }
  if (!isWritable && uid !== 0) {
    const text = `${name} cannot be written by ${user}`;
    return warn("logs", text, "that is right if the daemon runs as somebody who can");
  }
  return ok("logs", `${path} can be written`);
}

function descriptors({ descriptors: limit }: Facts): Finding[] {
  if (limit === null) return [];
  const text = `up to ${limit.hard} open files; minfds wants ${limit.wanted}`;
  if (limit.hard >= limit.wanted) return [ok("limits", text)];
  return [warn("limits", text, "raise the hard limit (ulimit -Hn, LimitNOFILE=) or lower minfds")];
}

const MARKS = { ok: "ok", warning: "WARN", problem: "FAIL" } as const;

export function formatFindings(findings: readonly Finding[]): string {
  return findings.map(({ level, what, text, actions }) =>
    [
      `${MARKS[level].padEnd(5)} ${what.padEnd(14)} ${text}`,
      ...actions.map((action) => `${" ".repeat(21)}-> ${action}`),
    ].join("\n") + "\n"
  ).join("");
}

/** 0: nothing stands in the way; 1: something does. */
export function exitStatusOf(findings: readonly Finding[]): 0 | 1 {
  return findings.some(({ level }) => level === "problem") ? 1 : 0;
}
