/** What goes in: the paths, queries and bodies of requests, which are validated by these. */
import * as v from "valibot";
import { described, flag, text, whole } from "./values.ts";

export const NOTHING = v.strictObject({});

const processName = described(text, "`process`, or `group:process`");
const groupName = described(text, "the group");

const channel = v.picklist(["stdout", "stderr"]);

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
  extras: v.optional(
    described(flag, "with what is configured for each beyond Supervisor's settings"),
    false,
  ),
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

export const UpgradeBody = v.strictObject({
  path: v.optional(described(text, "absolute path of the executable; default: the present one")),
});
