/** Logs that will be lost, or that end up elsewhere. */
import { type Diagnostic, warning } from "../diagnostics.ts";
import type { ChannelSpec, ProcessSpec } from "../types.ts";
import { type LintSubject, placeOf, programPlace, programs } from "./subject.ts";

/** `%%%%` was needed where log paths were expanded twice. */
export function doubledPercents({ document }: LintSubject): Diagnostic[] {
  return document.sections().flatMap(({ entries }) =>
    [...entries.values()]
      .filter(({ key, value }) => /^std(out|err)_logfile$/.test(key) && value.includes("%%%%"))
      .map((entry) =>
        warning(
          document,
          placeOf(entry),
          "log paths are expanded once here: this gives two percent signs",
          "write %% for one percent sign",
        )
      )
  );
}

const UNSEEKABLE = /^\/dev\/(stdout|stderr|tty|pts\/.*|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/;

interface Channel {
  readonly name: "stdout" | "stderr";
  readonly spec: ChannelSpec;
}

function channels(process: ProcessSpec): Channel[] {
  return [{ name: "stdout", spec: process.stdout }, { name: "stderr", spec: process.stderr }];
}

/** Works here, and fails on every write with Supervisor, which tries to rotate a pipe. */
export function rotatedStreams(subject: LintSubject): Diagnostic[] {
  return programs(subject).flatMap((process) =>
    channels(process).flatMap(({ name, spec }) => {
      if (spec.log.kind !== "file" || spec.maxBytes === 0) return [];
      if (!UNSEEKABLE.test(spec.log.path)) return [];
      const place = programPlace(subject, process, `${name}_logfile`);
      const message = `${spec.log.path} cannot be rotated`;
      return [warning(subject.document, place, message, `set ${name}_logfile_maxbytes=0`)];
    })
  );
}

/** Only a log file or stream holds a program up; what else takes its lines drops them. */
export function idleLogPolicies(subject: LintSubject): Diagnostic[] {
  const listeners = new Set(
    subject.config.groups.filter(({ kind }) => kind === "eventlistener").map(({ name }) => name),
  );
  return programs(subject).flatMap((process) =>
    channels(process).flatMap(({ name, spec }) => {
      if (spec.extras?.policy !== "block") return [];
      const isConversation = name === "stdout" && listeners.has(process.group);
      const found = isConversation
        ? ["does nothing: this is the conversation of an event listener", "leave it out"]
        : limitOfPolicy(process, name, spec);
      if (found === null) return [];
      const [problem, hint = ""] = found;
      const key = `${name}_log_policy`;
      const place = programPlace(subject, process, key);
      return [warning(subject.document, place, `${key}=block ${problem}`, hint)];
    })
  );
}

function limitOfPolicy(
  { redirectStderr }: ProcessSpec,
  name: Channel["name"],
  { log, syslog, extras }: ChannelSpec,
): [problem: string, hint: string] | null {
  if (name === "stderr" && redirectStderr) {
    return [
      "does nothing with redirect_stderr=true",
      "set stdout_log_policy, which holds for both",
    ];
  }
  const others = [
    ...(syslog ? ["syslog"] : []),
    ...(extras?.journald === true ? ["the journal"] : []),
  ].join(" and ");
  if (log.kind === "none") {
    const problem = others === ""
      ? "does nothing without a log"
      : `does nothing without a log file: lines for ${others} are dropped when it is too slow`;
    return [problem, `set ${name}_logfile, or leave the policy out`];
  }
  if (others === "") return null;
  return [
    `is about the log file alone: lines for ${others} are dropped when it is too slow`,
    `keep in mind that only ${name}_logfile has every line`,
  ];
}

/** Each writer would rotate the file away under the other. */
export function sharedLogs(subject: LintSubject): Diagnostic[] {
  const writers = new Map<string, { process: ProcessSpec; channel: string }>();
  const found: Diagnostic[] = [];
  const reported = new Set<string>();
  for (const { processes } of subject.config.groups) {
    for (const process of processes) {
      for (const { name, spec } of channels(process)) {
        if (spec.log.kind !== "file" || spec.maxBytes === 0) continue;
        const { path } = spec.log;
        const other = writers.get(path);
        writers.set(path, { process, channel: name });
        if (other === undefined || path.startsWith("/dev/") || reported.has(path)) continue;
        reported.add(path);
        const place = programPlace(subject, process, `${name}_logfile`);
        const who = `${other.process.name} (${other.channel}) and ${process.name} (${name})`;
        const hint = shareHint(other.process, process);
        const message = `${who} write and rotate the same file`;
        found.push(warning(subject.document, place, message, hint));
      }
    }
  }
  return found;
}

function shareHint(first: ProcessSpec, second: ProcessSpec): string {
  if (first === second) return "use redirect_stderr=true for both in one file";
  if (first.program === second.program) return "put %(process_num)d into the path";
  return "give each its own file, or set the maxbytes of both to 0";
}
