/** The part of the machine that a hook which was waited for leads on from. See machine.ts. */
import type { HookName } from "./hooks.ts";
import { begin, beginWithSecrets, spawnFailed } from "./machine_start.ts";
import { askToEnd, sendFirstSignal } from "./machine_stop.ts";
import type { Moment, Policy, ProcessRecord, Step } from "./machine_types.ts";
import type { RandomSource } from "./restart_policy.ts";

/** A hook that nobody waits for any more changes nothing. */
export function hookDone(
  policy: Policy,
  record: ProcessRecord,
  hook: HookName,
  failure: string | null,
  now: Moment,
  random: RandomSource,
): Step {
  if (record.waitsFor !== hook) return { record, effects: [] };
  const done: ProcessRecord = { ...record, waitsFor: null };
  switch (hook) {
    case "secret_command":
      if (failure !== null) {
        return spawnFailed(policy, done, `secret_command: ${failure}`, now, random);
      }
      return beginWithSecrets(policy, { ...done, startedAt: now });
    case "pre_start":
      if (failure !== null) return spawnFailed(policy, done, `pre_start: ${failure}`, now, random);
      // startsecs count from the process, not from what came before it.
      return { record: { ...done, startedAt: now }, effects: [{ type: "spawn" }] };
    case "pre_stop":
      return askToEnd(policy, done, now);
    case "stop_command": {
      if (failure !== null) return sendFirstSignal(policy, done, now);
      // The command was the request: the signals follow when the process takes no notice of it.
      const deadline = now.mono + policy.stopWaitSecs * 1000;
      return { record: { ...done, deadline }, effects: [] };
    }
    case "post_stop":
      if (record.state !== "STARTING") return { record: done, effects: [] };
      return begin(policy, { ...done, startedAt: now });
  }
}
