/** Clearing a log that nobody has open. */
import { statSync, unlinkSync } from "node:fs";
import { errorCode, nodeFileSystem } from "./file_system.ts";
import { ownDescriptor } from "./open_sink.ts";

/**
 * Removes and recreates a log by its path; backups stay, a missing file stays missing.
 * Whatever is not a file on disk is left alone: removing a log path blindly would, for root,
 * remove `/dev/null` or `/dev/stdout` from the system.
 *
 * @throws Error with `code` when the file cannot be removed or made anew
 */
export function clearPath(path: string): void {
  if (ownDescriptor(path) !== null) return;
  try {
    if (!statSync(path).isFile()) return;
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  nodeFileSystem.close(nodeFileSystem.openAppend(path));
}
