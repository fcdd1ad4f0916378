/** Waits for something in the life of a process: told of each change, never looking again and again. */
import { judge, type Verdict, type WaitCondition } from "../process/wait_for.ts";
import type { Daemon, ManagedProcess } from "./types.ts";

export interface WaitRequest {
  readonly condition: WaitCondition;
  readonly timeoutMs: number;
  /** What goes wrong on the way ends the wait. */
  readonly failFast: boolean;
  /** Whoever asked has gone. */
  readonly signal: AbortSignal;
}

export type WaitOutcome =
  | { readonly kind: "met" }
  | { readonly kind: "never"; readonly reason: string }
  | { readonly kind: "timeout"; readonly reason: string };

export function waitFor(
  daemon: Daemon,
  process: ManagedProcess,
  { condition, timeoutMs, failFast, signal }: WaitRequest,
): Promise<WaitOutcome> {
  const look = (): Verdict => {
    if (daemon.group(process.groupName)?.process(process.name) !== process) {
      return { kind: "never", reason: "its group was removed" };
    }
    const { record, health, spec } = process;
    return judge(condition, { record, health, policy: spec.health ?? null }, failFast);
  };
  return new Promise((resolve) => {
    const ends: (() => void)[] = [];
    const finish = (outcome: WaitOutcome) => {
      for (const end of ends.splice(0)) end();
      resolve(outcome);
    };
    const check = () => {
      const verdict = look();
      if (verdict.kind !== "pending") finish(verdict);
      return verdict;
    };
    const giveUp = () => {
      const verdict = look();
      finish(verdict.kind === "pending" ? { kind: "timeout", reason: verdict.reason } : verdict);
    };
    if (check().kind !== "pending") return;
    ends.push(
      daemon.events.subscribe(["PROCESS_STATE"], (event) => {
        if (
          event.kind === "process-state" && event.process === process.name &&
          event.group === process.groupName
        ) check();
      }),
      daemon.events.subscribe(["PROCESS_GROUP_REMOVED"], check),
      daemon.onHealthChange((changed) => {
        if (changed === process) check();
      }),
      daemon.clock.after(timeoutMs, giveUp),
      () => signal.removeEventListener("abort", giveUp),
    );
    signal.addEventListener("abort", giveUp);
  });
}
