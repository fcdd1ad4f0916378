/** Loads what only some logs need, once for the process. */
import type { LogSettings } from "../process/log_settings.ts";

type Module = typeof import("./special_sink.ts");

let loaded: Module | null = null;
let loading: Promise<void> | null = null;

export function loadSpecialLogs(): Promise<void> {
  return loading ??= import("./special_sink.ts").then((module) => {
    loaded = module;
  });
}

/** What is settled about one channel, as far as it is of interest here. */
interface ChannelLog {
  readonly extras?: LogSettings;
}

/** Whether the logs of a process can be opened now. */
export function canOpenLogs(
  { stdout, stderr }: { readonly stdout: ChannelLog; readonly stderr: ChannelLog },
): boolean {
  return loaded !== null || (stdout.extras === undefined && stderr.extras === undefined);
}

/** @throws Error before it is loaded */
export function specialLogs(): Module {
  if (loaded === null) throw new Error("what writes its log is not loaded yet");
  return loaded;
}
