/** Bun's way of the things that each runtime does its own way. */
import { readlinkSync } from "node:fs";
import process from "node:process";
import { type BunListener, listenWithBun } from "./bun_listen.ts";
import { type BunFfi, loadWithBun } from "./ffi_bun.ts";
import type { Host } from "./host.ts";

/** The part of the `Bun` global in use; declared here because deno check reads this file too. */
interface BunGlobal extends BunListener {
  readonly version: string;
  /** The entry point. Inside a compiled program its path begins with `/$bunfs/`. */
  readonly main: string;
  readonly FFI: BunFfi;
  gc(synchronously: boolean): unknown;
}

const COMPILED_PREFIX = "/$bunfs/";

export function bunHost(): Host | null {
  const bun = (globalThis as { Bun?: BunGlobal }).Bun;
  if (bun === undefined) return null;
  const compiled = bun.main.startsWith(COMPILED_PREFIX);
  return {
    name: "bun",
    version: bun.version,
    selfCommand: compiled ? [process.execPath] : [process.execPath, bun.main],
    // A compiled program is told the name it was started by, whatever its file is called; from
    // source that name is "bun".
    invokedAs: compiled ? process.argv0 : bun.main,
    loadLibrary: (platform) => loadWithBun(bun.FFI, platform),
    collectGarbage: () => void bun.gc(true),
    loopDescriptor: findLoop,
    close: (fd, { functions }) => void functions.close(fd),
    listen: listenWithBun(bun),
  };
}

/** It is made before anything of ours runs, so that its number is one of the first. */
const FIRST_DESCRIPTORS = 16;

/** Only Linux tells. */
function findLoop(): number | null {
  for (let fd = 0; fd < FIRST_DESCRIPTORS; fd++) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) === "anon_inode:[eventpoll]") return fd;
    } catch {
      // not open, or no /proc
    }
  }
  return null;
}
