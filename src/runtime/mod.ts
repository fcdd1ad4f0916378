/** Picks the runtime this program is running on. Imported by cli/ alone, which hands the value down. */
import { bunHost } from "./bun.ts";
import { denoHost } from "./deno.ts";
import { createRuntime } from "./runtime.ts";
import type { Runtime } from "./types.ts";

let runtime: Runtime | undefined;

/**
 * The one Runtime of this process. Cheap: whatever costs something is done at first use.
 * @throws Error on anything but Bun and Deno
 */
export function getRuntime(): Runtime {
  if (runtime === undefined) {
    const host = bunHost() ?? denoHost();
    if (host === null) throw new Error("Cannot run here: neither Bun nor Deno");
    runtime = createRuntime(host);
  }
  return runtime;
}
