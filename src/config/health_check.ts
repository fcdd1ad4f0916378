/**
 * The grammar of `readiness` and `healthcheck`: one word that says where to look, and options
 * behind it, divided as the words of a command are. `exec:` and `log:` take the rest of the line.
 */
import { parsePattern, PatternError } from "../pattern/pattern_tree.ts";
import type { Check, CheckRole, OnUnhealthy, StatusRange } from "../process/health.ts";
import { parseDuration } from "./duration.ts";
import { ValueError } from "./errors.ts";
import { nearestName } from "./nearest.ts";
import { parseInteger, repr } from "./python_text.ts";
import { splitCommand } from "./shell_words.ts";
import type { Kind } from "./values.ts";

const KINDS = ["http", "https", "tcp", "unix", "exec", "log", "file", "fd", "notify"] as const;

const WANTED =
  "http://…, https://…, tcp://host:port, unix:///path, exec:command, log:pattern, file:/path, " +
  "fd:3 or notify";

/** What answers without a word about it: nothing went wrong, and nobody is sent elsewhere in vain. */
const DEFAULT_STATUSES: readonly StatusRange[] = [[200, 399]];

function checkKind(role: CheckRole): Kind<Check> {
  return { name: "check", wanted: WANTED, convert: (text) => parseCheck(text, role) };
}

export const readinessCheck: Kind<Check> = checkKind("readiness");
export const healthCheck: Kind<Check> = checkKind("healthcheck");

const COUNT = "a whole number, at least 1";

export const atLeastOne: Kind<number> = {
  name: "integer",
  wanted: COUNT,
  convert(text) {
    const value = parseInteger(text);
    if (value !== undefined && value >= 1n && value <= 1_000_000n) return Number(value);
    throw new ValueError(`not a number of times: ${repr(text)}`, COUNT);
  },
};

const ON_UNHEALTHY: readonly string[] = ["restart", "stop", "event", "none"];
const ON_UNHEALTHY_WORDS = "restart, stop, event or none";

export const onUnhealthy: Kind<OnUnhealthy> = {
  name: ON_UNHEALTHY_WORDS,
  wanted: ON_UNHEALTHY_WORDS,
  convert(text) {
    const word = text.trim().toLowerCase();
    if (ON_UNHEALTHY.includes(word)) return word as OnUnhealthy;
    throw new ValueError(`not an action: ${repr(text)}`, ON_UNHEALTHY_WORDS);
  },
};

/** @throws ValueError */
export function parseCheck(text: string, role: CheckRole): Check {
  const written = text.trim();
  const colon = written.indexOf(":");
  const scheme = (colon === -1 ? written : written.slice(0, colon)).toLowerCase();
  const rest = colon === -1 ? "" : written.slice(colon + 1).trim();
  switch (scheme) {
    case "notify":
      if (colon !== -1) throw bad(text, "notify stands alone");
      return { kind: "notify" };
    case "exec":
      return execCheck(text, rest);
    case "log":
      return logCheck(text, rest);
    case "http":
    case "https":
      return httpCheck(text, written);
    case "tcp":
      return tcpCheck(text, rest);
    case "unix":
      return { kind: "unix", path: lonePath(text, rest) };
    case "file":
      return fileCheck(text, rest);
    case "fd":
      return descriptorCheck(text, rest, role);
    default:
      throw unknownKind(text, scheme);
  }
}

function bad(text: string, reason: string, wanted = WANTED): ValueError {
  return new ValueError(`not a valid check: ${repr(text)}: ${reason}`, wanted);
}

function unknownKind(text: string, scheme: string): ValueError {
  const near = nearestName(scheme, KINDS);
  return bad(text, near === null ? "unknown kind" : `unknown kind, did you mean ${near}?`);
}

function words(text: string, rest: string): readonly string[] {
  const split = splitCommand(rest);
  if (!split.ok) throw bad(text, split.reason);
  return split.words;
}

function execCheck(text: string, command: string): Check {
  if (words(text, command).length === 0) throw bad(text, "no command", "exec:command");
  return { kind: "exec", command };
}

function logCheck(text: string, pattern: string): Check {
  if (pattern === "") throw bad(text, "no pattern", "log:pattern");
  checkPattern(text, pattern);
  return { kind: "log", pattern };
}

function checkPattern(text: string, pattern: string): void {
  try {
    parsePattern(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw bad(text, error.message, "a regular expression");
  }
}

function tcpCheck(text: string, rest: string): Check {
  const match = /^\/\/(\[[0-9A-Fa-f:.]+\]|[^\s:/[\]]+):(\d{1,5})\/?$/.exec(rest);
  const port = Number(match?.[2]);
  if (match === null || port < 1 || port > 65535) {
    throw bad(text, "a host and a port from 1 to 65535 are needed", "tcp://host:port");
  }
  return { kind: "tcp", host: (match[1] ?? "").replace(/^\[|\]$/g, ""), port };
}

function pathOf(text: string, word: string | undefined): string {
  const path = word?.replace(/^\/\//, "") ?? "";
  if (!path.startsWith("/")) {
    throw bad(text, "the path must be absolute", "unix:///path, file:/path");
  }
  return path;
}

function lonePath(text: string, rest: string): string {
  const [word, ...more] = words(text, rest);
  if (more.length > 0) throw bad(text, `unknown option ${repr(more[0] ?? "")}`);
  return pathOf(text, word);
}

const FILE_WANTED = "file:/path, perhaps with max_age=30s";

function fileCheck(text: string, rest: string): Check {
  const [word, ...options] = words(text, rest);
  let maxAgeMs: number | null = null;
  for (const option of options) {
    const [name, value] = divide(option);
    if (name !== "max_age") throw bad(text, `unknown option ${repr(option)}`, FILE_WANTED);
    maxAgeMs = parseDuration(value);
  }
  return { kind: "file", path: pathOf(text, word), maxAgeMs };
}

const LEAST_FD = 3;
const MOST_FD = 99;

function descriptorCheck(text: string, rest: string, role: CheckRole): Check {
  const fd = /^\d{1,3}$/.test(rest) ? Number(rest) : -1;
  if (fd < LEAST_FD || fd > MOST_FD) {
    throw bad(text, `a descriptor from ${LEAST_FD} to ${MOST_FD} is needed`, "fd:3");
  }
  if (role === "healthcheck") {
    throw bad(text, "a descriptor tells that a program is ready, not how it is after that");
  }
  return { kind: "fd", fd };
}

/** `name=value`; a word without `=` has no value. */
function divide(option: string): [name: string, value: string] {
  const equals = option.indexOf("=");
  return equals === -1 ? [option, ""] : [option.slice(0, equals), option.slice(equals + 1)];
}

const HTTP_OPTIONS = ["status", "body", "header", "verify"];

function httpCheck(text: string, written: string): Check {
  const [address = "", ...options] = words(text, written);
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || url.hostname === "" || !/^https?:\/\/[^/]/i.test(address)) {
    throw bad(text, "not a URL", "http://host:port/path");
  }
  let statuses = DEFAULT_STATUSES;
  let body: (Check & { kind: "http" })["body"] = null;
  let verify = true;
  const headers: [string, string][] = [];
  for (const option of options) {
    const [name, value] = divide(option);
    switch (name) {
      case "status":
        statuses = statusRanges(text, value);
        break;
      case "body":
        body = bodyMatch(text, value);
        break;
      case "header":
        headers.push(header(text, value));
        break;
      case "verify":
        if (value !== "yes" && value !== "no") throw bad(text, "verify is yes or no");
        verify = value === "yes";
        break;
      default: {
        const near = nearestName(name, HTTP_OPTIONS);
        const hint = near === null ? "" : `, did you mean ${near}=?`;
        throw bad(
          text,
          `unknown option ${repr(option)}${hint}`,
          "status=, body=, header=, verify=",
        );
      }
    }
  }
  return { kind: "http", url: url.href, statuses, body, headers, verify };
}

function statusRanges(text: string, value: string): StatusRange[] {
  return value.split(",").map((part): StatusRange => {
    const match = /^(\d{3})(?:-(\d{3}))?$/.exec(part);
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (match === null || first < 100 || last < first) {
      throw bad(text, `not a list of status codes: ${repr(value)}`, "status=200-299,304");
    }
    return [first, last];
  });
}

/** `/pattern/` or plain text. */
function bodyMatch(text: string, value: string): { text: string } | { pattern: string } {
  if (value === "") throw bad(text, "body= needs a text, or a /pattern/");
  const pattern = /^\/(.+)\/$/s.exec(value)?.[1];
  if (pattern === undefined) return { text: value };
  checkPattern(text, pattern);
  return { pattern };
}

function header(text: string, value: string): [string, string] {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)$/.exec(value);
  if (match === null) throw bad(text, `not a header: ${repr(value)}`, 'header="Name: value"');
  return [match[1] ?? "", match[2] ?? ""];
}
