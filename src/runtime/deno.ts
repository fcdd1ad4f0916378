/** Deno's way of the things that each runtime does its own way. */
import { closeSync } from "node:fs";
import process from "node:process";
import { systemError } from "./errors.ts";
import { loadWithDeno } from "./ffi_deno.ts";
import type { Host } from "./host.ts";
import { limitBody } from "./body_limit.ts";
import type { LoadedLibrary } from "./libc.ts";
import type { ConnectionInfo, HttpServer, ServeOptions, SystemError } from "./types.ts";

export function denoHost(): Host | null {
  if (typeof Deno === "undefined") return null;
  // `deno compile` sets it; such a program is its own command.
  const compiled = Deno.build.standalone;
  const script = process.argv[1] ?? "";
  return {
    name: "deno",
    version: Deno.version.deno,
    selfCommand: compiled ? [process.execPath] : [process.execPath, "run", "-A", script],
    invokedAs: compiled ? process.argv0 : script,
    loadLibrary: loadWithDeno,
    close: closeDescriptor,
    serve,
  };
}

/**
 * Deno's node:fs keeps its own table of the descriptors it opened, knows no others, and closes a
 * number again when it thinks that one was left open. What it opened it must close itself, or it
 * later closes whatever has come by that number.
 */
function closeDescriptor(fd: number, { functions }: LoadedLibrary): void {
  try {
    closeSync(fd);
  } catch {
    functions.close(fd); // not one of its own
  }
}

function serve(
  { unix, hostname, port, maxBodyBytes, fetch }: ServeOptions,
): Promise<HttpServer> {
  const abort = new AbortController();
  const common = {
    signal: abort.signal,
    onListen: () => {},
    onError: () => new Response("Internal Server Error", { status: 500 }),
  };
  const handler = (request: Request, { remoteAddr }: Deno.ServeHandlerInfo) =>
    limitBody(request, maxBodyBytes, (limited) => fetch(limited, connectionInfo(remoteAddr)));
  try {
    const server = unix === undefined
      ? Deno.serve({ ...common, hostname: hostname ?? "", port: port ?? 0 }, handler)
      : Deno.serve({ ...common, path: unix }, handler);
    const { addr } = server;
    return Promise.resolve({
      port: addr.transport === "tcp" ? addr.port : 0,
      stop: () => {
        abort.abort();
        return server.finished;
      },
    });
  } catch (error) {
    return Promise.reject(listenError(error, unix ?? `${hostname}:${port}`));
  }
}

function connectionInfo(address: Deno.Addr): ConnectionInfo {
  return address.transport === "tcp"
    ? { remoteAddress: address.hostname, remotePort: address.port }
    : { remoteAddress: "", remotePort: 0 };
}

function listenError(error: unknown, place: string): SystemError {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return systemError(typeof code === "string" ? code : "EIO", "listen", `${place}: ${message}`);
}
