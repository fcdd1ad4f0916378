/** What starts programs with limits, loaded when the first of them is active. */
import type { ProcessSpec } from "../../config/types.ts";

type Module = typeof import("./launch_plan.ts");

let loaded: Module | null = null;
let loading: Promise<void> | null = null;

export function loadLauncher(): Promise<void> {
  return loading ??= import("./launch_plan.ts").then((module) => {
    loaded = module;
  });
}

export function needsLauncher({ confinement, cgroupLimits }: ProcessSpec): boolean {
  return confinement !== undefined || cgroupLimits !== undefined;
}

/** null before it is loaded */
export function launcher(): Module | null {
  return loaded;
}

/** Whether the process can be started now. */
export function canLaunch(spec: ProcessSpec): boolean {
  return loaded !== null || !needsLauncher(spec);
}
