/** The effects that several rules of the machine ask for. */
import type { HookName } from "./hooks.ts";
import type { Effect, LogLevel, Policy, ProcessRecord } from "./machine_types.ts";
import type { ProcessState } from "./states.ts";

/** The hook, if the program has that one; `pid` is the process it is about, 0 for none. */
export function hooksOf(policy: Policy, hook: HookName, pid: number): Effect[] {
  return policy.hooks?.commands[hook] === undefined ? [] : [{ type: "hook", hook, pid }];
}

export function announce(from: ProcessState, now: ProcessRecord, expected = true): Effect {
  const change = { from, to: now.state, pid: now.pid, tries: now.tries, expected };
  return { type: "announce", change };
}

export function log(level: LogLevel, text: string): Effect {
  return { type: "log", level, text };
}
