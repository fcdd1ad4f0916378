/** Opens the configured servers, all or none of them. */
import { constants } from "node:os";
import type { ServerSpec } from "../config/types.ts";
import { StartupError } from "../daemon/host.ts";
import type { LogLevel } from "../process/machine_types.ts";
import type { ConnectionInfo, ServeOptions } from "../runtime/http_types.ts";
import type { Runtime } from "../runtime/types.ts";
import { MAX_BODY_BYTES } from "./body.ts";
import { SERVER_NAME } from "./responses.ts";
import {
  freezable,
  type FrozenServers,
  LeftServers,
  type RunningServer,
  type ServerSnapshot,
} from "./handover.ts";
import { UnixSocketFile } from "./unix_socket.ts";

export interface App {
  fetch(request: Request, info: ConnectionInfo): Response | Promise<Response>;
  readonly prepare?: ServeOptions["prepare"];
}

export interface OpenServersOptions {
  /** In the order they are opened in. */
  readonly servers: readonly ServerSpec[];
  readonly appFor: (server: ServerSpec) => App;
  readonly runtime: Runtime;
  /** Only named in the log: each server tells which interfaces it has. */
  readonly rpcNamespaces: readonly string[];
  /** Whether there are tokens: then an inet server wants one. */
  readonly hasTokens?: boolean;
  readonly log: (level: LogLevel, text: string) => void;
  readonly stderr: (text: string) => void;
  /**
   * Servers of the program before this one, to go on with. One that cannot be opened is then no
   * reason to end: it is logged, and the others are there.
   */
  readonly left?: readonly ServerSnapshot[];
}

export interface OpenServers extends FrozenServers {
  /** Stops listening, ends all connections, removes the socket files that are still ours. */
  close(): Promise<void>;
}

interface OpenServer extends RunningServer {
  close(): Promise<void>;
}

const IN_USE = "Another program is already listening on a port that one of our HTTP servers is " +
  "configured to use.  Shut this program down first before starting supervisord.";

/**
 * Opens every server.
 *
 * @throws StartupError as a rejection, with the reference's sentence; nothing is open then
 */
export async function openServers(options: OpenServersOptions): Promise<OpenServers> {
  const open: OpenServer[] = [];
  const left = new LeftServers(options.left ?? []);
  const close = async () => {
    for (const server of open.splice(0)) await server.close();
  };
  try {
    for (const server of options.servers) {
      const before = left.take(server);
      try {
        open.push(await openServer(server, options, before));
      } catch (error) {
        if (options.left === undefined) throw error;
        options.log("critical", `[${server.section}] is not served: ${reasonOf(error)}`);
        continue;
      }
      if (before === null) logOpened(server, options);
    }
    left.closeRest(options.runtime);
  } catch (error) {
    await close();
    throw startupError(error);
  }
  return Object.assign(freezable(open), { close });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function logOpened(server: ServerSpec, options: OpenServersOptions): void {
  const { log, rpcNamespaces, hasTokens = false } = options;
  for (const name of rpcNamespaces) log("info", `RPC interface '${name}' initialized`);
  const { section, address, anonymous } = server;
  const isOpen = server.credentials === null && anonymous === undefined &&
    !(hasTokens && address.kind === "inet") && !server.tls?.clientCa;
  if (isOpen) {
    log("critical", `Server '${section}' running without any HTTP authentication checking`);
  }
  if (address.kind !== "inet" || isLoopback(address.host)) return;
  if (!isOpen && anonymous !== "admin" && anonymous !== "operate") return;
  log(
    "critical",
    `Server '${section}' lets every machine that reaches port ${address.port} start and stop ` +
      "programs without a password: set username and password, or listen on 127.0.0.1",
  );
}

/** Whether only this machine can reach it. */
function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|::1|\[::1\])$/i.test(host);
}

async function openServer(
  server: ServerSpec,
  options: OpenServersOptions,
  left: ServerSnapshot | null,
): Promise<OpenServer> {
  const { runtime, appFor } = options;
  const app = appFor(server);
  const serve = {
    maxBodyBytes: MAX_BODY_BYTES,
    serverName: SERVER_NAME,
    fetch: (request: Request, info: ConnectionInfo) => app.fetch(request, info),
    ...(app.prepare === undefined ? {} : { prepare: app.prepare }),
    ...(left === null ? {} : { adopt: left.sockets }),
  };
  const { address } = server;
  if (address.kind === "inet") {
    const where = { hostname: address.host, port: address.port, ...await openTls(server, options) };
    const listening = await runtime.serve({ ...serve, ...where });
    return { server, listening, inode: () => null, close: () => listening.stop() };
  }

  const { path, mode, owner } = address;
  const file = new UnixSocketFile({ path, mode, owner, runtime, stderr: options.stderr });
  const listen = (unix: string) => runtime.serve({ ...serve, unix });
  const listening = left === null ? await file.open(listen) : await listen(path);
  if (left !== null) file.adopt(left.inode);
  return {
    server,
    listening,
    inode: () => file.inode,
    async close() {
      // First the name: whoever comes from now on finds nothing, not a socket about to close.
      file.remove();
      await listening.stop();
    },
  };
}

/** The code for it is loaded by servers with a certificate alone. */
async function openTls(
  { tls, section }: ServerSpec,
  { runtime, log }: OpenServersOptions,
): Promise<Pick<ServeOptions, "tls">> {
  if (tls === undefined) return {};
  // Deno takes a client's certificate and says nothing about it: better no server than that one.
  if (tls.clientCa !== null && runtime.name === "deno") {
    const { file, line } = tls.source;
    throw new StartupError(
      `client_ca cannot be had on Deno, which does not verify certificates of clients in section ` +
        `[${section}] (${file}:${line})`,
    );
  }
  const { openTlsFiles } = await import("./tls_files.ts");
  return { tls: openTlsFiles({ spec: tls, section, clock: runtime.clock, log }) };
}

/** EAI_NONAME of getaddrinfo(3), which is the number the reference shows. */
const NO_SUCH_HOST = -2;

/** The sentence for the user; errors that are none of the system's pass as they are. */
function startupError(error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (error instanceof StartupError || typeof code !== "string") return error;
  if (code === "EADDRINUSE") return new StartupError(IN_USE);
  return new StartupError(`Cannot open an HTTP server: socket.error reported ${errnoText(code)}`);
}

/** `errno.EACCES (13)`; just the number for what has no symbol. */
function errnoText(code: string): string {
  if (code === "ENOTFOUND") return String(NO_SUCH_HOST);
  const number: number | undefined = (constants.errno as Record<string, number>)[code];
  return number === undefined ? code : `errno.${code} (${number})`;
}
