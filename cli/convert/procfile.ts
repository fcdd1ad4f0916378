/**
 * A Procfile: `name: command` in each line, as foreman, honcho and many hosting services run it.
 *
 * @see https://ddollar.github.io/foreman/
 */
import {
  type Conversion,
  environmentValue,
  needsShell,
  programName,
  ProgramWriter,
  throughShell,
} from "./section.ts";

/** What foreman gives to the first process; each following one gets 100 more. */
const FIRST_PORT = 5000;
const PORT_STEP = 100;

/** @returns in the order of the file; empty if there is no such line */
export function convertProcfile(text: string): Conversion[] {
  const lines = text.split("\n").map((line) => /^([A-Za-z0-9_-]+):\s*(\S.*?)\s*$/.exec(line))
    .filter((match) => match !== null);
  return lines.map(([, name = "", command = ""], i) =>
    convertLine(name, command, FIRST_PORT + i * PORT_STEP)
  );
}

function convertLine(name: string, command: string, port: number): Conversion {
  const writer = new ProgramWriter(programName(name));
  const isShell = needsShell(command);
  writer.set("command", isShell ? throughShell(command) : fromHere(command));
  writer.set("directory", "%(here)s");
  if (/\bPORT\b/.test(command)) {
    writer.set("environment", environmentValue(new Map([["PORT", String(port)]])));
  }
  if (name === "release") {
    writer.set("autostart", "false");
    writer.set("autorestart", "false");
    writer.set("startsecs", "0");
    writer.note("release runs before a deployment: supervisorctl run --wait release");
  } else writer.set("autorestart", "true");
  writer.set("redirect_stderr", "true");
  if (isShell) {
    writer.set("stopasgroup", "true");
    writer.set("killasgroup", "true");
  }
  return writer.finish();
}

/**
 * A file beside the Procfile (`bin/work`, `./work`): a shell would find it after changing to the
 * directory, but a program's command is looked for from where the daemon stands.
 */
function fromHere(command: string): string {
  const [file = ""] = /^[^\s'"]*/.exec(command) ?? [];
  if (!file.includes("/") || file.startsWith("/")) return command;
  return `%(here)s/${command.replace(/^(?:\.\/)+/, "")}`;
}
