/** Prints by how many minutes local time is ahead of UTC, in winter, in summer and after 2038. */
import { writeSync } from "node:fs";
import process from "node:process";
import { getRuntime } from "../../src/runtime/mod.ts";

const { clock } = getRuntime();
const moments = [Date.UTC(2026, 0, 15, 12), Date.UTC(2026, 6, 15, 12), Date.UTC(2040, 6, 15, 12)];
writeSync(1, JSON.stringify(moments.map((wall) => clock.utcOffset(wall) / 60_000)));
process.exit(0);
