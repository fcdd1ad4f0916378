/** What is fuzzed: everything that reads what others have written. */
import { CONFIG_TARGETS } from "./config_targets.ts";
import type { Target } from "./engine.ts";
import { HANDOVER_TARGET } from "./handover_target.ts";
import { STREAM_TARGETS } from "./stream_targets.ts";
import { WIRE_TARGETS } from "./wire_targets.ts";

export const TARGETS: readonly Target[] = [
  ...CONFIG_TARGETS,
  ...WIRE_TARGETS,
  ...STREAM_TARGETS,
  HANDOVER_TARGET,
];
