/**
 * Everything that goes in and comes out, as schemas: requests are validated by them, and the
 * OpenAPI description is generated from them.
 */
import * as v from "valibot";

/** A number from a query or a body, with its limits told in both the error and the description. */
const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const text = v.string();
const maybeText = v.nullable(v.string());
const blockedChannel = v.object({ seconds: v.number(), now: v.boolean() });
const maybeNumber = v.nullable(v.number());
const flag = v.boolean();
const channel = v.picklist(["stdout", "stderr"]);

const described = <S extends v.GenericSchema>(schema: S, words: string) =>
  v.pipe(schema, v.description(words));

export const NOTHING = v.strictObject({});

// ---- what comes in

const processName = described(text, "`process`, or `group:process`");
const groupName = described(text, "the group");
const MAX_OFFSET = Number.MAX_SAFE_INTEGER;

export const ProcessParams = v.strictObject({ name: processName });
export const GroupParams = v.strictObject({ group: groupName });
export const LogParams = v.strictObject({ name: processName, channel });

const usageFlag = v.optional(described(flag, "with CPU and memory of each process tree"), false);
export const UsageQuery = v.strictObject({ usage: usageFlag });
export const ProcessesQuery = v.strictObject({
  group: v.optional(described(v.array(text), "only these groups")),
  state: v.optional(described(v.array(text), "only processes in these states")),
  usage: usageFlag,
});

export const RangeQuery = v.strictObject({
  offset: v.optional(
    described(whole(-MAX_OFFSET, MAX_OFFSET), "first byte; negative: so many bytes from the end"),
    -65536,
  ),
  length: v.optional(described(whole(1, 1048576), "number of bytes"), 65536),
  file: v.optional(described(text, "which of the rotated files, by the id that /logs tells")),
});
export const LinesQuery = v.strictObject({
  lines: v.optional(described(whole(1, 5000), "how many lines"), 200),
  before: v.optional(described(text, "the cursor of an earlier answer: lines before those")),
});
export const SearchQuery = v.strictObject({
  q: described(v.pipe(text, v.minLength(1), v.maxLength(1000)), "what to search for"),
  regex: v.optional(
    described(flag, "a regular expression (no back-references, no looking ahead or behind)"),
    false,
  ),
  ignoreCase: v.optional(flag, false),
  limit: v.optional(described(whole(1, 1000), "most matching lines in one answer"), 100),
  cursor: v.optional(described(text, "where an earlier answer stopped")),
});
export const FollowQuery = v.strictObject({
  bytes: v.optional(described(whole(0, 1048576), "how much of what is there comes first"), 65536),
  from: v.optional(described(text, "instead: from `FILE:OFFSET` on, as an answer of /tail ends")),
});
export const DownloadQuery = v.strictObject({
  file: v.optional(described(text, "which of the rotated files; default: the newest")),
});
export const EventsQuery = v.strictObject({
  types: v.optional(
    described(
      v.array(text),
      "names of event types, abstract ones too (PROCESS_STATE, TICK_5, EVENT), and PROCESS " +
        "(the row of each process that changed), USAGE (CPU and memory, every 2 s)",
    ),
  ),
  process: v.optional(described(v.array(text), "only of these processes; `group:*` for a group")),
  snapshot: v.optional(described(flag, "begin with the state of everything"), false),
  lastEventId: v.optional(described(text, "as the header Last-Event-ID")),
});

const wait = v.optional(
  described(flag, "answer only when the processes have started, or are gone"),
  true,
);
export const WaitBody = v.strictObject({ wait });
export const SignalBody = v.strictObject({
  signal: described(v.pipe(text, v.minLength(1)), "a name (`HUP`, `SIGHUP`) or a number"),
});
export const StdinBody = v.strictObject({
  text: described(v.pipe(text, v.minLength(1)), "sent as UTF-8, as it is"),
});
export const ActionsBody = v.strictObject({
  action: v.picklist([
    "start",
    "stop",
    "restart",
    "reload",
    "signal",
    "clear",
    "rotate",
    "enable",
    "disable",
  ]),
  targets: described(
    v.pipe(v.array(text), v.minLength(1), v.maxLength(10000)),
    "`process`, `group:process`, `group:*`, or `all`",
  ),
  wait,
  signal: v.optional(text),
  dependencies: v.optional(
    described(flag, "false: what is started does not wait for what it depends on"),
    true,
  ),
});
export const UpdateBody = v.strictObject({
  groups: v.optional(described(v.array(text), "only these groups; default: all that differ")),
  minimal: v.optional(
    described(flag, "leave alone what has not changed in a group that has"),
    false,
  ),
});
export const PlanQuery = v.strictObject({
  groups: v.optional(described(v.array(text), "only these groups; default: all that differ")),
  minimal: v.optional(described(flag, "of an update that is minimal"), false),
});
export const ProgramParams = v.strictObject({ program: described(text, "the program") });
export const ScaleBody = v.strictObject({
  numprocs: described(v.nullable(whole(0, 100_000)), "null: as many as the file says"),
});

// ---- what comes out

export const Problem = v.object({
  type: text,
  title: text,
  status: v.number(),
  detail: text,
  code: described(text, "what went wrong, for programs"),
  errors: v.optional(v.array(v.object({ path: text, message: text }))),
});

export const Usage = v.object({
  cpuSeconds: v.number(),
  cpuPercent: described(maybeNumber, "of one CPU, since the look before; null at the first"),
  residentBytes: v.number(),
  processes: v.number(),
  threads: v.number(),
});
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
  lastExit: v.nullable(v.object({ code: maybeNumber, signal: maybeText, text })),
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
          exit: v.nullable(v.object({ code: maybeNumber, signal: maybeText, text })),
        })),
        isQueued: described(flag, "a run waits for the end of the one before"),
        skipped: described(v.number(), "runs that were due and left out"),
        timedOut: described(v.number(), "runs that were stopped for schedule_timeout"),
      }),
      "only of programs with a schedule",
    ),
  ),
  usage: v.optional(v.nullable(Usage)),
});
const Exit = v.object({ code: maybeNumber, signal: maybeText, text });
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

const Source = v.object({ file: text, line: v.number() });
const StateCounts = v.record(text, v.number());
export const Group = v.object({
  name: text,
  kind: v.picklist(["program", "group", "eventlistener", "fcgi"]),
  priority: v.number(),
  source: Source,
  processes: v.array(text),
  byState: StateCounts,
  eventQueue: v.nullable(
    v.object({ size: v.number(), capacity: v.number(), dropped: v.number() }),
  ),
});
export const Groups = v.object({ groups: v.array(Group) });
export const DaemonInfo = v.object({
  version: text,
  compatibilityVersion: described(text, "the release of Supervisor whose behaviour this has"),
  build: v.object({ commit: text, target: text }),
  runtime: v.object({ name: text, version: text }),
  pid: v.number(),
  state: v.picklist(["RUNNING", "SHUTDOWN", "RESTARTING", "FATAL"]),
  startedAt: text,
  uptimeSeconds: v.number(),
  identifier: text,
  configFile: text,
  logPath: maybeText,
  logLevel: text,
  groups: v.number(),
  processes: v.object({ total: v.number(), byState: StateCounts }),
  generation: described(v.number(), "how many programs this daemon has been, by upgrades"),
  upgradeFailure: described(maybeText, "why the latest upgrade came to nothing, if it did"),
});

const BuildName = v.object({ version: text, commit: text });
export const UpgradeBody = v.strictObject({
  path: v.optional(described(text, "absolute path of the executable; default: the present one")),
});
export const UpgradeAccepted = v.object({
  from: BuildName,
  to: BuildName,
  generation: described(v.number(), "of the daemon that answers; its successor has the next"),
});

const Settings = v.record(text, v.unknown());
export const Configuration = v.object({
  file: text,
  groups: v.array(v.object({
    name: text,
    kind: text,
    priority: v.number(),
    source: Source,
    active: flag,
    settings: Settings,
    processes: v.array(v.object({
      name: text,
      namespec: text,
      program: text,
      source: Source,
      settings: Settings,
    })),
  })),
});
export const Difference = v.object({
  isEmpty: flag,
  added: v.array(v.object({ group: text, source: Source, processes: v.array(text) })),
  removed: v.array(v.object({ group: text })),
  changed: v.array(v.object({
    group: text,
    source: Source,
    changes: v.array(v.object({
      process: maybeText,
      key: text,
      old: v.unknown(),
      new: v.unknown(),
    })),
  })),
});
const PlannedChanges = v.array(v.object({
  key: text,
  old: v.unknown(),
  new: v.unknown(),
  source: v.nullable(Source),
}));
export const Plan = v.object({
  isEmpty: flag,
  groups: v.array(v.object({
    group: text,
    action: described(
      v.picklist(["add", "remove", "replace", "reshape"]),
      "reshape: the group stays, and processes in it change",
    ),
    source: v.nullable(Source),
    changes: PlannedChanges,
    scales: v.array(v.object({ program: text, from: v.number(), to: v.number() })),
    processes: v.array(v.object({
      namespec: text,
      name: text,
      program: text,
      action: v.picklist(["start", "add", "stop", "remove", "restart", "adopt"]),
      cause: v.picklist(["added", "removed", "scaled", "changed", "group"]),
      reason: text,
      source: v.nullable(Source),
      changes: PlannedChanges,
    })),
  })),
  stopOrder: described(
    v.array(text),
    "groups in the order they must be stopped in; empty when none depends on another",
  ),
});
export const UpdateResult = v.object({
  difference: Difference,
  steps: v.array(v.object({
    group: text,
    process: described(v.optional(text), "only of a minimal update"),
    step: v.picklist(["stopped", "removed", "added", "updated"]),
    ok: flag,
    text,
  })),
});
export const ScaleResult = v.object({
  program: text,
  configured: v.number(),
  numprocs: v.number(),
  steps: UpdateResult.entries.steps,
});
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
export const Accepted = v.object({ accepted: flag });

export const AccessInfo = v.object({
  who: described(text, "`token:NAME`, `user:NAME` or `anonymous`"),
  role: v.picklist(["view", "operate", "admin"]),
  groups: described(v.nullable(v.array(text)), "those that may be operated; null: all"),
});

const Position = v.object({ file: text, offset: v.number() });
export const LogInfo = v.object({
  path: text,
  size: v.number(),
  files: v.array(v.object({
    file: text,
    path: text,
    size: v.number(),
    modifiedAt: text,
    rotation: v.number(),
  })),
});
export const LogRange = v.object({
  file: text,
  offset: v.number(),
  end: v.number(),
  size: v.number(),
  text,
});
export const LogLines = v.object({
  lines: v.array(v.object({ file: text, offset: v.number(), text })),
  before: maybeText,
  end: v.nullable(Position),
});
export const LogMatches = v.object({
  matches: v.array(v.object({
    file: text,
    path: text,
    rotation: v.number(),
    offset: v.number(),
    text,
    ranges: v.array(v.tuple([v.number(), v.number()])),
  })),
  cursor: maybeText,
  scannedBytes: v.number(),
});

/** What has a name of its own in the description. */
export const COMPONENTS = {
  Problem,
  Process,
  Processes,
  Failures,
  Run,
  Why,
  Usage,
  UsageSample,
  Group,
  Groups,
  DaemonInfo,
  Configuration,
  Difference,
  Plan,
  UpdateResult,
  ScaleResult,
  ActionResults,
  Accepted,
  AccessInfo,
  UpgradeAccepted,
  LogInfo,
  LogRange,
  LogLines,
  LogMatches,
} as const;

export type ProcessRow = v.InferOutput<typeof Process>;
export type DifferenceView = v.InferOutput<typeof Difference>;
export type PlanView = v.InferOutput<typeof Plan>;
export type ScaleResultView = v.InferOutput<typeof ScaleResult>;
export type ActionResult = v.InferOutput<typeof ActionResults>["results"][number];
export type UpdateStep = v.InferOutput<typeof UpdateResult>["steps"][number];
