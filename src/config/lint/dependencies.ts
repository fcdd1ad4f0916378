/** Warnings about dependencies that load, and will be waited for in vain. */
import { type Condition, formatRequirement, resolveName } from "../../process/dependencies.ts";
import { type Diagnostic, warning } from "../diagnostics.ts";
import type { ProcessSpec } from "../types.ts";
import { type LintSubject, programPlace } from "./subject.ts";

/** One warning for each program and requirement, at its depends_on. */
export function dependencies(subject: LintSubject): Diagnostic[] {
  const all = subject.config.groups.flatMap((group) => group.processes);
  const found = new Map<string, Diagnostic>();
  for (const process of all) {
    for (const requirement of process.dependencies?.requirements ?? []) {
      for (const target of resolveName(requirement.name, all)) {
        const objection = objectionTo(process, requirement.condition, target);
        if (objection === null) continue;
        const { but, hint } = objection;
        const key = [process.group, process.program, requirement.name, hint].join("\n");
        if (found.has(key)) continue;
        const place = programPlace(subject, process, "depends_on");
        const message = `${process.program} waits for ${formatRequirement(requirement)}, ${but}`;
        found.set(key, warning(subject.document, place, message, hint));
      }
    }
  }
  return [...found.values()];
}

function objectionTo(
  process: ProcessSpec,
  condition: Condition,
  target: ProcessSpec,
): { readonly but: string; readonly hint: string } | null {
  const { program } = target;
  if (condition === "completed") {
    if (target.autorestart === "always") {
      return {
        but: `but ${program} is always started again and so never completed`,
        hint: `autorestart=unexpected or false for ${program}`,
      };
    }
    if (target.startSecs > 0) {
      return {
        but: `but an end of ${program} within startsecs=${target.startSecs} is a failed start`,
        hint: `startsecs=0 for ${program}`,
      };
    }
  }
  if (process.autostart && !target.autostart) {
    return {
      but: `but ${program} has autostart=false: somebody must start it first`,
      hint: `autostart=true for ${program}, or autostart=false here`,
    };
  }
  return null;
}
