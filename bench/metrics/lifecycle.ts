/** From the start of a supervisor to its end: how long until something is there, or gone. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { type Figures, median, type Volume } from "../metric.ts";
import { childrenOf, runs } from "../processes.ts";
import { SLEEPER, sleepers } from "../programs.ts";
import { type Implementation, pause, Supervisor, until } from "../supervisor.ts";

const HUNDRED = 100;

/** Two starts: a question may wake a daemon that would otherwise not have started its child yet. */
export async function measureStart(implementation: Implementation): Promise<Figures> {
  return {
    ready_ms: await startUntil(implementation, (supervisor) => supervisor.answers()),
    first_child_ms: await startUntil(
      implementation,
      (supervisor) => until(() => sleeping(supervisor) === 1),
    ),
  };
}

async function startUntil(
  implementation: Implementation,
  holds: (supervisor: Supervisor) => Promise<void>,
): Promise<number> {
  const supervisor = new Supervisor(implementation, sleepers(1));
  try {
    await holds(supervisor);
    return performance.now() - supervisor.startedAt;
  } finally {
    await supervisor.stop();
  }
}

/** Without -n: until the command has returned, and until the daemon answers. */
export async function measureBackground(implementation: Implementation): Promise<Figures> {
  const supervisor = new Supervisor(implementation, [], { inBackground: true });
  const status = await supervisor.exited();
  const parent = performance.now() - supervisor.startedAt;
  if (status !== 0) throw new Error(`the command exited with ${status}`);
  await until(() => existsSync(join(supervisor.directory, "supervisord.pid")));
  try {
    await supervisor.answers();
    return { parent_exit_ms: parent, ready_ms: performance.now() - supervisor.startedAt };
  } finally {
    await supervisor.stop();
  }
}

export async function measureSpawn(implementation: Implementation): Promise<Figures> {
  const figures: Figures = {};
  for (const count of [200, 500]) {
    const supervisor = new Supervisor(implementation, sleepers(count));
    try {
      await until(() => sleeping(supervisor) === count);
      figures[`n${count}_all_up_ms`] = performance.now() - supervisor.startedAt;
      await supervisor.allRunning(count);
      figures[`n${count}_rpc_running_ms`] = performance.now() - supervisor.startedAt;
    } finally {
      await supervisor.stop();
    }
  }
  return figures;
}

export async function measureRestart(
  implementation: Implementation,
  { isFull }: Volume,
): Promise<Figures> {
  const figures: Figures = {};
  const kills = isFull ? 20 : 6;
  for (const startSeconds of [0, 1]) {
    const supervisor = new Supervisor(implementation, sleepers(1, `startsecs=${startSeconds}`));
    try {
      await supervisor.answers();
      await supervisor.allRunning(1);
      const times: number[] = [];
      for (let i = 0; i < kills; i++) {
        // Not in step with a loop that ticks once per second, and past startsecs.
        await pause(300 + 1000 * startSeconds + Math.random() * 400);
        times.push(await killOne(supervisor));
      }
      figures[`startsecs${startSeconds}_ms`] = median(times);
      figures[`startsecs${startSeconds}_max_ms`] = Math.max(...times);
    } finally {
      await supervisor.stop();
    }
  }
  return figures;
}

async function killOne(supervisor: Supervisor): Promise<number> {
  const [victim = 0] = childrenOf(supervisor.pid);
  const at = performance.now();
  process.kill(victim, "SIGKILL");
  const isBack = () =>
    childrenOf(supervisor.pid).some((pid) => pid !== victim && runs(pid, SLEEPER));
  // What takes a few milliseconds is not measured by looking once in each.
  while (performance.now() - at < 20) {
    if (isBack()) return performance.now() - at;
  }
  await until(isBack);
  return performance.now() - at;
}

export async function measureStop(implementation: Implementation): Promise<Figures> {
  const supervisor = new Supervisor(implementation, sleepers(HUNDRED));
  try {
    await supervisor.answers();
    await supervisor.allRunning(HUNDRED);
    await pause(1200);
    const stopped = performance.now();
    await supervisor.call("stopAllProcesses");
    const stopAll = performance.now() - stopped;
    if (childrenOf(supervisor.pid).length > 0) throw new Error("not all children are gone");
    const started = performance.now();
    const answer = supervisor.call("startAllProcesses", NO_WAIT);
    await until(() => sleeping(supervisor) === HUNDRED);
    const startAll = performance.now() - started;
    await answer;
    await supervisor.allRunning(HUNDRED);
    const ended = performance.now();
    await supervisor.end();
    return {
      [`n${HUNDRED}_stopall_rpc_ms`]: stopAll,
      [`n${HUNDRED}_startall_ms`]: startAll,
      [`n${HUNDRED}_shutdown_ms`]: performance.now() - ended,
    };
  } finally {
    await supervisor.stop();
  }
}

const NO_WAIT = "<param><value><boolean>0</boolean></value></param>";

function sleeping(supervisor: Supervisor): number {
  return childrenOf(supervisor.pid).filter((pid) => runs(pid, SLEEPER)).length;
}
