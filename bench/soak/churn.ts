/** What clients, operators and the system do to a daemon in the course of years, one after another. */
import { Buffer } from "node:buffer";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { RpcClient } from "../../src/client/rpc_client.ts";
import { pause } from "../supervisor.ts";
import { childrenOf } from "../processes.ts";
import { configuration, STEADY_COUNT, type Visitor, VISITORS } from "./configuration.ts";
import { Random } from "../../tests/support/random.ts";

export interface ChurnOptions {
  readonly directory: string;
  readonly configFile: string;
  readonly pid: number;
  readonly seed: number;
  /** Time between two actions; their own duration comes on top. */
  readonly everyMs: number;
}

/** How often each thing is done, relative to the others. */
type Action = readonly [weight: number, act: () => Promise<void>];

const FOLLOW_MS = 4000;
const PATHS = ["/", "/api/v1/processes", "/api/v1/status", "/metrics", "/healthz", "/nothing/here"];
const GARBAGE = ["GET", "POST /RPC2 HTTP/1.1\r\nContent-Length: 5\r\n\r\n<x", "\0\xff\r\n\r\n", ""];
/** A restart of the whole daemon stops and starts everything: rarely. */
const RELOAD_EVERY_MS = 150_000;
const RELOAD_WITHIN_MS = 60_000;

export class Churn {
  /** Actions carried out, by name. */
  readonly counts = new Map<string, number>();
  /** Actions that went wrong in a way that nobody intended. */
  readonly troubles: string[] = [];
  readonly #options: ChurnOptions;
  readonly #random: Random;
  readonly #client: RpcClient;
  readonly #actions: Readonly<Record<string, Action>>;
  #visitors: readonly Visitor[] = [];
  #isOver = false;
  #done = 0;

  constructor(options: ChurnOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#client = new RpcClient({
      serverUrl: `unix://${this.#socket}`,
      username: null,
      password: null,
    });
    this.#actions = {
      restart: [6, () => this.#restart()],
      kill: [3, () => this.#kill()],
      info: [8, () => this.#call("getAllProcessInfo")],
      readLog: [4, () => this.#call("readProcessStdoutLog", "writer:0", -2000, 2000)],
      tail: [4, () => this.#call("tailProcessStdoutLog", "writer:1", 0, 5000)],
      clear: [2, () => this.#call("clearProcessLogs", "writer:0")],
      speak: [6, () => this.#call("sendProcessStdin", "speaker", "something to say\n")],
      comm: [4, () => this.#call("sendRemoteCommEvent", "soak", "data ".repeat(50))],
      get: [8, () => this.#get(this.#random.pick(PATHS))],
      follow: [3, () => this.#stream("/logtail/writer:0/stdout")],
      events: [2, () => this.#stream("/api/v1/events")],
      garbage: [2, () => this.#garbage()],
      fault: [2, () => this.#call("startProcess", "no_such_process")],
      hopeless: [1, () => this.#call("startProcess", "hopeless", false)],
      reopen: [1, () => this.#signal("SIGUSR2")],
      update: [4, () => this.#update()],
    };
  }

  get done(): number {
    return this.#done;
  }

  get #socket(): string {
    return join(this.#options.directory, "supervisor.sock");
  }

  async run(): Promise<void> {
    const names = Object.entries(this.#actions).flatMap(([name, [weight]]) =>
      Array<string>(weight).fill(name)
    );
    let reloadAt = performance.now() + RELOAD_EVERY_MS;
    while (!this.#isOver) {
      const isReload = performance.now() >= reloadAt;
      if (isReload) reloadAt += RELOAD_EVERY_MS;
      const name = isReload ? "reload" : this.#random.pick(names);
      try {
        await (isReload ? this.#reload() : this.#actions[name]?.[1]());
      } catch (error) {
        // A fault is an answer; what is wrong is a connection that is lost.
        if ((error as Error).name !== "Fault") this.troubles.push(`${name}: ${error}`);
      }
      this.#done++;
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      await pause(this.#options.everyMs);
    }
    this.#client.close();
  }

  end(): void {
    this.#isOver = true;
  }

  async #call(method: string, ...params: (string | number | boolean)[]): Promise<void> {
    await this.#client.call(`supervisor.${method}`, ...params);
  }

  async #restart(): Promise<void> {
    const name = `steady:${String(this.#random.below(STEADY_COUNT)).padStart(2, "0")}`;
    await this.#call("stopProcess", name);
    await this.#call("startProcess", name);
  }

  #kill(): Promise<void> {
    const children = childrenOf(this.#options.pid);
    if (children.length > 0) process.kill(this.#random.pick(children), "SIGKILL");
    return Promise.resolve();
  }

  #signal(name: NodeJS.Signals): Promise<void> {
    process.kill(this.#options.pid, name);
    return Promise.resolve();
  }

  #get(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = request({ socketPath: this.#socket, path, agent: false }, (response) => {
        response.resume();
        response.on("end", resolve);
      });
      call.on("error", reject);
      call.end();
    });
  }

  /** Reads an endless answer beside the other actions, for a while. */
  #stream(path: string): Promise<void> {
    const call = request({ socketPath: this.#socket, path, agent: false }, (response) => {
      response.on("error", () => {});
      response.resume();
    });
    call.on("error", () => {});
    call.end();
    setTimeout(() => call.destroy(), this.#random.next() * FOLLOW_MS);
    return Promise.resolve();
  }

  #garbage(): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(this.#socket, () => {
        socket.write(Buffer.from(this.#random.pick(GARBAGE), "latin1"));
        setTimeout(() => socket.destroy(), 50);
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve());
    });
  }

  /** Another configuration, and what `supervisorctl update` does with it. */
  async #update(): Promise<void> {
    this.#visitors = VISITORS
      .filter(() => this.#random.next() < 0.6)
      .map((name) => ({ name, version: this.#random.below(3) }));
    const { directory, configFile } = this.#options;
    writeFileSync(configFile, configuration(directory, this.#visitors));
    const answer = await this.#client.call("supervisor.reloadConfig");
    const [[added, changed, removed]] = answer as unknown as [[string[], string[], string[]]];
    for (const name of [...removed, ...changed]) {
      await this.#call("stopProcessGroup", name);
      await this.#call("removeProcessGroup", name);
    }
    for (const name of [...changed, ...added]) await this.#call("addProcessGroup", name);
  }

  async #reload(): Promise<void> {
    const pid = async () => {
      const info = await this.#client.call("supervisor.getProcessInfo", "steady:00");
      return (info as { pid: number }).pid;
    };
    const before = await pid();
    await this.#call("restart");
    const deadline = performance.now() + RELOAD_WITHIN_MS;
    while (performance.now() < deadline) {
      await pause(50);
      try {
        const now = await pid();
        if (now !== 0 && now !== before) return;
      } catch {
        // Between two generations nobody listens.
      }
    }
    throw new Error("no new process within a minute of a restart");
  }
}
