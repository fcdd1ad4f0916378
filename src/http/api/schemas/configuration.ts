/** Answers about the configuration, and to what makes it the active one. */
import * as v from "valibot";
import { described, flag, maybeText, Source, text } from "./values.ts";

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

export type DifferenceView = v.InferOutput<typeof Difference>;
export type PlanView = v.InferOutput<typeof Plan>;
export type ScaleResultView = v.InferOutput<typeof ScaleResult>;

export type UpdateStep = v.InferOutput<typeof UpdateResult>["steps"][number];
