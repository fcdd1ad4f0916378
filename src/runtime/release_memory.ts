/**
 * Gives the memory back that starting up took: most of a freshly started daemon is program text
 * that ran once. The pages stay in the system's page cache as long as it likes, so what is needed
 * again is mapped again without reading it from the disk.
 */
import { readFileSync, readlinkSync } from "node:fs";
import type { Libc } from "./libc.ts";

export interface Range {
  readonly start: number;
  readonly length: number;
}

/** From <asm-generic/mman-common.h>. */
const MADV_DONTNEED = 4;

const HEADER = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ +(.*)$/;
const FIELD = /^(Rss|Anonymous):\s+(\d+) kB$/;

/**
 * The resident mappings of a file that hold nothing but what the file holds.
 *
 * Only those may be dropped: a page that was written to (relocated addresses, variables) exists
 * nowhere else. They show as `Anonymous`, and what cannot be written cannot come to have any
 * between this look and the drop.
 *
 * @param smaps contents of /proc/self/smaps
 */
export function unchangedMappings(smaps: string, file: string): Range[] {
  const ranges: Range[] = [];
  let current: { start: number; length: number; rss: number } | null = null;
  for (const line of smaps.split("\n")) {
    const header = HEADER.exec(line);
    if (header !== null) {
      const [, from = "", to = "", permissions = "", path] = header;
      const start = parseInt(from, 16);
      const isCandidate = path === file && permissions.startsWith("r-");
      current = isCandidate ? { start, length: parseInt(to, 16) - start, rss: 0 } : null;
      continue;
    }
    const field = current === null ? null : FIELD.exec(line);
    if (current === null || field === null) continue;
    const kilobytes = Number(field[2]);
    if (field[1] === "Rss") {
      current.rss = kilobytes;
    } else {
      if (kilobytes === 0 && current.rss > 0) {
        ranges.push({ start: current.start, length: current.length });
      }
      current = null;
    }
  }
  return ranges;
}

/** Drops what is resident of the executable. A favour: where it cannot be done, nothing happens. */
export function dropProgramText({ functions, platform }: Libc): void {
  if (platform.os !== "linux") return;
  try {
    const smaps = readFileSync("/proc/self/smaps", "latin1");
    for (const { start, length } of unchangedMappings(smaps, readlinkSync("/proc/self/exe"))) {
      functions.madvise(start, length, MADV_DONTNEED);
    }
  } catch {
    // no /proc
  }
}
