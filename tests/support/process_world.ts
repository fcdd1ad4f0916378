/** A supervisor with one program, on a fake runtime: for what a single process goes through. */
import assert from "node:assert/strict";
import type { ProcessSpec } from "../../src/config/types.ts";
import type { Process } from "../../src/daemon/process.ts";
import { Supervisor } from "../../src/daemon/supervisor.ts";
import { EventBus } from "../../src/events/bus.ts";
import { eventName } from "../../src/events/types.ts";
import type { SpawnRequest } from "../../src/runtime/spawn_types.ts";
import { FakeDaemon, groupSpec } from "./fake_daemon.ts";
import { processSpec } from "./process_spec.ts";
import { FakeRuntime } from "./fake_runtime.ts";

export interface ProcessWorld {
  readonly runtime: FakeRuntime;
  readonly supervisor: Supervisor;
  readonly process: Process;
  /** Names of what was published. */
  readonly events: string[];
  readonly lines: string[];
  /** How often its health has changed. */
  readonly changes: number;
  /** How its first child was started. */
  readonly spawn: SpawnRequest;
  /** Its child ends, and SIGCHLD arrives. */
  exit(code: number): void;
}

const worlds: Supervisor[] = [];

/** The body of a test, after which the worlds it has made leave nothing behind, sockets least. */
export function tidy(body: () => void | Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await body();
    } finally {
      for (const supervisor of worlds.splice(0)) supervisor.dispose();
    }
  };
}

/** The program is called web, runs /bin/sh, and has been spawned. */
export async function processWorld(over: Partial<ProcessSpec>): Promise<ProcessWorld> {
  const spec = processSpec("web", { command: "/bin/sh -c true", autostart: true, ...over });
  const { config } = new FakeDaemon([groupSpec("web", [spec], { kind: "program" })]);
  const runtime = new FakeRuntime();
  const bus = new EventBus();
  const [events, lines]: [string[], string[]] = [[], []];
  bus.subscribe(
    ["PROCESS_STATE", "PROCESS_HEALTH"],
    (event) => events.push(eventName(event)),
  );
  let serial = 0;
  const supervisor = new Supervisor({
    surroundings: {
      runtime,
      bus,
      log: (level, text) => lines.push(`${level}: ${text}`),
      isLogged: () => false,
      environment: {},
      settings: () => config.daemon,
      config: () => config,
      devNull: 3,
      nextSerial: () => serial++,
    },
    readConfig: () => config,
    adoptConfig: () => {},
    mainLog: { name: "/main.log", path: "/main.log", clear: () => {} },
  });
  worlds.push(supervisor);
  let changes = 0;
  supervisor.onHealthChange(() => changes++);
  supervisor.activateGroups();
  await supervisor.prepare();
  supervisor.begin();
  runtime.clock.advance(0);
  const process = supervisor.group("web")?.process("web");
  assert.ok(process !== undefined);
  const [spawn] = runtime.spawns;
  assert.ok(spawn !== undefined);
  return {
    runtime,
    supervisor,
    process,
    events,
    lines,
    get changes() {
      return changes;
    },
    spawn,
    exit(code) {
      runtime.exit(process.record.pid, code);
      supervisor.reap();
    },
  };
}
