/** The command that takes the load off a process before a rolling restart stops it. */
import type { DrainSpec } from "../config/types.ts";
import { describeExit } from "../process/signals.ts";
import type { HelperRunner } from "./helpers.ts";
import type { Process } from "./process.ts";

const KEEP_BYTES = 2048;
const MAX_TOLD = 200;

/** @returns null when it went well, or what went wrong */
export async function drain(
  process: Process,
  { command, timeoutMs }: DrainSpec,
  helpers: HelperRunner,
): Promise<string | null> {
  const request = process.helperRequest({
    command,
    timeoutMs,
    keepBytes: KEEP_BYTES,
    env: { SUPERVISOR_HOOK: "drain_command", SUPERVISOR_PID: String(process.record.pid) },
  });
  if (typeof request === "string") return request;
  const result = await helpers.run(request).done;
  if (!result.ok) return result.reason;
  const { exit, output } = result;
  if (exit.type === "exited" && exit.code === 0) return null;
  const said = new TextDecoder().decode(output).trimEnd().split("\n").at(-1)?.slice(0, MAX_TOLD);
  return `${describeExit(exit)}${said === undefined || said === "" ? "" : `: ${said}`}`;
}
