/**
 * What a start does about children that another daemon has left, with `on_orphans` and without. The
 * code for either is loaded where there may be some.
 */
import { existsSync } from "node:fs";
import type { Config } from "../../config/types.ts";
import { StartupError } from "../host.ts";
import type { Supervisor } from "../supervisor.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Ledger } from "./ledger.ts";

type World = Pick<Surroundings, "runtime" | "log">;

/**
 * Who is alive is written down only where that is wanted.
 *
 * @param goesOn the children are there: nothing that is wrong with the file is a reason to stop
 * @throws StartupError as a rejection, unless it goes on
 */
export async function openLedger(
  surroundings: World,
  { daemon: { orphans }, file }: Config,
  goesOn: boolean,
): Promise<Ledger | null> {
  if (orphans === undefined) return null;
  const { Ledger } = await import("./ledger.ts");
  try {
    const { runtime, log } = surroundings;
    const { file: path, policy } = orphans;
    return new Ledger({ path, policy, config: file, surroundings: { runtime, log } });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (!goesOn) throw new StartupError(`children_file: ${reason}`, 1);
    surroundings.log("critical", `children_file: ${reason}`);
    return null;
  }
}

/** The children of this process are written down by the program that it has become. */
export function continueLedger(ledger: Ledger, supervisor: Supervisor): void {
  ledger.open();
  for (const { processes } of supervisor.groups()) {
    for (const { spec, record } of processes) {
      if (record.pid !== 0) ledger.note(spec, record.pid);
    }
  }
}

/** A daemon that was killed may have left children, and nobody has said what is to become of them. */
export async function warnOfUnclaimed({ runtime, log }: World, config: Config): Promise<void> {
  const { pidfile } = config.daemon;
  if (!existsSync(pidfile)) return;
  const { findUnclaimed, isStalePidFile } = await import("./unclaimed.ts");
  if (!isStalePidFile(pidfile, runtime.pid)) return;
  for (const { key, pid } of findUnclaimed(config)) {
    const text = `'${key}' still runs with pid ${pid}, left by a supervisord that was killed, ` +
      "and is started a second time: see on_orphans";
    log("warn", text);
  }
}
