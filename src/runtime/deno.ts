/** Deno's way of the things that each runtime does its own way. */
import { closeSync } from "node:fs";
import process from "node:process";
import { listenWithDeno } from "./deno_listen.ts";
import { loadWithDeno } from "./ffi_deno.ts";
import type { Host } from "./host.ts";
import type { LoadedLibrary } from "./libc.ts";

export function denoHost(): Host | null {
  if (typeof Deno === "undefined") return null;
  // `deno compile` sets it; such a program is its own command.
  const compiled = Deno.build.standalone;
  const script = process.argv[1] ?? "";
  return {
    name: "deno",
    version: Deno.version.deno,
    selfCommand: compiled ? [process.execPath] : [process.execPath, "run", "-A", script],
    invokedAs: compiled ? process.argv0 : script,
    loadLibrary: loadWithDeno,
    // Only a Deno started with a flag of V8 has gc(); it collects when it has nothing else to do.
    collectGarbage: () => {},
    // Its event loop waits in more than one place.
    loopDescriptor: () => null,
    close: closeDescriptor,
    listen: listenWithDeno,
  };
}

/**
 * Deno's node:fs keeps its own table of the descriptors it opened, knows no others, and closes a
 * number again when it thinks that one was left open. What it opened it must close itself, or it
 * later closes whatever has come by that number.
 */
function closeDescriptor(fd: number, { functions }: LoadedLibrary): void {
  try {
    closeSync(fd);
  } catch {
    functions.close(fd); // not one of its own
  }
}
