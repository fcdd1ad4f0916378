/**
 * Settings that Supervisor reads as well and that come to something else here: what, and what to
 * do. README.md lists all differences with their reasons; these are those that a line of a
 * configuration brings about.
 */
import type { IniEntry, IniSection } from "./ini.ts";

export interface Change {
  readonly note: string;
  /** null: nothing has to be done. */
  readonly action: string | null;
}

interface Rule extends Change {
  readonly section: RegExp;
  readonly key: RegExp;
  readonly applies: (value: string, section: IniSection) => boolean;
}

const PROGRAM = /^(program|fcgi-program|eventlistener):/;
const STREAM = /^\/dev\/(stdout|stderr|tty|pts\/.*|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/;
const always = () => true;
const valueOf = (section: IniSection, key: string) => section.entries.get(key)?.value ?? "";
const isTrue = (value: string) => /^(yes|true|on|1)$/i.test(value);

const RULES: readonly Rule[] = [
  {
    section: /^supervisord$/,
    key: /^minfds$/,
    applies: always,
    note:
      "the soft limit is raised to the hard limit, for the daemon and its programs, not to this",
    action: null,
  },
  {
    section: /^supervisord$/,
    key: /^logfile$/,
    applies: (value) => STREAM.test(value),
    note: "in the foreground each line is written once, not twice",
    action: null,
  },
  {
    section: /_http_server/,
    key: /^password$/,
    applies: (value) => value.startsWith("$scrypt$"),
    note: "this is taken for the hash of the password, not for the password",
    action: "hash it again with supervisord hash-password, if it is none",
  },
  {
    section: PROGRAM,
    key: /^std(out|err)_logfile$/,
    applies: (value) => value.includes("%%%%"),
    note: "log paths are expanded once here: this gives two percent signs",
    action: "write %% for one percent sign",
  },
  {
    section: PROGRAM,
    key: /^std(out|err)_logfile$/,
    applies: (value) => STREAM.test(value),
    note: "it is never rotated, whatever maxbytes is, and a stuck reader does not hold the daemon",
    action: null,
  },
  {
    section: PROGRAM,
    key: /^startsecs$/,
    applies: (value, section) => value === "0" && isTrue(valueOf(section, "autorestart")),
    note: "a program that ends at once is started again at once, not a second later",
    action: "set startsecs = 1 or more, or restart_delay",
  },
  {
    section: PROGRAM,
    key: /^startretries$/,
    applies: (value) => !/^[+-]?\d+$/.test(value) && !value.includes("%("),
    note: "Supervisor refuses this spelling",
    action: "for a file that serves both, write startretries_unlimited = true",
  },
  {
    section: PROGRAM,
    key: /^stopsignal$/,
    applies: (value) => /[,:]/.test(value),
    note: "Supervisor refuses this spelling",
    action: "for a file that serves both, write it as stop_signals",
  },
  {
    section: /^eventlistener:/,
    key: /^events$/,
    applies: overlap,
    note: "an event that several of these names mean is delivered once, not once for each",
    action: null,
  },
];

function overlap(value: string): boolean {
  const names = value.split(",").map((name) => name.trim().toUpperCase());
  return names.some((name, i) =>
    names.some((other, j) => i !== j && (name === "EVENT" || `${other}_`.startsWith(`${name}_`)))
  );
}

/** null: it means what it means in Supervisor. */
export function changeOf(section: IniSection, { key, value }: IniEntry): Change | null {
  const found = RULES.find((rule) =>
    rule.section.test(section.name) && rule.key.test(key) && rule.applies(value, section)
  );
  return found === undefined ? null : { note: found.note, action: found.action };
}
