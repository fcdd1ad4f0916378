/** What the rest of the program asks of a JavaScript runtime. Only this folder names Deno or Bun. */

import type { SecureContext } from "node:tls";

/** Both clocks in one place, so that tests can move them. */
export interface Clock {
  /** Milliseconds on a monotonic clock, fractional. */
  monotonic(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
  /**
   * Milliseconds that local time is ahead of UTC at a moment, both since the epoch: the UTC fields
   * of a `Date` of their sum are the local ones. From the C library, which knows `TZ` and the zone
   * files as every other program of the host does; the local getters of `Date` load the engine's own
   * tables first, several milliseconds of a start.
   */
  utcOffset(wall: number): number;
  /** Calls back once after `ms` (at least on the next turn). Returns what cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** A failed system call: `code` is the symbol (`ENOENT`), `errno` the number. */
export class SystemError extends Error {
  /** Symbol, e.g. `ENOENT`. */
  readonly code: string;
  /** Its number on this system. */
  readonly errno: number;
  /** The system call, e.g. `open`. */
  readonly call: string;
  /**
   * Makes one to be thrown.
   *
   * @param detail what it was about, for the message
   */
  constructor(code: string, errno: number, call: string, detail = "") {
    super(`${call}: ${code}${detail === "" ? "" : ` (${detail})`}`);
    this.name = "SystemError";
    this.code = code;
    this.errno = errno;
    this.call = call;
  }
}

/** The user a child runs as: everything setgroups/setgid/setuid need. */
export interface Credentials {
  /** User. */
  readonly uid: number;
  /** Primary group. */
  readonly gid: number;
  /** Supplementary groups, the primary first. */
  readonly groups: readonly number[];
}

/** A child to be. */
export interface SpawnRequest {
  /** Absolute or relative path of the file to execute; never searched on PATH. */
  readonly file: string;
  /** argv, argv[0] included. */
  readonly argv: readonly string[];
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  /** null: the daemon's own. */
  readonly cwd: string | null;
  /** null: the daemon's own. */
  readonly umask: number | null;
  /** null: the daemon's own user, groups untouched. */
  readonly credentials: Credentials | null;
  /** The descriptors that become 0, 1 and 2 of the child; everything else stays closed there. */
  readonly stdio: readonly [number, number, number];
  /** More of them, by the number they have in the child: 3 or above. */
  readonly descriptors?: ReadonlyMap<number, number>;
}

/** What can be limited with setrlimit(2). */
export type ResourceName =
  | "cpu"
  | "fsize"
  | "data"
  | "stack"
  | "core"
  | "nproc"
  | "nofile"
  | "memlock"
  | "as";

/** What a child is put under between its birth and its command. Plain data, for JSON as well. */
export interface Confinement {
  /** null: unlimited. */
  readonly rlimits?: Readonly<
    Partial<Record<ResourceName, { readonly soft: number | null; readonly hard: number | null }>>
  >;
  /** As of nice(1). */
  readonly nice?: number;
  /** Classes of ioprio_set(2): 1 realtime, 2 best-effort, 3 idle. */
  readonly ionice?: { readonly class: 1 | 2 | 3; readonly level: number };
  /** What is written to /proc/PID/oom_score_adj. */
  readonly oomScoreAdj?: number;
  /** Numbers of processors. */
  readonly cpus?: readonly number[];
  /** Neither it nor its descendants can gain rights by exec. */
  readonly noNewPrivs?: boolean;
  /** Numbers of those that stay, all others go; absent: as the system has it. */
  readonly capabilities?: readonly number[];
  /** Absolute path. */
  readonly chroot?: string;
  /** An empty /tmp and /var/tmp of its own. */
  readonly privateTmp?: boolean;
}

/** Where a spawn failed: before any process existed, or in what the child must do before exec. */
export type SpawnFailureStep = "fork" | "credentials" | "chdir" | "exec";

/** What has come of a spawn. */
export type SpawnResult =
  | { readonly ok: true; readonly pid: number }
  | {
    readonly ok: false;
    readonly step: SpawnFailureStep;
    /** Symbol, e.g. `EAGAIN`. */
    readonly code: string;
    /** For "credentials": which part was refused. */
    readonly part?: "setgroups" | "setgid" | "setuid";
  };

/** What a process, and those of its descendants that it waited for, have used. */
export interface ResourceUse {
  /** Seconds of processor time outside the kernel. */
  readonly userSeconds: number;
  /** Seconds of processor time in the kernel. */
  readonly systemSeconds: number;
  /** The most memory that it had at one time. */
  readonly maxResidentBytes: number;
}

/** One child collected by wait4(-1): its raw wait status. */
export interface Reaped {
  /** The child. */
  readonly pid: number;
  /** As wait4(2) gives it. */
  readonly status: number;
  /** Absent: the system did not tell. */
  readonly usage?: ResourceUse;
}

/** A real pipe, close-on-exec on both ends, blocking as created. */
export interface PipePair {
  /** The descriptor to read from. */
  readonly read: number;
  /** The descriptor to write to. */
  readonly write: number;
}

/** Where a reader delivers. */
export interface PipeReaderSink {
  /** Bytes as they came. The view is only valid during the call: copy what is to be kept. */
  data(chunk: Uint8Array): void;
  /** End of file (or a read error, which ends the stream alike). The descriptor is closed already. */
  end(): void;
}

/** How a reader reads. */
export interface ReaderOptions {
  /**
   * Somebody waits for an answer to what is read here, so each write is delivered at once. Without
   * it (the default) a steady stream of small writes is gathered for a millisecond.
   */
  readonly prompt?: boolean;
}

/** One owner per descriptor: nobody else may read from it. */
export interface PipeReader {
  /** The descriptor; it is the reader's own. */
  readonly fd: number;
  /**
   * Reads now until the pipe is empty, ends, or about `limit` bytes were taken (default: no
   * limit but one pipe buffer's worth of turns), delivering to the sink synchronously.
   */
  drain(limit?: number): void;
  /** Stop delivering (back-pressure: the child blocks when its pipe is full); resume() goes on. */
  pause(): void;
  /** Goes on after pause(). */
  resume(): void;
  /** Stops reading and closes the descriptor; end() is not called. Idempotent. */
  close(): void;
  /** Stops reading and gives the descriptor back open, for a handover. */
  release(): number;
}

/** A queue of bytes in front of a non-blocking descriptor. */
export interface PipeWriter {
  /** The descriptor; it is the writer's own. */
  readonly fd: number;
  /** Bytes accepted but not yet taken by the other end. */
  readonly pending: number;
  /**
   * Queues bytes and writes what fits now.
   * @throws SystemError EPIPE when the other end is closed
   */
  write(bytes: Uint8Array): void;
  /** Called when a queued write finds the other end closed; the writer is closed then. */
  onError(callback: (error: SystemError) => void): void;
  /** Called each time the queue becomes empty after having held something. */
  onDrain(callback: () => void): void;
  /** Closes the descriptor; what is pending is lost. */
  close(): void;
  /** Gives the descriptor back open, with what is pending, for a handover. */
  release(): { fd: number; unwritten: Uint8Array };
  /** A copy of what is pending; everything goes on as it is. */
  unsent(): Uint8Array;
}

/** What a server leaves to the program that takes over this process. Descriptors are open in it. */
export interface ServerHandover {
  /** The listening socket. Whoever connects meanwhile waits in its queue. */
  readonly fd: number;
  /** The TCP port; 0 for a unix socket. */
  readonly port: number;
  /** Connections between two requests, with what came of the next one. */
  readonly connections: readonly { readonly fd: number; readonly input: Uint8Array }[];
}

/** A unix socket that receives datagrams. */
export interface DatagramSocket {
  /** The descriptor; it is the socket's own. */
  readonly fd: number;
  /** Takes now what has arrived but was not delivered yet. */
  drain(): void;
  /** Closes it; its file stays. Idempotent. */
  close(): void;
}

/** An HTTP server on one socket. */
export interface HttpServer {
  /** The TCP port that was bound (useful after asking for 0); 0 for a unix socket. */
  readonly port: number;
  /** Requests whose answers are being made or sent. Endless answers are `streaming` instead. */
  readonly busy: number;
  /** Those of them whose answers are being made. */
  readonly working: number;
  /** Endless answers that are being sent. */
  readonly streaming: number;
  /** Stops listening and closes all connections, also those in the middle of an answer. */
  stop(): Promise<void>;
  /**
   * From now on no request is begun: what comes waits, on connections and for them. What has begun
   * goes on.
   *
   * @param changed called whenever `busy` or `streaming` may have become smaller
   */
  freeze(changed: () => void): void;
  /** Goes on with what has waited. */
  thaw(): void;
  /** Ends endless answers so that their clients see a whole answer. */
  endStreams(): void;
  /**
   * Of a frozen server: descriptors that stay open when this process goes on as another program.
   * They belong to the caller, except for the listening one; the server itself is not changed.
   *
   * @returns null where the runtime does not tell which socket it listens on
   */
  handOver(): ServerHandover | null;
}

/** Who is at the other end of a unix socket. */
export interface Peer {
  /** Its process id when it connected. */
  readonly pid: number;
  /** Its user. */
  readonly uid: number;
  /** Its group. */
  readonly gid: number;
}

/** What a request handler is told about the connection. */
export interface ConnectionInfo {
  /** `127.0.0.1`, or "" on a unix socket. */
  readonly remoteAddress: string;
  /** The client's TCP port; 0 on a unix socket. */
  readonly remotePort: number;
  /** Its descriptor, where the runtime tells. */
  readonly fd?: number | undefined;
  /** Common name of the certificate that the client has shown, and that was verified. */
  readonly certificate?: string | undefined;
}

/**
 * A response that has its body at hand, too. The server sends that one: getting it back out of a
 * Response takes longer than all the rest of a short answer.
 */
export interface WholeResponse extends Response {
  readonly whole: string | Uint8Array;
}

/** What there is to a request that came whole, and in one piece. */
export interface PlainRequest {
  readonly method: string;
  /** Path and query as written. */
  readonly target: string;
  /** Names in lower case and values, by turns. */
  readonly fields: readonly string[];
  /** One character for each byte. */
  readonly body: string;
}

/** How a request will be answered whenever it comes again, letter by letter. */
export interface PreparedRequest {
  /** Of an answer that is a text. */
  readonly contentType: string;
  /** Never throws and never rejects. A text is the body of an answer with status 200. */
  answer(): string | Response | Promise<string | Response>;
}

/** What one TLS connection is made with. */
export interface TlsMaterial {
  /** Certificate, key and who may sign those of clients. */
  readonly context: SecureContext;
  /** Clients without a certificate that was signed so are refused. */
  readonly wantsCertificate: boolean;
}

/** Where a server gets what it speaks TLS with. */
export interface TlsServer {
  /** Asked for each connection. */
  current(): TlsMaterial;
}

/** What to serve, and where. */
export interface ServeOptions {
  /** Either a unix socket path to bind (must not exist) … */
  readonly unix?: string;
  /** … or an address; "" means every IPv4 interface. */
  readonly hostname?: string;
  /** TCP port; 0: any that is free. */
  readonly port?: number;
  /** Speak TLS. */
  readonly tls?: TlsServer;
  /** Goes on with the sockets of the program before this one instead of binding; `unix` and the
   * rest tell what they are. */
  readonly adopt?: ServerHandover;
  /** Bodies above this many bytes are answered 413 by the runtime. */
  readonly maxBodyBytes: number;
  /** The Server header of answers that the runtime gives by itself. */
  readonly serverName?: string;
  /** Answers a request. */
  readonly fetch: (request: Request, info: ConnectionInfo) => Response | Promise<Response>;
  /**
   * Whether a request, should it come again, can be answered without looking at it; null: it is
   * for `fetch` each time. Nothing is done here.
   */
  readonly prepare?: (request: PlainRequest) => PreparedRequest | null;
}

/** One user. */
export interface UserEntry {
  /** Login name. */
  readonly name: string;
  /** User id. */
  readonly uid: number;
  /** Primary group. */
  readonly gid: number;
  /** Home directory. */
  readonly home: string;
  /** Absent: nobody has looked. */
  readonly shell?: string;
}

/** One group. */
export interface GroupEntry {
  /** Its name. */
  readonly name: string;
  /** Group id. */
  readonly gid: number;
}

/** The user database, through libc (so that NSS sources count), with /etc/passwd as the fallback. */
export interface UserDatabase {
  /** null: there is no such user. */
  userByName(name: string): UserEntry | null;
  /** null: there is no such user. */
  userById(uid: number): UserEntry | null;
  /** null: there is no such group. */
  groupByName(name: string): GroupEntry | null;
  /** null: there is no such group. */
  groupById(gid: number): GroupEntry | null;
  /** Primary gid first, then every group that lists the user. */
  groupsOf(user: UserEntry): number[];
}

/** A limit of a process, as of getrlimit(2). */
export interface Limit {
  /** Infinity: unlimited. */
  readonly soft: number;
  /** How far `soft` may be raised; Infinity: unlimited. */
  readonly hard: number;
}

/** The C library as the rest of the program sees it: numbers and errors, no pointers. */
export interface System {
  /** Sends a signal; a negative pid means a process group. @throws SystemError */
  kill(pid: number, signal: number): void;
  /** Real user id of this process. */
  getuid(): number;
  /** Real group id of this process. */
  getgid(): number;
  /** Changes the whole process for good: setgroups, setgid, setuid. @throws SystemError */
  become(credentials: Credentials): void;
  /** How many descriptors this process, or processes this user, may have. */
  getLimit(resource: "nofile" | "nproc"): Limit;
  /**
   * Sets what getLimit() tells.
   *
   * @throws SystemError
   */
  setLimit(resource: "nofile" | "nproc", limit: Limit): void;
  /**
   * Sets the file mode mask.
   *
   * @returns the one before
   */
  umask(mask: number): number;
  /** Begins a new session. */
  setsid(): void;
  /** dup2 onto a target that stays open in children. @throws SystemError */
  dup2(from: number, to: number): void;
  /** Marks every descriptor from `first` up close-on-exec, whoever opened it. */
  closeOnExecFrom(first: number): void;
  /** Sets or clears O_NONBLOCK. */
  setNonBlocking(fd: number, on: boolean): void;
  /** Sets or clears close-on-exec. */
  setCloseOnExec(fd: number, on: boolean): void;
  /** Bytes in memory that have a descriptor (read from the start), and nothing else. Close-on-exec. */
  memoryFile(bytes: Uint8Array): number;
  /** The whole content of a file that can be sought, whoever opened it. @throws SystemError */
  readDescriptor(fd: number): Uint8Array;
  /** A listening socket for FastCGI children, close-on-exec. @throws SystemError */
  listen(
    address:
      | { readonly unix: string; readonly backlog: number }
      | { readonly host: string; readonly port: number; readonly backlog: number },
  ): number;
  /** Becomes the reaper of orphaned descendants (Linux prctl); false where there is no such thing. */
  becomeSubreaper(): boolean;
  /**
   * Makes signals wait in the kernel, at a moment when none is on its way to its handler: what
   * comes from then on is for the next program. Nothing else may be awaited before that.
   *
   * @returns what puts everything back as it was
   */
  settleSignals(): Promise<() => void>;
  /** Replaces the program text; returns only by throwing. @throws SystemError */
  execve(file: string, argv: readonly string[], env: Readonly<Record<string, string>>): never;
  /** One datagram line to the local syslog; never blocks, never throws. */
  syslog(ident: string, facilityLevel: number, text: string): void;
  /**
   * Sends one datagram to a unix socket: a path, or on Linux "@" and a name without a file. Never
   * waits.
   *
   * @throws SystemError ENOENT, ECONNREFUSED, EAGAIN (it is full) …
   */
  sendDatagram(path: string, bytes: Uint8Array): void;
  /** Who connected to a unix socket; null where the system does not tell. */
  peerOf(fd: number): Peer | null;
  /** Nodename of uname(2). */
  hostName(): string;
}

/** The runtime that this program is on. */
export interface Runtime {
  /** Which one. */
  readonly name: "bun" | "deno";
  /** Its version. */
  readonly version: string;
  /** Of this process. */
  readonly pid: number;
  /** The system's clocks. */
  readonly clock: Clock;
  /** The system's users and groups. */
  readonly users: UserDatabase;
  /** The C library. */
  readonly system: System;
  /** argv that starts this very program again (executable, and script when run from source). */
  readonly selfCommand: readonly string[];
  /** The name this program was invoked by, as typed (argv[0]). */
  readonly invokedAs: string;
  /** What the program was called with, without executable and script. */
  readonly args: readonly string[];

  /**
   * Gives back memory that was needed for a while and is not any more: garbage, and program text
   * that ran once. Takes some milliseconds, and what runs next is a little slower.
   */
  releaseMemory(): void;
  /**
   * Makes a pipe.
   *
   * @throws SystemError
   */
  pipe(): PipePair;
  /** Closes a descriptor. */
  closeFd(fd: number): void;
  /** Starts a child; what goes wrong is told by the result. */
  spawn(request: SpawnRequest): SpawnResult;
  /** wait4(-1, WNOHANG) until nobody is left to collect. */
  reap(): Reaped[];
  /** `SIGCHLD`, `SIGTERM`, …; the handler runs on the event loop, never inside another callback. */
  onSignal(name: string, handler: () => void): () => void;
  /** Takes the descriptor over, makes it non-blocking. */
  openReader(fd: number, sink: PipeReaderSink, options?: ReaderOptions): PipeReader;
  /** Takes the descriptor over, makes it non-blocking. */
  openWriter(fd: number): PipeWriter;
  /**
   * Binds a unix socket for datagrams, whose path must not exist. Descriptors that are sent along
   * are closed at once.
   *
   * @param where a path; or a descriptor of such a socket, which is taken over
   * @param receive one datagram, cut at 4 KiB; the view is only valid during the call
   * @throws SystemError
   */
  openDatagrams(where: string | number, receive: (datagram: Uint8Array) => void): DatagramSocket;
  /**
   * Opens a server. Without TLS the socket is bound before this returns, whatever is awaited.
   *
   * @throws SystemError as a rejection: EADDRINUSE, EACCES, ENOENT, …
   */
  serve(options: ServeOptions): Promise<HttpServer>;
}

/** Where a server listens that a client wants to talk to. */
export type ServerAddress =
  | { readonly kind: "unix"; readonly path: string }
  | {
    readonly kind: "tcp";
    readonly host: string;
    readonly port: number;
    /** Speak TLS. */
    readonly isSecure?: boolean;
  };

/** What is told about a connection. After `closed` nothing more is. */
export interface DialHandlers {
  /** The view is only valid during the call. */
  data(bytes: Uint8Array): void;
  /** By the other end, or broken: then with the system's error. */
  closed(error: Error | null): void;
}

/** An open connection. */
export interface Link {
  /** Bytes go out in order, when the other end takes them. */
  write(bytes: Uint8Array): void;
  /** Ends it at once; `closed` is not called. */
  close(): void;
}

/** Connects, or rejects with the system's error (`code` is ECONNREFUSED, ENOENT, ENOTFOUND …). */
export type Dial = (address: ServerAddress, handlers: DialHandlers) => Promise<Link>;
