/** A runtime whose children, pipes and signals exist only on paper. */
import { writeFileSync } from "node:fs";
import type { HttpServer } from "../../src/runtime/http_types.ts";
import type {
  DatagramSocket,
  PipePair,
  PipeReader,
  PipeReaderSink,
  PipeWriter,
} from "../../src/runtime/pipe_types.ts";
import type { Reaped, SpawnRequest, SpawnResult } from "../../src/runtime/spawn_types.ts";
import type { Runtime, System, UserDatabase } from "../../src/runtime/types.ts";
import { SystemError } from "../../src/runtime/system_error.ts";
import { FakeClock } from "./fake_clock.ts";

export interface SentSignal {
  /** Negative: a process group. */
  readonly pid: number;
  readonly signal: number;
}

const WAIT_STATUS_OF_EXIT = 8;

function notHere(): never {
  throw new Error("not part of this test");
}

export class FakeRuntime implements Runtime {
  readonly name = "bun";
  readonly version = "0";
  readonly pid = 1;
  readonly clock = new FakeClock();
  readonly selfCommand = ["/self"];
  readonly invokedAs = "supervisord";
  readonly args: readonly string[] = [];
  /** Every spawn that was asked for. */
  readonly spawns: SpawnRequest[] = [];
  readonly sent: SentSignal[] = [];
  readonly openFds = new Set<number>();
  readonly readers = new Map<number, PipeReaderSink>();
  readonly written = new Map<number, string>();
  /** What the next spawns come to; default: success. */
  readonly spawnResults: SpawnResult[] = [];
  /** Error code of the next kill(2), if any. */
  killError: string | null = null;
  /** Error code of the next pipe(2), if any. */
  pipeError: string | null = null;
  uid = 0;
  readonly #dead: Reaped[] = [];
  #nextPid = 100;
  #nextFd = 10;

  readonly users: UserDatabase = {
    userByName: () => null,
    userById: (uid) => uid === 65534 ? { name: "nobody", uid, gid: 65534, home: "/" } : null,
    groupByName: () => null,
    groupById: () => null,
    groupsOf: (user) => [user.gid, 4],
  };

  readonly system: System = {
    kill: (pid, signal) => {
      const code = this.killError;
      this.killError = null;
      if (code !== null) throw new SystemError(code, 1, "kill");
      this.sent.push({ pid, signal });
    },
    getuid: () => this.uid,
    getgid: () => this.uid,
    become: notHere,
    getLimit: () => ({ soft: 1024, hard: 4096 }),
    setLimit: notHere,
    umask: notHere,
    setsid: notHere,
    dup2: notHere,
    closeOnExecFrom: notHere,
    setNonBlocking: notHere,
    setCloseOnExec: notHere,
    memoryFile: notHere,
    readDescriptor: notHere,
    listen: () => this.#open(),
    becomeSubreaper: () => false,
    execve: notHere,
    syslog: () => {},
    settleSignals: () => Promise.resolve(() => {}),
    sendDatagram: () => {},
    peerOf: () => null,
    hostName: () => "host",
  };

  #open(): number {
    const fd = this.#nextFd++;
    this.openFds.add(fd);
    return fd;
  }

  /** The pid of the latest child. */
  get lastPid(): number {
    return this.#nextPid - 1;
  }

  /** The child ends; reap() will tell. */
  exit(pid: number, code: number): void {
    this.#dead.push({ pid, status: code << WAIT_STATUS_OF_EXIT });
  }

  killed(pid: number, signal: number): void {
    this.#dead.push({ pid, status: signal });
  }

  releaseMemory(): void {}

  pipe(): PipePair {
    if (this.pipeError !== null) throw new SystemError(this.pipeError, 24, "pipe");
    return { read: this.#open(), write: this.#open() };
  }

  closeFd(fd: number): void {
    if (!this.openFds.delete(fd)) throw new Error(`descriptor ${fd} is closed twice`);
  }

  spawn(request: SpawnRequest): SpawnResult {
    this.spawns.push({ ...request, env: { ...request.commonEnv, ...request.env } });
    return this.spawnResults.shift() ?? { ok: true, pid: this.#nextPid++ };
  }

  reap(): Reaped[] {
    return this.#dead.splice(0);
  }

  onSignal(): () => void {
    return () => {};
  }

  openReader(fd: number, sink: PipeReaderSink): PipeReader {
    this.readers.set(fd, sink);
    const close = (): void => {
      if (this.readers.delete(fd)) this.closeFd(fd);
    };
    return { fd, drain: () => {}, pause: () => {}, resume: () => {}, close, release: notHere };
  }

  /** The other end of every pipe that is read has been closed. */
  endReaders(): void {
    for (const [fd, sink] of [...this.readers]) {
      this.readers.delete(fd);
      this.closeFd(fd);
      sink.end();
    }
  }

  openWriter(fd: number): PipeWriter {
    const decoder = new TextDecoder();
    return {
      fd,
      pending: 0,
      write: (bytes) => {
        this.written.set(fd, (this.written.get(fd) ?? "") + decoder.decode(bytes));
      },
      onError: () => {},
      onDrain: () => {},
      close: () => this.closeFd(fd),
      release: notHere,
      unsent: () => new Uint8Array(0),
    };
  }

  /** Bound datagram sockets by path: who calls one sends to it. */
  readonly datagrams = new Map<string, (datagram: Uint8Array) => void>();

  openDatagrams(where: string | number, receive: (datagram: Uint8Array) => void): DatagramSocket {
    const path = String(where);
    if (typeof where === "string") writeFileSync(path, "");
    this.datagrams.set(path, receive);
    const fd = typeof where === "number" ? where : this.#open();
    this.openFds.add(fd);
    const close = (): void => {
      if (this.datagrams.delete(path)) this.closeFd(fd);
    };
    return { fd, drain: () => {}, close };
  }

  serve(): Promise<HttpServer> {
    return notHere();
  }
}
