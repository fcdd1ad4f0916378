/**
 * The quick way to [supervisorctl]. The general reader goes through a file line by line and brings
 * all rules of all sections with it: 10 ms of a `supervisorctl status` that has 18, when there are
 * 200 programs in the file. Here two searches inside the engine tell that the file holds nothing
 * unusual, and only the lines of the one section are looked at.
 *
 * Everything that is unusual (an error, an expansion, [DEFAULT], plugins, a value of several lines)
 * is left to load.ts, so that there is one place for the rules.
 */
import { absolutePath } from "./paths.ts";
import type { CtlConfig } from "./types.ts";

/**
 * A line that is neither blank, comment, header, key=value nor, being indented, the continuation of
 * a value. Characters that only Python takes for white space are unusual, too.
 */
const UNUSUAL_LINE =
  // deno-lint-ignore no-control-regex
  /^(?![ \t]*$|[;#]|[ \t]+\S|\[[^\]\n;#]+\][^\]\n]*$|[^\s=:;#[][^=:;#\n]*[=:])|[\0-\x08\x0b-\x1f\x7f-\x9f]/m;

/** An indented line with no value before it that it could continue. */
const UNUSUAL_INDENT = /^\[[^\n]*\n(?:[ \t]*\n|[;#][^\n]*\n)*[ \t]+\S/m;

const STARTS_WITH_HEADER = /^(?:[;#][^\n]*\n|[ \t]*\n)*\[/;

const HEADER = "[supervisorctl]";
/** Tokens and certificates stand in files of their own; and what is unknown here may be known there. */
const PLAIN_KEYS = new Set(["serverurl", "username", "password", "prompt", "history_file"]);
const KEY = /^([A-Za-z0-9_.-]+)[ \t]*[=:](.*)$/;
const ASCII = /^[\t\x20-\x7e]*$/;

/**
 * @param text of the file as it was read, includes and all
 * @param cwd what relative paths start from
 * @returns null: load.ts has to look at it
 */
export function readPlainCtlConfig(text: string, cwd: string): CtlConfig | null {
  if (!STARTS_WITH_HEADER.test(text) || UNUSUAL_LINE.test(text) || UNUSUAL_INDENT.test(text)) {
    return null;
  }
  if (text.includes("[DEFAULT]") || text.includes("[ctlplugin:")) return null;
  const section = onlySection(text);
  const values = section === null ? null : plainValues(section);
  if (values === null) return null;
  for (const key of values.keys()) if (!PLAIN_KEYS.has(key)) return null;
  const url = values.get("serverurl") ?? "http://localhost:9001";
  const history = values.get("history_file") ?? "";
  const unix = "unix://";
  return {
    serverUrl: url.startsWith(unix) ? unix + absolutePath(url.slice(unix.length), cwd) : url,
    username: values.get("username") ?? null,
    password: values.get("password") ?? null,
    prompt: values.get("prompt") ?? "supervisor",
    historyFile: history === "" ? null : absolutePath(history, cwd),
  };
}

/** What stands under the header, if there is exactly one. */
function onlySection(text: string): string | null {
  const lines = `\n${text}`;
  const start = lines.indexOf(`\n${HEADER}`);
  if (start === -1 || lines.includes(`\n${HEADER}`, start + 1)) return null;
  const body = lines.indexOf("\n", start + 1);
  if (body === -1) return "";
  const end = lines.indexOf("\n[", body);
  return lines.slice(body, end === -1 ? lines.length : end);
}

function plainValues(section: string): Map<string, string> | null {
  const values = new Map<string, string>();
  for (const line of section.split("\n")) {
    if (line === "" || line.startsWith(";") || line.startsWith("#")) continue;
    const match = KEY.exec(line);
    if (match === null || !ASCII.test(line)) return null;
    const value = plainValue(match[2] as string);
    if (value === null) return null;
    values.set((match[1] as string).toLowerCase(), value);
  }
  return values;
}

/** Without the comment behind it; null where that, an expansion or a home directory needs care. */
function plainValue(text: string): string | null {
  if (text.includes("%") || text.includes("#") || text.includes("~")) return null;
  const mark = text.indexOf(";");
  if (mark === -1) return text.trim();
  return /[ \t]$/.test(text.slice(0, mark)) ? text.slice(0, mark).trim() : null;
}
