/** The small part that each runtime does its own way; everything else is written once above it. */
import type { Listen } from "./http/stream_socket.ts";
import type { LoadedLibrary } from "./libc.ts";
import type { Platform } from "./platform.ts";

export interface Host {
  readonly name: "bun" | "deno";
  readonly version: string;
  /** @see Runtime.selfCommand */
  readonly selfCommand: readonly string[];
  /** @see Runtime.invokedAs */
  readonly invokedAs: string;
  /** @throws Error when no C library of the platform's names can be opened */
  loadLibrary(platform: Platform): LoadedLibrary;
  /** Collects all garbage now. A no-op where a program cannot ask for that. */
  collectGarbage(): void;
  /** The descriptor that the event loop waits on, readable when there is something to do; null: not known. */
  loopDescriptor(): number | null;
  /** Closes a descriptor, whoever opened it. Never throws. */
  close(fd: number, libc: LoadedLibrary): void;
  /** `hostname`, where given, is an address; names have been resolved. */
  readonly listen: Listen;
}
