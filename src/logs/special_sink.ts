/**
 * Opens the log of a channel that asks for more than Supervisor has: lines with something around
 * them, rotation by the calendar, compression, an owner. Loaded with the first such program.
 */
import { fchmodSync, fchownSync, openSync } from "node:fs";
import type { LogSettings } from "../process/log_settings.ts";
import { Backups, planWithSuffixes } from "./backups.ts";
import { type LogFileSystem, nodeFileSystem } from "./file_system.ts";
import { FormattedSink, type LineFacts } from "./formatted_sink.ts";
import { LogFile } from "./log_file.ts";
import { openSink, type OpenSinkOptions, ownDescriptor } from "./open_sink.ts";
import { reasonOf } from "./sink_error.ts";
import { TimedSink } from "./timed_sink.ts";
import type { LogSink } from "./types.ts";

export interface SpecialSinkOptions extends OpenSinkOptions {
  readonly settings: LogSettings;
  readonly facts: LineFacts;
  readonly warn: (text: string) => void;
}

/** @throws Error with `code` when the target cannot be opened */
export function openSpecialSink(options: SpecialSinkOptions): LogSink {
  const { settings, facts } = options;
  const file = openFile(options);
  return settings.format === undefined
    ? file
    : new FormattedSink({ sink: file, format: settings.format, facts });
}

function openFile(options: SpecialSinkOptions): LogSink {
  const { path, backups, settings, facts, warn } = options;
  const { rotate, compress, maxAgeMs } = settings;
  const keeper = new Backups({
    path,
    backups,
    compress: compress ?? null,
    maxAgeMs: maxAgeMs ?? null,
    wall: facts.wall,
    warn,
  });
  const isKept = ownDescriptor(path) === null &&
    (compress !== undefined || maxAgeMs !== undefined);
  const sink = openSink({
    ...options,
    file: {
      fileSystem: fileSystemFor(settings, warn),
      ...(isKept ? { plan: planWithSuffixes, onRolledOver: () => keeper.tend() } : {}),
    },
  });
  if (!(sink instanceof LogFile)) return sink;
  if (isKept) keeper.tend();
  return rotate === undefined ? sink : new TimedSink({ sink, times: rotate, wall: facts.wall });
}

/** Each new file gets its owner and mode before it gets its name. */
export function fileSystemFor(
  { owner, mode }: Pick<LogSettings, "owner" | "mode">,
  warn: (text: string) => void,
): LogFileSystem {
  if (owner === undefined && mode === undefined) return nodeFileSystem;
  let isTold = false;
  const attempt = (path: string, change: () => void) => {
    try {
      change();
    } catch (error) {
      // What is printed matters more than whose file it is in.
      if (!isTold) warn(`cannot set owner and mode of log file ${path}: ${reasonOf(error)}`);
      isTold = true;
    }
  };
  return {
    ...nodeFileSystem,
    openAppend(path) {
      const fd = mode === undefined ? nodeFileSystem.openAppend(path) : openSync(path, "a", mode);
      if (owner !== undefined) {
        attempt(path, () => fchownSync(fd, owner.uid, owner.gid === -1 ? KEEP : owner.gid));
      }
      // After the owner: changing that takes bits away.
      if (mode !== undefined) attempt(path, () => fchmodSync(fd, mode));
      return fd;
    },
  };
}

/** (gid_t) -1. */
const KEEP = 0xffff_ffff;
