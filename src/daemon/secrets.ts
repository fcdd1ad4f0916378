/**
 * Secrets for a process that is about to be started. They go into its environment and nowhere else:
 * no message has anything of their content, and they are forgotten after the start.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { DotenvError, parseDotenv } from "../config/dotenv.ts";
import { reasonOf } from "../logs/sink_error.ts";

/** More cannot be handed over: the system limits one variable to 128 KiB. */
export const LARGEST_SECRET = 128 * 1024;

export type Secrets =
  | { readonly ok: true; readonly values: Readonly<Record<string, string>> }
  /** A sentence without a full stop. */
  | { readonly ok: false; readonly reason: string };

/** Nothing is secret: always this very object. */
export const NO_SECRETS: Readonly<Record<string, string>> = {};

/**
 * All secrets of one start.
 *
 * @param printed by the secret command; null: there is none
 */
export function collectSecrets(
  files: Readonly<Record<string, string>> | undefined,
  printed: Readonly<Record<string, string>> | null,
): Secrets {
  if (files === undefined) return { ok: true, values: printed ?? NO_SECRETS };
  const read = readSecretFiles(files);
  return read.ok ? { ok: true, values: { ...read.values, ...printed } } : read;
}

/** The content of each file, without the line end at its end. */
export function readSecretFiles(files: Readonly<Record<string, string>>): Secrets {
  const values: Record<string, string> = {};
  for (const [name, path] of Object.entries(files)) {
    try {
      values[name] = checked(readSmallFile(path).replace(/\r?\n$/, ""));
    } catch (error) {
      return { ok: false, reason: `cannot read secret ${name} in ${path}: ${reasonOf(error)}` };
    }
  }
  return { ok: true, values };
}

/** Lines as in an environment file. */
export function parseSecrets(output: Uint8Array): Secrets {
  try {
    const values = parseDotenv(decode(output));
    Object.values(values).forEach(checked);
    return { ok: true, values };
  } catch (error) {
    const where = error instanceof DotenvError ? `line ${error.line} of its output: ` : "";
    return { ok: false, reason: where + reasonOf(error) };
  }
}

/** Never waits: a FIFO would keep the whole daemon until somebody writes to it. */
function readSmallFile(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) throw new Error("it is not a regular file");
    const buffer = new Uint8Array(LARGEST_SECRET + 1);
    let size = 0;
    for (;;) {
      const count = readSync(fd, buffer, size, buffer.length - size, null);
      size += count;
      if (count === 0 || size === buffer.length) break;
    }
    if (size > LARGEST_SECRET) throw new Error(`it has more than ${LARGEST_SECRET} bytes`);
    return decode(buffer.subarray(0, size));
  } finally {
    closeSync(fd);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8");
  }
}

function checked(value: string): string {
  if (value.includes("\0")) throw new Error("it has a zero byte in it");
  return value;
}
