/** Writes more to its terminal than that holds, and ends when all is taken. */
import { Buffer } from "node:buffer";
import { constants, openSync } from "node:fs";
import process from "node:process";
import { getRuntime } from "../../src/runtime/mod.ts";

const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const writer = getRuntime().openWriter(openSync("/dev/tty", flags));
writer.onDrain(() => process.exit(0));
writer.write(Buffer.from(`${"x".repeat(99)}\n`.repeat(5000)));
setTimeout(() => process.exit(1), 10_000);
