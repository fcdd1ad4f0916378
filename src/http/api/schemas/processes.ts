/** Answers about processes, and to what is done to them. */
import * as v from "valibot";
import { described, flag, maybeNumber, maybeText, text } from "./values.ts";

export const Usage = v.object({
  cpuSeconds: v.number(),
  cpuPercent: described(maybeNumber, "of one CPU, since the look before; null at the first"),
  residentBytes: v.number(),
  processes: v.number(),
  threads: v.number(),
});

const Exit = v.object({ code: maybeNumber, signal: maybeText, text });
const blockedChannel = v.object({ seconds: v.number(), now: v.boolean() });

export const Process = v.object({
  name: text,
  group: text,
  namespec: text,
  program: text,
  state: text,
  description: text,
  pid: maybeNumber,
  uptimeSeconds: maybeNumber,
  startedAt: maybeText,
  stoppedAt: maybeText,
  starts: v.number(),
  restarts: described(v.number(), "those starts that nobody asked for"),
  tries: described(v.number(), "failed starts since the last that succeeded"),
  spawnError: maybeText,
  waitingFor: described(
    v.optional(text),
    "only of a process that would start but for what it depends on: see /why",
  ),
  priority: v.number(),
  tags: v.optional(described(v.array(text), "only of programs that have some")),
  autostart: flag,
  disabled: v.optional(described(flag, "true: it does not start with the daemon; see /disable")),
  scaled: v.optional(
    described(
      v.object({ configured: v.number(), numprocs: v.number() }),
      "only of a program whose number of processes was changed at run time",
    ),
  ),
  autorestart: v.picklist(["never", "unexpected", "always"]),
  lastExit: v.nullable(Exit),
  lastFailure: described(
    v.nullable(v.object({ failedAt: text, reason: text, hint: maybeText })),
    "the latest exit that was not expected, or failed start; more at /failures",
  ),
  logs: v.object({ stdout: maybeText, stderr: maybeText }),
  dropped: v.optional(
    described(
      v.object({ stdout: v.number(), stderr: v.number() }),
      "bytes of output that a log, a stream or syslog could not take; only where there are some",
    ),
  ),
  blocked: v.optional(
    described(
      v.object({ stdout: v.nullable(blockedChannel), stderr: v.nullable(blockedChannel) }),
      "how long the process was held up by its log; only with log_policy = block",
    ),
  ),
  redirectStderr: flag,
  leftBehind: v.optional(
    described(
      v.object({
        at: text,
        ended: described(v.number(), "by the stop signal"),
        killed: described(v.number(), "with SIGKILL"),
        remaining: described(v.array(v.number()), "pids of those that are still there"),
      }),
      "who was still there when the process had ended; only with killmode",
    ),
  ),
  adopted: v.optional(
    described(
      v.literal(true),
      "a supervisord that was killed has started it: its exit status cannot be known",
    ),
  ),
  health: v.optional(
    described(
      v.object({
        ready: flag,
        status: v.picklist(["starting", "healthy", "unhealthy"]),
        since: described(text, "when ready or status changed"),
        detail: described(text, "the latest finding"),
      }),
      "only of processes with a readiness or health check",
    ),
  ),
  schedule: v.optional(
    described(
      v.object({
        expression: text,
        timezone: described(maybeText, "null: the daemon's own"),
        next: described(maybeText, "the next run; null: there is none"),
        last: v.nullable(v.object({
          startedAt: text,
          endedAt: described(maybeText, "null: it goes on"),
          seconds: maybeNumber,
          exit: v.nullable(Exit),
        })),
        isQueued: described(flag, "a run waits for the end of the one before"),
        skipped: described(v.number(), "runs that were due and left out"),
        timedOut: described(v.number(), "runs that were stopped for schedule_timeout"),
      }),
      "only of programs with a schedule",
    ),
  ),
  usage: v.optional(v.nullable(Usage)),
  extras: v.optional(
    described(v.record(text, v.unknown()), "settings that Supervisor does not have, by their keys"),
  ),
});
export const Run = v.object({
  namespec: text,
  state: text,
  exit: described(v.nullable(Exit), "null: it goes on, or there never was a process"),
  spawnError: maybeText,
  seconds: described(maybeNumber, "how long it ran"),
});
export const Failure = v.object({
  failedAt: text,
  reason: text,
  pid: described(v.number(), "0: there never was a process"),
  exit: v.nullable(Exit),
  coreDumped: flag,
  oomKilled: described(v.nullable(flag), "killed for want of memory; null: nobody knows"),
  uptimeSeconds: maybeNumber,
  tries: described(v.number(), "failed starts in a row, this one included"),
  usage: described(
    v.nullable(
      v.object({
        userSeconds: v.number(),
        systemSeconds: v.number(),
        maxResidentBytes: v.number(),
      }),
    ),
    "of the process and of those of its children that it waited for",
  ),
  output: described(
    v.object({ stdout: v.array(text), stderr: v.array(text) }),
    "the last lines of this run",
  ),
  hints: described(
    v.array(v.object({ code: text, text })),
    "what probably is the matter, the likeliest first",
  ),
  command: text,
  revision: described(text, "differs when the settings of the program do"),
});
export const Why = v.object({
  namespec: text,
  state: text,
  reasons: described(v.array(text), "a sentence for each fact"),
  waitingSince: maybeText,
  dependencies: described(
    v.array(v.object({
      name: described(text, "as depends_on names it"),
      condition: v.picklist(["started", "running", "ready", "healthy", "completed"]),
      process: text,
      state: v.picklist(["met", "pending", "failed"]),
      now: described(text, "the state of the process, or `not active`"),
    })),
    "what it depends on",
  ),
  dependants: described(v.array(text), "what depends on it"),
});
export const Failures = v.object({ failures: described(v.array(Failure), "the latest first") });
export const Processes = v.object({ processes: v.array(Process) });
export const UsageSample = v.object({ sampledAt: text, usage: v.record(text, Usage) });

export const ActionResults = v.object({
  results: v.array(v.object({
    namespec: text,
    name: text,
    group: text,
    ok: flag,
    code: text,
    text,
  })),
});

export type ProcessRow = v.InferOutput<typeof Process>;

export type ActionResult = v.InferOutput<typeof ActionResults>["results"][number];
