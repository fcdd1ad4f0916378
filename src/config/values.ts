/**
 * The kinds of values: text to typed value, or a ValueError with the reference's text.
 * Option tables (options/) and command lines (cli/argv.ts) use the same ones.
 */
import { isKnownSignal, signalNumber } from "../process/signals.ts";
import { parseEnvironmentList } from "./environment_list.ts";
import { ValueError } from "./errors.ts";
import { directoryOf, expandHome } from "./paths.ts";
import { integerErrorText, parseInteger, repr, strip } from "./python_text.ts";
import type { LevelName, LoadEnvironment } from "./types.ts";
import type { Autorestart } from "../process/machine_types.ts";

/** What some kinds look up in the outside world. */
export type ValueHost = Pick<LoadEnvironment, "stat" | "home" | "users">;

export interface Kind<T> {
  /** Short name for the option reference. */
  readonly name: string;
  /** What would be right, for messages: "a whole number". */
  readonly wanted: string;
  readonly convert: (text: string, host: ValueHost) => T;
}

const WHOLE_NUMBER = "a whole number";

function parseBig(text: string, wanted: string): bigint {
  const value = parseInteger(text);
  if (value === undefined) throw new ValueError(integerErrorText(text), wanted);
  return value;
}

export const integer: Kind<number> = {
  name: "integer",
  wanted: WHOLE_NUMBER,
  convert: (text) => Number(parseBig(text, WHOLE_NUMBER)),
};

const SECONDS = "a whole number of seconds, at least 1";

/** A time limit; a day at most, which is longer than anybody waits. */
export const seconds: Kind<number> = {
  name: "seconds",
  wanted: SECONDS,
  convert(text) {
    const value = parseBig(text, SECONDS);
    if (value >= 1n && value <= 86_400n) return Number(value);
    throw new ValueError(`not between 1 and 86400 seconds: ${repr(text)}`, SECONDS);
  },
};

const TRUE_WORDS = ["yes", "true", "on", "1"];
const FALSE_WORDS = ["no", "false", "off", "0"];
const BOOLEAN = "true or false (yes/no, on/off, 1/0)";

export const boolean: Kind<boolean> = {
  name: "boolean",
  wanted: BOOLEAN,
  convert(text) {
    const word = text.toLowerCase();
    if (TRUE_WORDS.includes(word)) return true;
    if (FALSE_WORDS.includes(word)) return false;
    throw new ValueError(`not a valid boolean value: ${repr(text)}`, BOOLEAN);
  },
};

const AUTORESTART = "true, false or unexpected";

export const autorestart: Kind<Autorestart> = {
  name: "true, false or unexpected",
  wanted: AUTORESTART,
  convert(text) {
    const word = text.toLowerCase();
    if (TRUE_WORDS.includes(word)) return "always";
    if (FALSE_WORDS.includes(word)) return "never";
    if (word === "unexpected") return "unexpected";
    throw new ValueError(`invalid 'autorestart' value ${repr(word)}`, AUTORESTART);
  },
};

const UNITS = [["kb", 1024], ["mb", 1024 ** 2], ["gb", 1024 ** 3]] as const;
const BYTES = "a number of bytes, perhaps with KB, MB or GB";

export const byteSize: Kind<number> = {
  name: "bytes",
  wanted: BYTES,
  convert(text) {
    const lower = text.toLowerCase();
    const unit = UNITS.find(([suffix]) => lower.endsWith(suffix));
    if (unit === undefined) return Number(parseBig(lower, BYTES));
    return Number(parseBig(lower.slice(0, -2), BYTES)) * unit[1];
  },
};

const OCTAL = "an octal number such as 022";

export const octal: Kind<number> = {
  name: "octal number",
  wanted: OCTAL,
  convert(text) {
    const value = parseInteger(text, 8);
    if (value === undefined) {
      throw new ValueError(`${text} can not be converted to an octal type`, OCTAL);
    }
    return Number(value);
  },
};

const SIGNAL = "a signal name or number such as TERM";

export const signal: Kind<number> = {
  name: "signal",
  wanted: SIGNAL,
  convert(text) {
    const value = parseInteger(text);
    if (value === undefined) {
      const number = signalNumber(strip(text));
      if (number !== undefined) return number;
      throw new ValueError(`value ${repr(text)} is not a valid signal name`, SIGNAL);
    }
    const number = Number(value);
    if (isKnownSignal(number)) return number;
    throw new ValueError(`value ${repr(text)} is not a valid signal number`, SIGNAL);
  },
};

const EXIT_CODES = "numbers from 0 to 255, separated by commas";

export const exitCodes: Kind<readonly number[]> = {
  name: "list of exit codes",
  wanted: EXIT_CODES,
  convert(text) {
    if (text === "") return [];
    return text.split(",").map((part) => {
      const code = parseInteger(part);
      if (code !== undefined && code >= 0n && code <= 255n) return Number(code);
      throw new ValueError(`not a valid list of exit codes: ${repr(text)}`, EXIT_CODES);
    });
  },
};

export const list: Kind<readonly string[]> = {
  name: "list",
  wanted: "words separated by commas",
  convert: (text) => text === "" ? [] : text.split(",").map(strip),
};

/** One a line, or separated by commas; empty ones do not count. */
export const words: Kind<readonly string[]> = {
  name: "list",
  wanted: "words separated by commas",
  convert: (text) => text.split(/[,\n]/).map(strip).filter((word) => word !== ""),
};

export const text: Kind<string> = {
  name: "text",
  wanted: "text",
  convert: (value) => value,
};

const LEVELS: readonly string[] = [
  "critical",
  "error",
  "warn",
  "info",
  "debug",
  "trace",
  "blather",
];
const LEVEL = "critical, error, warn, info, debug, trace or blather";

function isLevel(word: string): word is LevelName {
  return LEVELS.includes(word);
}

export const logLevel: Kind<LevelName> = {
  name: "log level",
  wanted: LEVEL,
  convert(value) {
    const word = value.toLowerCase();
    if (isLevel(word)) return word;
    throw new ValueError(`bad logging level name ${repr(value)}`, LEVEL);
  },
};

const DIRECTORY = "a directory that exists";

export const existingDirectory: Kind<string> = {
  name: "directory",
  wanted: DIRECTORY,
  convert(value, host) {
    const path = expandHome(value, host);
    if (path !== "" && host.stat(path)?.isDirectory === true) return path;
    throw new ValueError(`${value} is not an existing directory`, DIRECTORY);
  },
};

const FILE_PATH = "a path in a directory that exists";

/** The file itself need not exist. A bare file name is always fine. */
export const pathInDirectory: Kind<string> = {
  name: "path",
  wanted: FILE_PATH,
  convert(value, host) {
    const path = expandHome(value, host);
    const directory = directoryOf(path);
    if (directory === "" || host.stat(directory)?.isDirectory === true) return path;
    throw new ValueError(
      `The directory named as part of the path ${value} does not exist`,
      FILE_PATH,
    );
  },
};

/** What a program's `stdout_logfile` says; "syslog" is the old way to write stdout_syslog=true. */
export type ProgramLog =
  | { readonly kind: "none" }
  | { readonly kind: "auto" }
  | { readonly kind: "syslog" }
  | { readonly kind: "file"; readonly path: string };

export const programLog: Kind<ProgramLog> = {
  name: "path, AUTO or NONE",
  wanted: `AUTO, NONE or ${FILE_PATH}`,
  convert(value, host) {
    const word = value.toLowerCase();
    if (word === "" || word === "none" || word === "off") return { kind: "none" };
    if (word === "auto") return { kind: "auto" };
    if (word === "syslog") return { kind: "syslog" };
    return { kind: "file", path: pathInDirectory.convert(value, host) };
  },
};

const USER = "the name or number of a user of this system";

/** A user name or number to the number. */
export const user: Kind<number> = {
  name: "user",
  wanted: USER,
  convert(value, { users }) {
    const number = parseInteger(value);
    if (number === undefined) {
      const entry = users.userByName(value);
      if (entry !== null) return entry.uid;
      throw new ValueError(`Invalid user name ${value}`, USER);
    }
    if (users.userById(Number(number)) === null) {
      throw new ValueError(`Invalid user id ${value}`, USER);
    }
    return Number(number);
  },
};

function groupNumber(value: string, { users }: ValueHost): number {
  const number = parseInteger(value);
  const entry = number === undefined ? users.groupByName(value) : users.groupById(Number(number));
  if (entry === null) throw new ValueError(`Invalid group ${value}`, "a group of this system");
  return entry.gid;
}

const OWNER = "user or user:group, by name or number";

/** The gid -1 means that the group stays as it is. */
export const owner: Kind<{ readonly uid: number; readonly gid: number }> = {
  name: "user:group",
  wanted: OWNER,
  convert(value, host) {
    const colon = value.indexOf(":");
    if (colon === -1) return { uid: user.convert(value, host), gid: -1 };
    const uid = user.convert(value.slice(0, colon), host);
    return { uid, gid: groupNumber(value.slice(colon + 1), host) };
  },
};

const PORT = "a port from 1 to 65535";

export function portNumber(value: string): number {
  const port = parseBig(value, PORT);
  if (port < 1n) throw new ValueError(`${port} is below lower bound (1)`, PORT);
  if (port > 65535n) throw new ValueError(`${port} is above upper bound (65535)`, PORT);
  return Number(port);
}

const ADDRESS = "host:port, *:port or port";

/** Host "" is every IPv4 interface. */
export const inetAddress: Kind<{ readonly host: string; readonly port: number }> = {
  name: "host:port",
  wanted: ADDRESS,
  convert(value) {
    const colon = value.lastIndexOf(":");
    if (colon === -1) {
      try {
        return { host: "", port: portNumber(value) };
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        // The space before the end is the reference's.
        throw new ValueError(`not a valid port number: ${repr(value)} `, ADDRESS);
      }
    }
    const digits = value.slice(colon + 1);
    if (digits === "") throw new ValueError("no port number specified in ''", ADDRESS);
    const port = portNumber(digits);
    const host = value.slice(0, colon).toLowerCase();
    return { host: host === "*" ? "" : host, port };
  },
};

export const environmentList: Kind<Readonly<Record<string, string>>> = {
  name: 'KEY="value" list',
  wanted: 'KEY="value" pairs separated by commas',
  convert: (value) => parseEnvironmentList(value),
};

const NAME = "a name without space, colon and slash";

/** A process or group name: what would break the event protocol or the web pages is refused. */
export const name: Kind<string> = {
  name: "name",
  wanted: NAME,
  convert(value) {
    const trimmed = strip(value);
    for (const character of " :/") {
      if (!trimmed.includes(character)) continue;
      throw new ValueError(
        `Invalid name: ${repr(value)} because of character: ${repr(character)}`,
        NAME,
      );
    }
    return trimmed;
  },
};
