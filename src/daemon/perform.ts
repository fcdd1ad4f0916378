/** Carries out what the machine decided, and turns what comes of it into inputs. */
import type { HookName } from "../process/hooks.ts";
import { isFailure } from "../process/failure.ts";
import type { Effect, Input, StateChange } from "../process/machine_types.ts";
import { SystemError } from "../runtime/system_error.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Process } from "./process.ts";
import type { Statistics } from "./statistics.ts";
import type { Surroundings } from "./surroundings.ts";
import type { TreeKeeper } from "./tree_keeper.ts";

export interface PerformOptions {
  readonly surroundings: Surroundings;
  readonly statistics: Statistics;
  readonly submit: (process: Process, input: Input) => void;
  /** A new child has been born: its exit report will carry this pid. */
  readonly onBirth: (pid: number, process: Process) => void;
  readonly onFailure: (process: Process, change: StateChange) => void;
  /** What only some programs need: hooks, and processes that leave another one behind. */
  readonly lifecycle: (use: (lifecycle: Lifecycle) => void | Promise<void>) => void;
  /** What only programs with a killmode need. */
  readonly tree: (use: (tree: TreeKeeper) => void) => void;
}

export function performEffect(o: PerformOptions, process: Process, effect: Effect): void {
  const { surroundings, submit } = o;
  switch (effect.type) {
    case "log":
      surroundings.log(effect.level, effect.text);
      return;
    case "announce":
      surroundings.bus.publish({
        kind: "process-state",
        process: process.name,
        group: process.groupName,
        change: effect.change,
      });
      if (isFailure(effect.change)) o.onFailure(process, effect.change);
      if (effect.change.to === "RUNNING") process.member?.running();
      process.companion?.stateChanged(effect.change.to);
      return;
    case "spawn": {
      const { clock } = surroundings.runtime;
      const before = clock.monotonic();
      const outcome = process.spawn();
      o.statistics.spawnSeconds.observe((clock.monotonic() - before) / 1000);
      if (outcome.ok) {
        o.onBirth(outcome.pid, process);
        // With limits it is born in its group.
        if (process.spec.killTree === "cgroup" && process.spec.cgroupLimits === undefined) {
          o.tree((tree) => tree.enterControlGroup(process, outcome.pid));
        }
        submit(process, { type: "spawned", pid: outcome.pid });
      } else {
        submit(process, { type: "spawnFailed", reason: outcome.reason });
      }
      return;
    }
    case "kill":
      kill(o, process, effect);
      if (effect.tree === true) {
        o.tree((tree) => tree.signal(process, effect.pid, effect.signal));
      }
      return;
    case "sweep": {
      const { pid, signal, graceMs } = effect;
      o.tree((tree) => void tree.sweep(process, pid, signal, graceMs));
      return;
    }
    case "hook": {
      const facts = hookFacts(process, effect.hook, effect.pid);
      o.lifecycle((lifecycle) => lifecycle.runHook(process, facts));
      return;
    }
    case "cancelHook":
      o.lifecycle((lifecycle) => lifecycle.cancelHook(process));
      return;
    case "findMainPid":
      o.lifecycle((lifecycle) => lifecycle.followPidFile(process));
  }
}

/** As it is now: the record may have moved on when the hook is started. */
function hookFacts({ record }: Process, hook: HookName, pid: number) {
  const isAfter = hook === "post_stop" || hook === "on_fatal";
  const { tries, spawnError, lastExit } = record;
  return { hook, pid, tries, spawnError, exit: isAfter ? lastExit : null };
}

function kill(o: PerformOptions, process: Process, effect: Effect & { type: "kill" }): void {
  const { surroundings, submit } = o;
  try {
    // The pid of one that is not our child may be somebody else's by now.
    if (process.follower?.isAlive() === false) throw new SystemError("ESRCH", 0, "kill");
    surroundings.runtime.system.kill(effect.group ? -effect.pid : effect.pid, effect.signal);
    process.follower?.hurry();
  } catch (error) {
    const code = error instanceof SystemError ? error.code : String(error);
    if (code === "ESRCH" && effect.group && process.record.hasMainPid) {
      // Whoever was announced need not lead a process group.
      kill(o, process, { ...effect, group: false });
      return;
    }
    if (code === "ESRCH") {
      // Its exit report is on its way; deciding anything here would decide it twice.
      const text = `unable to signal ${process.name} (pid ${effect.pid}), it probably just ` +
        `exited on its own: ${code}`;
      surroundings.log("debug", text);
      return;
    }
    submit(process, { type: "killFailed", reason: code });
  }
}
