/** Helpers of the log tests: directories that go away, a clock to move, a file system to break. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LogFileSystem, nodeFileSystem } from "../../../src/logs/file_system.ts";
import type { PipeWriter } from "../../../src/runtime/pipe_types.ts";
import { SystemError } from "../../../src/runtime/system_error.ts";

/** Runs with a directory of its own, removed afterwards. */
export async function withDirectory(run: (dir: string) => void | Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "logs-test-"));
  try {
    await run(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export function read(path: string): string {
  return readFileSync(path, "utf8");
}

/** Contents of a log and its backups, oldest first. */
export function readWithBackups(dir: string, name: string): string[] {
  const number = (file: string) => Number(file.slice(name.length + 1) || 0);
  return readdirSync(dir)
    .filter((file) => file === name || /^\.\d+$/.test(file.slice(name.length)))
    .sort((a, b) => number(b) - number(a))
    .map((file) => read(join(dir, file)));
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Timers that fire when told. */
export class FakeClock {
  now = 0;
  #timers: { at: number; run: () => void }[] = [];

  monotonic(): number {
    return this.now;
  }

  wall(): number {
    return this.now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get armed(): number {
    return this.#timers.length;
  }

  advance(ms: number): void {
    this.now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.now);
    this.#timers = this.#timers.filter(({ at }) => at > this.now);
    for (const { run } of due) run();
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code });
}

/** The real file system, with calls recorded and failures on demand. */
export class FaultyFileSystem implements LogFileSystem {
  readonly calls: string[] = [];
  /** Operation -> error code thrown instead of doing it. */
  readonly failing = new Map<keyof LogFileSystem, string>();
  /** Bytes that still fit; then a short write, then ENOSPC. */
  room = Infinity;
  hidesPartialWrites = false;

  #call(name: keyof LogFileSystem): void {
    this.calls.push(name);
    const code = this.failing.get(name);
    if (code !== undefined) throw failure(code);
  }

  openAppend(path: string): number {
    this.#call("openAppend");
    return nodeFileSystem.openAppend(path);
  }

  truncate(fd: number): void {
    this.#call("truncate");
    nodeFileSystem.truncate(fd);
  }

  write(fd: number, data: Uint8Array): number {
    this.#call("write");
    if (this.room === 0) throw failure("ENOSPC");
    const count = nodeFileSystem.write(fd, data.subarray(0, Math.min(data.length, this.room)));
    this.room -= count;
    if (this.hidesPartialWrites && count < data.length) throw failure("ENOSPC");
    return count;
  }

  size(fd: number): number {
    this.#call("size");
    return nodeFileSystem.size(fd);
  }

  close(fd: number): void {
    this.#call("close");
    nodeFileSystem.close(fd);
  }

  exists(path: string): boolean {
    this.#call("exists");
    return nodeFileSystem.exists(path);
  }

  rename(from: string, to: string): void {
    this.#call("rename");
    nodeFileSystem.rename(from, to);
  }

  isSameFile(one: string, other: string): boolean {
    this.#call("isSameFile");
    return nodeFileSystem.isSameFile(one, other);
  }

  link(existing: string, name: string): void {
    this.#call("link");
    nodeFileSystem.link(existing, name);
  }

  remove(path: string): void {
    this.#call("remove");
    nodeFileSystem.remove(path);
  }
}

/** A pipe with a reader under the test's control. */
export class FakeWriter implements PipeWriter {
  readonly fd = -1;
  /** Bytes the pipe still takes. */
  room = Infinity;
  /** Thrown by the next writes. */
  failsWith: string | null = null;
  received = "";
  isClosed = false;
  #queue: Uint8Array[] = [];
  #onDrain: () => void = () => {};
  #onError: (error: SystemError) => void = () => {};

  get pending(): number {
    return this.#queue.reduce((sum, part) => sum + part.length, 0);
  }

  write(data: Uint8Array): void {
    if (this.failsWith !== null) throw new SystemError(this.failsWith, 32, "write");
    this.#queue.push(data.slice());
    this.#move();
  }

  /** The reader takes some. */
  take(count: number): void {
    const before = this.pending;
    this.room = count;
    this.#move();
    if (before > 0 && this.pending === 0) this.#onDrain();
  }

  /** A queued write finds the other end closed. */
  breakDown(code: string): void {
    this.failsWith = code;
    this.#onError(new SystemError(code, 32, "write"));
  }

  onError(callback: (error: SystemError) => void): void {
    this.#onError = callback;
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback;
  }

  close(): void {
    this.isClosed = true;
  }

  release(): { fd: number; unwritten: Uint8Array } {
    return { fd: this.fd, unwritten: new Uint8Array(0) };
  }

  unsent(): Uint8Array {
    return Uint8Array.from(this.#queue.flatMap((part) => [...part]));
  }

  #move(): void {
    for (let head = this.#queue[0]; head !== undefined && this.room > 0; head = this.#queue[0]) {
      const taken = head.subarray(0, this.room);
      this.received += new TextDecoder().decode(taken);
      this.room -= taken.length;
      if (taken.length === head.length) this.#queue.shift();
      else this.#queue[0] = head.subarray(taken.length);
    }
  }
}
