/** XML-RPC: calls per second and the slowest of a hundred, and a crash storm around them. */
import { statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Figures, quantile, type Volume } from "../metric.ts";
import { usage, used } from "../processes.ts";
import { passersBy, sleepers } from "../programs.ts";
import { requestBytes, RpcConnection, type Target } from "../rpc_connection.ts";
import { type Implementation, pause, Supervisor, until } from "../supervisor.ts";

const PROGRAMS = 200;
const STORM = 50;
/** Between two questions in the storm. */
const QUESTION_MS = 20;

export interface Load {
  readonly target: Target;
  readonly method: string;
  readonly params?: string;
  readonly clients: number;
  readonly isKept: boolean;
  readonly seconds: number;
}

export interface LoadResult {
  readonly calls: number;
  readonly perSecond: number;
  readonly p99Us: number;
}

/** As many calls as the clients get done in the time. @throws Error for any that fails */
export async function load(options: Load): Promise<LoadResult> {
  const { target, method, params, clients, isKept, seconds } = options;
  const request = requestBytes(method, params);
  const times: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(Array.from({ length: clients }, async () => {
    let connection: RpcConnection | null = null;
    while (performance.now() < end) {
      const at = performance.now();
      connection ??= await RpcConnection.open(target);
      await connection.call(request);
      times.push(performance.now() - at);
      if (isKept && connection.isOpen) continue;
      connection.close();
      connection = null;
    }
    connection?.close();
  }));
  return {
    calls: times.length,
    perSecond: times.length / ((performance.now() - start) / 1000),
    p99Us: quantile(times, 0.99) * 1000,
  };
}

export async function measureCalls(
  implementation: Implementation,
  { isFull }: Volume,
): Promise<Figures> {
  const figures: Figures = {};
  const port = await freePort();
  const supervisor = new Supervisor(implementation, sleepers(PROGRAMS), { port });
  try {
    await supervisor.answers();
    await supervisor.allRunning(PROGRAMS);
    await pause(500);
    const methods = { state: "getState", [`all${PROGRAMS}`]: "getAllProcessInfo" };
    const targets = { unix: { path: supervisor.socket }, tcp: { port } };
    for (const [name, method] of Object.entries(methods)) {
      for (const [transport, target] of Object.entries(targets)) {
        if (name !== "state" && transport === "tcp" && !isFull) continue;
        for (const clients of [1, 8]) {
          for (const isKept of [true, false]) {
            const result = await load({
              target,
              method,
              clients,
              isKept,
              seconds: isFull ? 1.5 : 0.4,
            });
            const key = `${name}_${transport}_c${clients}_${isKept ? "keep" : "new"}`;
            figures[`${key}_per_s`] = result.perSecond;
            figures[`${key}_p99_us`] = result.p99Us;
          }
        }
      }
    }
  } finally {
    await supervisor.stop();
  }
  return figures;
}

export async function measureStorm(
  implementation: Implementation,
  { isFull }: Volume,
): Promise<Figures> {
  const seconds = isFull ? 10 : 3;
  const supervisor = new Supervisor(implementation, passersBy(STORM));
  try {
    await supervisor.answers();
    const file = join(supervisor.directory, "starts");
    const starts = () => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    await until(() => starts() >= STORM);
    await pause(500);
    const before = { starts: starts(), usage: usage(supervisor.pid), at: performance.now() };
    const request = requestBytes("getState");
    const times: number[] = [];
    while (performance.now() - before.at < seconds * 1000) {
      const at = performance.now();
      const connection = await RpcConnection.open({ path: supervisor.socket });
      await connection.call(request);
      connection.close();
      times.push(performance.now() - at);
      await pause(QUESTION_MS);
    }
    const elapsed = (performance.now() - before.at) / 1000;
    const restarts = starts() - before.starts;
    const { cpuMs } = used(before.usage, usage(supervisor.pid));
    return {
      restarts_per_s: restarts / elapsed,
      cpu_us_per_restart_us: cpuMs * 1000 / restarts,
      rpc_p50_ms: quantile(times, 0.5),
      rpc_p99_ms: quantile(times, 0.99),
    };
  } finally {
    await supervisor.stop();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
