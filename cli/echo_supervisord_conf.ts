/** Prints the sample configuration; arguments are ignored. */
import { writeSync } from "node:fs";
import sample from "../src/config/sample.conf" with { type: "text" };

/** The sample configuration as text. */
export const sampleConfiguration: string = sample;

function writeAll(fd: number, text: string): void {
  let bytes = new TextEncoder().encode(text);
  // One write takes what a pipe has room for.
  while (bytes.length > 0) bytes = bytes.subarray(writeSync(fd, bytes));
}

/** @returns the exit status: 0, or 1 when the reader has gone away */
export function echoSupervisordConf(
  _args: readonly string[] = [],
  _invokedAs = "echo_supervisord_conf",
): Promise<number> {
  try {
    writeAll(1, sampleConfiguration);
    return Promise.resolve(0);
  } catch {
    // `echo_supervisord_conf | head -1`: nobody is left to tell about it.
    return Promise.resolve(1);
  }
}
