/** The Runtime, put together from what each host gives and what is written once for both. */
import process from "node:process";
import { checkUnixPath, resolveHost } from "./addresses.ts";
import { createClock } from "./clock.ts";
import { ThreadCredentials } from "./credentials.ts";
import { openDatagrams } from "./datagrams.ts";
import type { Host } from "./host.ts";
import { serveHttp } from "./http/server.ts";
import type { ListenOptions } from "./http/stream_socket.ts";
import { buffer, createLibc, type Libc } from "./libc.ts";
import { type DescriptorContext, DescriptorReader, ReadBuffer } from "./pipe_reader.ts";
import { DescriptorWriter } from "./pipe_writer.ts";
import { currentPlatform, F_SETFD, FD_CLOEXEC } from "./platform.ts";
import { Poller } from "./poller.ts";
import { dropProgramText } from "./release_memory.ts";
import { letThrough } from "./signal_mask.ts";
import { Spawner } from "./spawn.ts";
import { createSystem } from "./system.ts";
import type { HttpServer, ServeOptions } from "./http_types.ts";
import type { PipePair } from "./pipe_types.ts";
import type { Runtime, System } from "./types.ts";
import { createUserDatabase } from "./users.ts";

/**
 * Nothing is opened or loaded here: the C library comes with the first call that needs it, so that
 * supervisorctl, which needs none of it, starts without.
 */
export function createRuntime(host: Host): Runtime {
  const signals = new Signals();
  const libc = once(() => {
    const platform = currentPlatform();
    const loaded = createLibc(host.loadLibrary(platform), platform);
    signals.useLibc(loaded);
    return loaded;
  });
  const credentials = once(() => new ThreadCredentials(libc()));
  const spawner = once(() => new Spawner(libc(), credentials()));
  const close = (fd: number) => host.close(fd, libc());
  const descriptors = once((): DescriptorContext => ({
    libc: libc(),
    poller: new Poller(
      libc(),
      process.pid,
      (handler) => signals.on("SIGIO", handler),
      () => host.loopDescriptor(),
    ),
    readBuffer: new ReadBuffer(),
    close,
  }));

  const system = createSystem(libc, credentials);

  return {
    name: host.name,
    version: host.version,
    pid: process.pid,
    clock: createClock(libc),
    users: createUserDatabase(libc),
    system,
    selfCommand: host.selfCommand,
    invokedAs: host.invokedAs,
    args: process.argv.slice(2),
    releaseMemory() {
      host.collectGarbage();
      dropProgramText(libc());
    },
    pipe: () => createPipe(libc()),
    closeFd: close,
    spawn: (request) => spawner().spawn(request),
    reap: () => spawner().reap(),
    onSignal: (name, handler) => signals.on(name, handler),
    openReader: (fd, sink, options) => new DescriptorReader(descriptors(), fd, sink, options),
    openWriter: (fd) => new DescriptorWriter(descriptors(), fd),
    openDatagrams: (where, receive) => openDatagrams(descriptors(), where, receive),
    serve: (options) => serve(host, libc, system, options),
  };
}

/** Longest period of a timer: 24 days. */
const FAR_MS = 2 ** 31 - 1;

/**
 * Signal handlers, through the runtime's own node:process.
 *
 * Neither runtime counts a handler as something to wait for: a daemon with nothing but signals and
 * pipes (which wake us by a signal) would just end. One far timer holds the event loop as long as
 * there is a handler; it wakes nobody up.
 */
class Signals {
  #libc: Libc | undefined;
  readonly #handled = new Set<string>();
  #handlers = 0;
  #keepAlive: ReturnType<typeof setInterval> | undefined;

  on(name: string, handler: () => void): () => void {
    process.on(name as NodeJS.Signals, handler);
    this.#handlers++;
    this.#keepAlive ??= setInterval(() => {}, FAR_MS);
    this.#handled.add(name);
    if (this.#libc !== undefined) letThrough(this.#libc, [name]);
    let installed = true;
    return () => {
      if (!installed) return;
      installed = false;
      process.off(name as NodeJS.Signals, handler);
      if (--this.#handlers === 0) {
        clearInterval(this.#keepAlive);
        this.#keepAlive = undefined;
      }
    };
  }

  /** Those that have a handler by now need not wait any longer (see signal_mask.ts). */
  useLibc(libc: Libc): void {
    this.#libc = libc;
    letThrough(libc, [...this.#handled]);
  }
}

function createPipe(libc: Libc): PipePair {
  const { functions, platform } = libc;
  const fds = buffer(8);
  const view = new DataView(fds.buffer);
  const result = platform.os === "linux"
    ? functions.pipe2(fds, platform.O_CLOEXEC)
    : functions.pipe(fds);
  if (result === -1) throw libc.failure("pipe");
  const pair = { read: view.getInt32(0, true), write: view.getInt32(4, true) };
  if (platform.os !== "linux") {
    functions.fcntl(pair.read, F_SETFD, FD_CLOEXEC);
    functions.fcntl(pair.write, F_SETFD, FD_CLOEXEC);
  }
  return pair;
}

/** As many as the reference lets wait to be accepted. */
const BACKLOG = 1024;

/** A promise of what is done at once, but for TLS: what goes wrong is a rejection. */
async function serve(
  host: Host,
  libc: () => Libc,
  system: System,
  options: ServeOptions,
): Promise<HttpServer> {
  const maxDescriptors = system.getLimit("nofile").soft;
  const listen = (where: ListenOptions) => {
    const listener = host.listen(where, libc());
    // Bun's own number is 512; listen(2) on a socket that listens changes it.
    if (!(listener instanceof Promise) && listener.fd !== undefined) {
      libc().functions.listen(listener.fd, BACKLOG);
    }
    return listener;
  };
  if (options.unix !== undefined) {
    checkUnixPath(currentPlatform(), options.unix);
    return serveHttp(listen, options, maxDescriptors);
  }
  // Resolved here and not by the runtime: Bun reports a name it cannot find as EADDRINUSE, and
  // neither prefers IPv4 as Supervisor does.
  const hostname = resolveHost(libc, options.hostname ?? "");
  const { tls, adopt } = options;
  // Whoever is connected does not speak TLS, if there was none before.
  if (tls !== undefined) { for (const { fd } of adopt?.connections ?? []) host.close(fd, libc()); }
  const kept = tls === undefined || adopt === undefined
    ? options
    : { ...options, adopt: { ...adopt, connections: [] } };
  const secured = tls === undefined
    ? listen
    : (await import("./http/tls_listen.ts")).listenWithTls(listen, tls);
  return serveHttp(secured, { ...kept, hostname }, maxDescriptors);
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
