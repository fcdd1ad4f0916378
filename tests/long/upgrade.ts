/**
 * Upgrades between two builds, over and over, under children that write and clients that ask.
 *
 * usage: bun tests/long/upgrade.ts [--rounds 50] [--children 200] [--pace 0.05]
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeDirectory, supervisordCommand } from "../support/start_daemon.ts";
import { type Round, upgradeAgainAndAgain } from "../support/upgrades.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    children: { type: "string", default: "200" },
    pace: { type: "string", default: "0.05" },
  },
});

const root = fileURLToPath(new URL("../../", import.meta.url));
const place = makeDirectory();
try {
  const built = spawnSync(join(root, "compile.sh"), [`--outdir=${place}`], {
    env: { ...process.env, SUPERVISORD_COMMIT: "second" },
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(built.stderr);
  const figures = await upgradeAgainAndAgain({
    children: Number(values.children),
    rounds: Number(values.rounds),
    pace: Number(values.pace),
    builds: [join(place, "supervisord"), resolve(supervisordCommand[0] ?? "")],
    keepsConnections: true,
    report: (round) => process.stdout.write(`${describe(round)}\n`),
  });
  const times = figures.rounds.map(({ ms }) => ms).sort((a, b) => a - b);
  const [first, last] = [figures.rounds[1], figures.rounds.at(-1)];
  process.stdout.write(
    `${figures.rounds.length} upgrades: ${figures.bytes} bytes of output compared, ` +
      `${figures.events} events each delivered once, ${figures.calls} calls, ` +
      `${figures.failedCalls.length} failed\n` +
      `an upgrade took ${ms(times[times.length >> 1])} (slowest ${ms(times.at(-1))}), a call ` +
      `${ms(figures.slowest)} at most (p99 ${ms(figures.p99)})\n` +
      `memory ${first?.residentKiB} KiB -> ${last?.residentKiB} KiB, ` +
      `descriptors ${first?.descriptors} -> ${last?.descriptors}\n`,
  );
} finally {
  rmSync(place, { recursive: true, force: true });
}

function describe({ number, ms: took, residentKiB, descriptors }: Round): string {
  return `${number}: ${ms(took)}, ${residentKiB} KiB, ${descriptors} descriptors`;
}

function ms(value: number | undefined): string {
  return `${(value ?? 0).toFixed(0)} ms`;
}
