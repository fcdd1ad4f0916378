/**
 * Signals that come while one program of the daemon becomes the next. They have waited in the
 * kernel, and come with the first turn of the event loop, when nothing else is there yet: so this is
 * loaded first. See runtime/signal_mask.ts.
 */
import process from "node:process";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR2"] as const;

const came: string[] = [];
const handlers = new Map<NodeJS.Signals, () => void>();

export function holdSignals(): void {
  for (const name of SIGNALS) {
    const handler = () => void came.push(name);
    handlers.set(name, handler);
    process.on(name, handler);
  }
}

/** What has come so far; what comes later is somebody else's. */
export function takeEarlySignals(): readonly string[] {
  for (const [name, handler] of handlers) process.off(name, handler);
  handlers.clear();
  return came.splice(0);
}
