/** What every part of the daemon is handed: the outside world and the places to report to. */
import type { Config, DaemonSpec } from "../config/types.ts";
import type { EventBus } from "../events/bus.ts";
import type { LogLevel } from "../process/machine_types.ts";
import type { Runtime } from "../runtime/types.ts";
import type { Births } from "./orphans/births.ts";

export interface Surroundings {
  readonly runtime: Runtime;
  readonly bus: EventBus;
  readonly log: (level: LogLevel, text: string) => void;
  /** Whether a line of this level would be written: ask before building an expensive one. */
  readonly isLogged: (level: LogLevel) => boolean;
  /** The daemon's own environment, without what only steers this program. */
  readonly environment: Readonly<Record<string, string>>;
  /** The settings in force now: a reread replaces some of them. */
  readonly settings: () => DaemonSpec;
  readonly config: () => Config;
  /** A descriptor of /dev/null for output that nobody can see: written at no cost to anybody. */
  readonly devNull: number;
  /** Serial numbers of events, one sequence for the daemon's whole life. */
  readonly nextSerial: () => number;
  /** Told of every child where `on_orphans` is set. */
  readonly births?: Births;
}
