/** Where a server listens, from the URL in serverurl= or -s. */
import type { ServerAddress } from "../runtime/dial_types.ts";
import { ServerUrlError } from "./errors.ts";

/**
 * Reads `unix:///path`, `http://host[:port]` or `https://host[:port]`; the port is 80 or 443 unless
 * given, path and user information of an http URL have no meaning. Schemes are lower case.
 *
 * @throws ServerUrlError
 */
export function parseServerUrl(url: string): ServerAddress {
  if (url.startsWith("unix://")) return { kind: "unix", path: url.slice("unix://".length) };
  const scheme = ["http://", "https://"].find((known) => url.startsWith(known));
  if (scheme === undefined) throw new ServerUrlError(`Unknown protocol for serverurl ${url}`);
  const isSecure = scheme === "https://";
  const authority = url.slice(scheme.length).split(/[/?#]/, 1)[0] ?? "";
  const hostAndPort = authority.slice(authority.lastIndexOf("@") + 1);
  const match = /^(?:\[([^\]]*)\]|([^:\[\]]*))(?::(.*))?$/s.exec(hostAndPort);
  if (match === null) throw new ServerUrlError(`Invalid host in serverurl ${url}`);
  const [, bracketed, plain, port = ""] = match;
  const host = (bracketed ?? plain ?? "").toLowerCase();
  // An empty host is this machine, as getaddrinfo(3) has it.
  return {
    kind: "tcp",
    host: host === "" ? "localhost" : host,
    port: parsePort(port, isSecure ? 443 : 80),
    ...(isSecure ? { isSecure } : {}),
  };
}

function parsePort(text: string, fallback: number): number {
  if (text === "") return fallback;
  if (!/^\d+$/.test(text)) {
    throw new ServerUrlError(`Port could not be cast to integer value as '${text}'`);
  }
  const port = Number(text);
  if (port > 65535) throw new ServerUrlError("Port out of range 0-65535");
  return port;
}

/** The scheme of a URL in lower case, "" when it has none. */
export function schemeOf(url: string): string {
  return /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1]?.toLowerCase() ?? "";
}
