/** The parts of a start that are different for a program which takes over from another. */
import { rmSync } from "node:fs";
import { buildInfo } from "../build_info.ts";
import type { Config } from "../config/types.ts";
import { raiseLimits } from "../daemon/host.ts";
import { type MainLog, openMainLog } from "../daemon/main_log.ts";
import type { Surroundings } from "../daemon/surroundings.ts";
import type { Successor } from "../daemon/types.ts";
import { inheritUnsent } from "../logs/open_sink.ts";
import type { Runtime } from "../runtime/types.ts";
import type { HandoverState } from "./state.ts";
import type { HandoverOptions } from "./take_over.ts";

/** Nothing that is wrong with a log is a reason to leave the children alone. */
export function goOnWithLog(runtime: Runtime, config: Config, left: HandoverState): MainLog {
  inheritUnsent(left.output);
  const { daemon } = config;
  const { logfile } = left.config.daemon;
  for (const settings of [daemon, { ...daemon, logfile }]) {
    try {
      const mainLog = openMainLog(runtime, settings);
      mainLog.logger.restore(left.mainLog);
      return mainLog;
    } catch {
      // Then the one before, and then none.
    }
  }
  return openMainLog(runtime, { ...daemon, logfile: "/dev/null" });
}

export function writeSuccessionMessages(
  runtime: Runtime,
  config: Config,
  left: HandoverState,
  log: Surroundings["log"],
): void {
  for (const { level, text } of config.messages) if (level === "critical") log(level, text);
  const { uid, minfds, minprocs } = config.daemon;
  if (uid !== null && uid !== runtime.system.getuid()) {
    log("warn", "[supervisord] user has changed: this takes effect at the next start");
  }
  try {
    for (const text of raiseLimits(runtime, minfds, minprocs)) log("info", text);
  } catch (error) {
    log("critical", error instanceof Error ? error.message : String(error));
  }
  const { version, commit } = left.build;
  log("debug", `taken over from ${version} (${commit}), ${left.supervisor.groups.length} groups`);
}

export function describeBuild(): string {
  const { version, commit } = buildInfo;
  return `${version} (${commit})`;
}

/** The configuration may name another one now. */
export function removeOtherPidFile(before: string, now: string): void {
  if (before === now) return;
  try {
    rmSync(before);
  } catch {
    // Somebody else removed it, or it cannot be: nothing depends on it.
  }
}

/** Its code is loaded when somebody asks for it. */
export function successorFor(options: Omit<HandoverOptions, "build">): Successor {
  const { version, commit } = buildInfo;
  const build = { version, commit };
  let handover: Promise<Successor> | undefined;
  let lastFailure: () => string | null = () => null;
  return {
    build,
    generation: options.generation,
    get lastFailure() {
      return lastFailure();
    },
    async begin(path) {
      handover ??= import("./take_over.ts").then(({ Handover }) =>
        new Handover({ ...options, build })
      );
      const successor = await handover;
      lastFailure = () => successor.lastFailure;
      return await successor.begin(path);
    },
  };
}
