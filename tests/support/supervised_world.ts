/** A Supervisor with children on paper and a clock that stands still. */
import assert from "node:assert/strict";
import type { Config, DaemonSpec, GroupSpec, ProcessSpec } from "../../src/config/types.ts";
import type { Process } from "../../src/daemon/process.ts";
import { Supervisor } from "../../src/daemon/supervisor.ts";
import { EventBus } from "../../src/events/bus.ts";
import { eventName } from "../../src/events/types.ts";
import { FakeRuntime } from "./fake_runtime.ts";
import { processSpec } from "./process_spec.ts";

export const SILENT = {
  log: { kind: "none" },
  maxBytes: 0,
  backups: 0,
  captureMaxBytes: 0,
  eventsEnabled: false,
  syslog: false,
} as const;

/** A group of one program. */
export function program(name: string, over: Partial<ProcessSpec> = {}): GroupSpec {
  const process = processSpec(name, {
    command: "/bin/sh -c true",
    stdout: SILENT,
    stderr: SILENT,
    autostart: true,
    startRetries: 1,
    ...over,
  });
  return {
    name,
    kind: "program",
    priority: process.priority,
    processes: [process],
    listener: null,
    fcgi: null,
    memberSockets: {},
    source: { file: "/s.conf", line: 1 },
  };
}

export class World {
  readonly runtime = new FakeRuntime();
  readonly lines: string[] = [];
  readonly events: string[] = [];
  readonly supervisor: Supervisor;
  config: Config;
  /** What the next reread finds; null: the same. */
  nextConfig: Config | null = null;

  constructor(
    groups: readonly GroupSpec[],
    environment: Record<string, string> = {},
    daemon: Partial<DaemonSpec> = {},
  ) {
    this.config = configOf(groups, daemon);
    const bus = new EventBus();
    // Not TICK: it would arm a timer of its own.
    bus.subscribe(
      ["PROCESS_STATE", "PROCESS_GROUP"],
      (event) => this.events.push(eventName(event)),
    );
    let serial = 0;
    this.supervisor = new Supervisor({
      surroundings: {
        runtime: this.runtime,
        bus,
        log: (level, text) => this.lines.push(`${level}: ${text}`),
        isLogged: () => false,
        environment,
        settings: () => this.config.daemon,
        config: () => this.config,
        devNull: 3,
        nextSerial: () => serial++,
      },
      readConfig: () => this.nextConfig ?? this.config,
      adoptConfig: (read) => this.config = read,
      mainLog: { name: "/main.log", path: "/main.log", clear: () => {} },
    });
  }

  begin(): this {
    this.supervisor.activateGroups();
    this.supervisor.begin();
    this.runtime.clock.advance(0);
    return this;
  }

  process(name: string): Process {
    const process = this.supervisor.group(name)?.process(name);
    assert.ok(process, `no process ${name}`);
    return process;
  }

  state(name: string): string {
    return this.process(name).record.state;
  }

  /** A child ends and SIGCHLD arrives. */
  exit(name: string, code: number): void {
    this.runtime.exit(this.process(name).record.pid, code);
    this.supervisor.reap();
  }

  /** Lines of the log about this, without "debug" ones. */
  logged(): string[] {
    return this.lines.splice(0).filter((line) => !line.startsWith("debug"));
  }
}

export function configOf(groups: readonly GroupSpec[], daemon: Partial<DaemonSpec> = {}): Config {
  return {
    file: "/s.conf",
    here: "/",
    daemon: {
      logfile: "/main.log",
      logfileMaxBytes: 0,
      logfileBackups: 0,
      loglevel: "info",
      pidfile: "/s.pid",
      umask: 0o22,
      nodaemon: true,
      silent: true,
      minfds: 1024,
      minprocs: 200,
      nocleanup: true,
      childlogdir: "/tmp",
      uid: null,
      directory: null,
      stripAnsi: false,
      environment: {},
      identifier: "supervisor",
      exitWhen: "never",
      ...daemon,
    },
    servers: [],
    groups,
    rpcNamespaces: ["supervisor"],
    serverUrl: "unix:///s.sock",
    messages: [],
  };
}

/** Lets promises that are due go on. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
