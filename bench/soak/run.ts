/**
 * Hours of churn against the compiled executable, and whether it is flat.
 *
 *     bun bench/soak/run.ts --minutes 60 [--supervisord dist/supervisord] [--out DIR]
 *                           [--every 250] [--sample 10] [--seed 1]
 *     bun bench/soak/run.ts --draw DIR
 *
 * Writes soak.csv as it goes and soak.svg at the end into DIR; --draw does the drawing and the
 * verdict again from a soak.csv. Exit status 1 when something grows, or went wrong. Linux only.
 */
import { spawn } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { RpcClient } from "../../src/client/rpc_client.ts";
import { pause, until } from "../supervisor.ts";
import { Churn } from "./churn.ts";
import { configuration } from "./configuration.ts";
import { drawSamples } from "./plot.ts";
import { COLUMNS, csvLine, parseCsv, takeSample } from "./samples.ts";
import { judge, verdictTable } from "./verdict.ts";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    supervisord: { type: "string", default: "dist/supervisord" },
    out: { type: "string", default: "soak-result" },
    every: { type: "string", default: "250" },
    sample: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    draw: { type: "string" },
  },
});

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Draws and judges the record in `directory`. @returns whether it is flat */
function conclude(directory: string): boolean {
  const samples = parseCsv(readFileSync(join(directory, "soak.csv"), "utf8"));
  const minutes = Math.round((samples.at(-1)?.seconds ?? 0) / 60);
  writeFileSync(
    join(directory, "soak.svg"),
    drawSamples(samples, `supervisord over ${minutes} minutes of churn`),
  );
  const comparisons = judge(samples);
  print(verdictTable(comparisons));
  return comparisons.every(({ isFlat }) => isFlat);
}

async function soak(out: string): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), "supervisor-soak-"));
  const configFile = join(directory, "supervisord.conf");
  // A copy: its pages are shared with nobody, and a build during the run changes nothing.
  const executable = join(directory, "supervisord");
  copyFileSync(resolve(options.supervisord), executable);
  writeFileSync(configFile, configuration(directory, []));
  mkdirSync(out, { recursive: true });
  const csv = join(out, "soak.csv");
  writeFileSync(csv, `${COLUMNS.join(",")}\n`);

  const startedAt = performance.now();
  const daemon = spawn(executable, ["-n", "-c", configFile], { stdio: "ignore", cwd: directory });
  let ended: string | null = null;
  const end = new Promise<void>((done) =>
    daemon.once("close", (status, signal) => {
      ended = `the daemon ended with ${status ?? signal}`;
      done();
    })
  );
  const socket = join(directory, "supervisor.sock");
  const client = new RpcClient({ serverUrl: `unix://${socket}`, username: null, password: null });
  const pid = daemon.pid as number;
  const churn = new Churn({
    directory,
    configFile,
    pid,
    seed: Number(options.seed),
    everyMs: Number(options.every),
  });
  let running: Promise<void> = Promise.resolve();
  try {
    await until(() => existsSync(socket) || ended !== null);
    running = churn.run();
    const last = startedAt + Number(options.minutes) * 60_000;
    while (performance.now() < last && ended === null) {
      await pause(Number(options.sample) * 1000);
      try {
        const ask = () => client.call("supervisor.getState");
        appendFileSync(csv, `${csvLine(await takeSample(pid, startedAt, churn.done, ask))}\n`);
      } catch {
        // Between two generations nobody answers; the next sample will.
        client.close();
      }
    }
  } finally {
    churn.end();
    await running;
    client.close();
    if (ended === null) daemon.kill("SIGTERM");
    await end;
  }
  const counts = [...churn.counts].map(([name, count]) => `${name} ${count}`).join(", ");
  print(`${churn.done} actions: ${counts}`);
  print(`${ended}; ${churn.troubles.length} troubles`);
  for (const trouble of churn.troubles) print(`  ${trouble}`);
  rmSync(directory, { recursive: true, force: true });
  const isFlat = conclude(out);
  return isFlat && churn.troubles.length === 0 && daemon.exitCode === 0;
}

const isGood = options.draw === undefined
  ? await soak(resolve(options.out))
  : conclude(resolve(options.draw));
print(isGood ? "flat" : "NOT flat");
process.exitCode = isGood ? 0 : 1;
