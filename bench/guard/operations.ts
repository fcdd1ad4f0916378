/** What is counted: system calls of the daemon's own thread for one of each operation. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { childrenOf } from "../processes.ts";
import { requestBytes, RpcConnection } from "../rpc_connection.ts";
import { type Implementation, pause, type ProgramLines, Supervisor, until } from "../supervisor.ts";
import { type Calls, parseSummary, Strace, total } from "./strace.ts";

const CHILDREN = 20;
const CALLS = 200;
const IDLE_MS = 10_000;
/** After this long without anything to do the daemon has put everything away. */
const QUIET_MS = 3000;
const BLOCKS = { size: 4096, count: 1024 };
const LINES = { size: 100, count: 10_000 };

/** Counts per operation, in the order in which they were taken. */
export async function countOperations(ours: Implementation): Promise<Record<string, number>> {
  const counts: Record<string, number> = { "start and end": await countStart(ours) };
  const supervisor = new Supervisor(ours, [
    ...Array.from({ length: CHILDREN }, (_, i) => sleeper(`p${String(i).padStart(2, "0")}`)),
    writer("blocks", BLOCKS),
    writer("lines", LINES),
  ]);
  try {
    await supervisor.answers();
    await until(() => childrenOf(supervisor.pid).length === CHILDREN);
    await pause(QUIET_MS);
    const during = async (work: () => Promise<void>): Promise<Calls> => {
      const strace = await Strace.attach(supervisor.pid);
      try {
        await work();
      } finally {
        // What follows the last answer belongs to it.
        await pause(50);
      }
      return await strace.detach();
    };
    const perMegabyte = ({ size, count }: typeof BLOCKS) => 1e6 / (size * count);

    counts["restarted child"] = total(await during(() => killAll(supervisor))) / CHILDREN;
    counts["getState, kept connection"] = total(await during(() => askOften(supervisor))) / CALLS;
    counts["getState, new connection"] = total(
      await during(async () => {
        for (let i = 0; i < CALLS; i++) await supervisor.call("getState");
      }),
    ) / CALLS;
    counts["child stopped and started"] = total(await during(() => stopAndStart(supervisor))) /
      CHILDREN;
    counts["MB of log in blocks of 4 KiB"] = total(
      await during(() => write(supervisor, "blocks", BLOCKS)),
    ) * perMegabyte(BLOCKS);
    counts["MB of log, 100 bytes a write"] = total(
      await during(() => write(supervisor, "lines", LINES)),
    ) * perMegabyte(LINES);
    await pause(QUIET_MS);
    counts["10 s without anything to do"] = total(await during(() => pause(IDLE_MS)));
    counts["supervisorctl status"] = await countControl(supervisor, "status");
    counts["supervisorctl pid"] = await countControl(supervisor, "pid");
  } finally {
    await supervisor.stop();
  }
  return counts;
}

async function countStart(ours: Implementation): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "supervisor-guard-"));
  const file = join(directory, "calls");
  const supervisor = new Supervisor(ours, [], { under: ["strace", "-c", "-o", file, "--"] });
  try {
    await supervisor.answers();
  } finally {
    await supervisor.stop();
  }
  const calls = parseSummary(readFileSync(file, "utf8"));
  rmSync(directory, { recursive: true, force: true });
  return total(calls);
}

async function countControl(supervisor: Supervisor, action: string): Promise<number> {
  return total(await Strace.run(supervisor.controlCommand(action)).finished());
}

async function killAll(supervisor: Supervisor): Promise<void> {
  for (const victim of childrenOf(supervisor.pid)) {
    process.kill(victim, "SIGKILL");
    await until(() => {
      const children = childrenOf(supervisor.pid);
      return children.length === CHILDREN && !children.includes(victim);
    });
  }
}

async function askOften(supervisor: Supervisor): Promise<void> {
  const connection = await RpcConnection.open({ path: supervisor.socket });
  const request = requestBytes("getState");
  for (let i = 0; i < CALLS; i++) await connection.call(request);
  connection.close();
}

async function stopAndStart(supervisor: Supervisor): Promise<void> {
  await supervisor.call("stopAllProcesses");
  for (let i = 0; i < CHILDREN; i++) {
    await supervisor.call("startProcess", string(`p${String(i).padStart(2, "0")}`));
  }
}

async function write(
  supervisor: Supervisor,
  name: string,
  { size, count }: typeof BLOCKS,
): Promise<void> {
  const file = join(supervisor.directory, `${name}.log`);
  await supervisor.call("startProcess", string(name));
  await until(() => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= size * count);
}

const string = (text: string) => `<param><value><string>${text}</string></value></param>`;

function sleeper(name: string): ProgramLines {
  return {
    name,
    lines: [
      "command=sleep 1000",
      "startsecs=0",
      "autorestart=true",
      "stdout_logfile=NONE",
      "stderr_logfile=NONE",
    ],
  };
}

function writer(name: string, { size, count }: typeof BLOCKS): ProgramLines {
  return {
    name,
    lines: [
      `command=dd if=/dev/zero bs=${size} count=${count} status=none`,
      "autostart=false",
      "startsecs=0",
      "autorestart=false",
      `stdout_logfile=$DIR/${name}.log`,
      "stdout_logfile_maxbytes=0",
      "stderr_logfile=NONE",
    ],
  };
}
