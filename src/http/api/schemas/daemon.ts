/** Answers about the daemon, its groups and who asks. */
import * as v from "valibot";
import { described, flag, maybeText, Source, text } from "./values.ts";

export const Problem = v.object({
  type: text,
  title: text,
  status: v.number(),
  detail: text,
  code: described(text, "what went wrong, for programs"),
  errors: v.optional(v.array(v.object({ path: text, message: text }))),
});

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

export const UpgradeAccepted = v.object({
  from: BuildName,
  to: BuildName,
  generation: described(v.number(), "of the daemon that answers; its successor has the next"),
});

export const Accepted = v.object({ accepted: flag });

export const AccessInfo = v.object({
  who: described(text, "`token:NAME`, `user:NAME` or `anonymous`"),
  role: v.picklist(["view", "operate", "admin"]),
  groups: described(v.nullable(v.array(text)), "those that may be operated; null: all"),
});
