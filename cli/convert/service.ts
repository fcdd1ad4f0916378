/** A systemd service as a program. @see systemd.service(5), systemd.exec(5), systemd.kill(5) */
import { PROGRAM } from "../../src/config/options/program.ts";
import {
  type Conversion,
  environmentValue,
  programName,
  ProgramWriter,
  quoted,
  throughShell,
} from "./section.ts";
import { assignments, secondsOf, UnitFile } from "./unit_file.ts";

/** Settings that this one converts, or that mean nothing without systemd. */
const READ = new Set(
  ("Unit.Description Unit.Documentation Unit.After Unit.Before Unit.Wants Unit.Requires " +
    "Unit.StartLimitBurst Unit.StartLimitIntervalSec Service.Type Service.ExecStart " +
    "Service.ExecStartPre Service.ExecStartPost Service.ExecStop Service.ExecStopPost " +
    "Service.ExecReload Service.Restart Service.RestartSec Service.User Service.Group " +
    "Service.WorkingDirectory Service.UMask Service.Environment Service.EnvironmentFile " +
    "Service.KillSignal Service.KillMode Service.TimeoutStopSec Service.TimeoutSec " +
    "Service.PIDFile Service.StandardOutput Service.StandardError Service.SuccessExitStatus " +
    "Service.WatchdogSec Service.LimitNOFILE Service.Nice Service.NotifyAccess " +
    "Service.SyslogIdentifier Install.WantedBy Install.Alias").split(" "),
);

/** @param fileName `web.service` @returns null if nothing is started by it */
export function convertService(text: string, fileName: string): Conversion | null {
  const unit = new UnitFile(text);
  if (unit.last("Service.ExecStart") === null) return null;
  const name = fileName.replace(/^.*\//, "").replace(/\.service$/, "").replace(/@.*$/, "");
  const writer = new ProgramWriter(programName(name));
  for (const part of [command, account, hooks, restarts, stopping, output, relations]) {
    part(unit, writer);
  }
  for (const setting of unit.names()) {
    if (!READ.has(setting)) writer.note(`${setting.replace(".", ": ")}= is not taken over`);
  }
  return writer.finish();
}

/** A key that this build may not have. */
function setIfKnown(writer: ProgramWriter, key: string, value: string, from: string): void {
  if (Object.values(PROGRAM).some((option) => option.key === key)) writer.set(key, value);
  else writer.note(`${from}= is not taken over`);
}

/** Without the prefixes that say how it is run, and what systemd fills in as far as we know it. */
function commandLine(written: string, writer: ProgramWriter): string {
  const plain = written.replace(/^[-@:+!|]+/, "").replaceAll("%%", "\0");
  if (/%[a-zA-Z]/.test(plain)) {
    writer.note(`fill in ${plain.match(/%[a-zA-Z]/g)?.join(", ")}, which systemd replaces`);
  }
  const line = plain.replaceAll("\0", "%");
  // systemd replaces variables, and nothing else that a shell would.
  return /\$/.test(line) ? throughShell(line) : line;
}

function command(unit: UnitFile, writer: ProgramWriter): void {
  const starts = unit.all("Service.ExecStart");
  if (starts.length > 1) writer.note("only the last ExecStart= is taken over");
  writer.set("command", commandLine(starts.at(-1) ?? "", writer));
  const type = unit.last("Service.Type") ?? "simple";
  const pidFile = unit.last("Service.PIDFile");
  if (type === "forking") {
    if (pidFile === null) writer.note("Type=forking without PIDFile=: start it in the foreground");
    else writer.set("pid_file", pidFile);
  } else if (type.startsWith("notify")) writer.set("readiness", "notify");
  else if (type === "oneshot") writer.set("startsecs", "0");
  else if (type === "dbus" || type === "idle") writer.note(`Type=${type} is taken for simple`);
  const watchdog = secondsOf(unit.last("Service.WatchdogSec") ?? "0");
  if (watchdog !== null && watchdog > 0) {
    writer.set("healthcheck", "notify");
    writer.set("healthcheck_interval", `${watchdog}`);
  }
}

function account(unit: UnitFile, writer: ProgramWriter): void {
  const user = unit.last("Service.User");
  if (user !== null) writer.set("user", user);
  const group = unit.last("Service.Group");
  if (group !== null && group !== user) {
    writer.note(`Group=${group}: a program has the groups of its user`);
  }
  const directory = unit.last("Service.WorkingDirectory");
  if (directory !== null) writer.set("directory", directory.replace(/^-/, ""));
  const umask = unit.last("Service.UMask");
  if (umask !== null) writer.set("umask", umask);
  const variables = new Map(unit.all("Service.Environment").flatMap(assignments));
  if (variables.size > 0) writer.set("environment", environmentValue(variables));
  const files = unit.all("Service.EnvironmentFile");
  if (files.length > 0) {
    setIfKnown(writer, "environment_files", files.join(", "), "EnvironmentFile");
  }
  const descriptors = unit.last("Service.LimitNOFILE");
  if (descriptors !== null) setIfKnown(writer, "rlimit_nofile", descriptors, "LimitNOFILE");
  const nice = unit.last("Service.Nice");
  if (nice !== null) setIfKnown(writer, "nice", nice, "Nice");
}

const HOOKS = [
  ["Service.ExecStartPre", "pre_start"],
  ["Service.ExecStartPost", "post_start"],
  ["Service.ExecStop", "stop_command"],
  ["Service.ExecStopPost", "post_stop"],
] as const;

function hooks(unit: UnitFile, writer: ProgramWriter): void {
  for (const [setting, key] of HOOKS) {
    const lines = unit.all(setting);
    if (lines.length === 0) continue;
    if (lines.some((line) => line.includes("$MAINPID"))) {
      writer.note(
        `${setting.replace("Service.", "")}= uses $MAINPID: see stopsignal, stop_signals`,
      );
      continue;
    }
    const commands = lines.map((line) =>
      `${commandLine(line, writer)}${/^[@:+!|]*-/.test(line) ? " || true" : ""}`
    );
    const [only = ""] = commands;
    const isPlain = commands.length === 1 && !only.endsWith("|| true");
    writer.set(key, isPlain ? only : `sh -c ${quoted(commands.join(" && "))}`);
  }
  const reload = unit.all("Service.ExecReload").at(-1);
  if (reload === undefined) return;
  const signal = /\bkill\s+-(?:s\s*)?(?:SIG)?([A-Z0-9]+)\s+\$\{?MAINPID\}?$/.exec(reload)?.[1];
  if (signal !== undefined) writer.set("reload_signal", signal);
  else if (reload.includes("$MAINPID")) writer.note("ExecReload= uses $MAINPID: see reload_signal");
  else writer.set("reload_command", commandLine(reload, writer));
}

const RESTARTS: Readonly<Record<string, string>> = {
  no: "false",
  always: "true",
  "on-failure": "unexpected",
  "on-abnormal": "unexpected",
  "on-abort": "unexpected",
  "on-watchdog": "unexpected",
};

function restarts(unit: UnitFile, writer: ProgramWriter): void {
  const restart = unit.last("Service.Restart") ?? "no";
  const autorestart = RESTARTS[restart];
  writer.set("autorestart", autorestart ?? "true");
  if (autorestart === undefined || /^on-(?!failure)/.test(restart)) {
    writer.note(`Restart=${restart} has no exact counterpart`);
  }
  const codes = (unit.last("Service.SuccessExitStatus") ?? "").match(/\b\d+\b/g) ?? [];
  if (codes.length > 0) writer.set("exitcodes", ["0", ...codes].join(","));
  const delay = secondsOf(unit.last("Service.RestartSec") ?? "");
  if (delay !== null && delay > 0) writer.set("restart_delay", `${Math.round(delay * 1000)}ms`);
  const burst = unit.last("Unit.StartLimitBurst");
  if (burst === null || restart === "no") return;
  const interval = secondsOf(unit.last("Unit.StartLimitIntervalSec") ?? "10");
  if (interval !== null && interval > 0) writer.set("restart_limit", `${burst}/${interval}s`);
}

function stopping(unit: UnitFile, writer: ProgramWriter): void {
  const signal = unit.last("Service.KillSignal");
  if (signal !== null) writer.set("stopsignal", signal.replace(/^SIG/, ""));
  const patience = unit.last("Service.TimeoutStopSec") ?? unit.last("Service.TimeoutSec");
  const waits = patience === null ? 90 : secondsOf(patience);
  if (waits === null) writer.note(`TimeoutStopSec=${patience}: stopwaitsecs has to be a number`);
  else writer.set("stopwaitsecs", String(Math.max(1, Math.ceil(waits))));
  const mode = unit.last("Service.KillMode") ?? "control-group";
  if (mode === "control-group") writer.set("stopasgroup", "true");
  if (mode === "control-group" || mode === "mixed") writer.set("killasgroup", "true");
}

function output(unit: UnitFile, writer: ProgramWriter): void {
  for (const [setting, channel] of [["Output", "stdout"], ["Error", "stderr"]] as const) {
    const target = unit.last(`Service.Standard${setting}`);
    const file = /^(?:file|append|truncate):(.+)$/.exec(target ?? "")?.[1];
    if (file !== undefined) {
      const isSame = channel === "stderr" &&
        unit.last("Service.StandardOutput")?.endsWith(`:${file}`) === true;
      if (isSame) writer.set("redirect_stderr", "true");
      else writer.set(`${channel}_logfile`, file);
    } else if (target === "null") writer.set(`${channel}_logfile`, "NONE");
    else if (target === "inherit" && channel === "stderr") writer.set("redirect_stderr", "true");
  }
}

function relations(unit: UnitFile, writer: ProgramWriter): void {
  const needed = ["Requires", "Wants"].flatMap((key) => unit.all(`Unit.${key}`))
    .flatMap((value) => value.split(/\s+/)).filter((name) => name.endsWith(".service"))
    .map((name) => name.replace(/\.service$/, ""));
  if (needed.length === 0) return;
  const names = [...new Set(needed)].join(", ");
  writer.note(`if those become programs here as well: depends_on = ${names}`);
}
