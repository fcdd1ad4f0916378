/** `killmode`: how much of what a process has started ends with it. */
import { ValueError } from "./errors.ts";
import { repr } from "./python_text.ts";
import type { Kind } from "./values.ts";

const KILL_MODES = ["process", "group", "tree", "cgroup"] as const;
export type KillMode = (typeof KILL_MODES)[number];

const WANTED = "process, group, tree or cgroup";

export const killMode: Kind<KillMode> = {
  name: WANTED,
  wanted: WANTED,
  convert(text) {
    const mode = KILL_MODES.find((known) => known === text.toLowerCase());
    if (mode !== undefined) return mode;
    throw new ValueError(`invalid killmode value ${repr(text)}`, WANTED);
  },
};

export interface KillSettings {
  readonly stopAsGroup: boolean;
  readonly killAsGroup: boolean;
  readonly killTree?: "tree" | "cgroup";
}

/** What the mode and the two older keys say together; without a mode the older keys alone. */
export function killSettings(
  mode: KillMode | null,
  older: { readonly stopAsGroup: boolean; readonly killAsGroup: boolean },
): KillSettings {
  switch (mode) {
    case null:
    case "process":
      return older;
    case "group":
      return { stopAsGroup: true, killAsGroup: true };
    case "tree":
    case "cgroup":
      return { ...older, killTree: mode };
  }
}
