/** Host names to addresses, and addresses to the structures sockets take. */
import { systemError } from "./errors.ts";
import { buffer, cString, type Libc, readMemory, readPointer } from "./libc.ts";
import { AF_INET, AF_UNIX, type Platform, SOCK_STREAM } from "./platform.ts";

const ANY_ADDRESS = "0.0.0.0";

/** struct addrinfo. */
const ADDRINFO_SIZE = 48;
const ADDRINFO = { family: 4, socketType: 8 } as const;

/** struct sockaddr_in and sockaddr_in6. */
const SOCKADDR_IN = { size: 16, port: 2, address: 4 } as const;
const SOCKADDR_IN6 = { size: 28, port: 2, address: 8 } as const;

export interface SocketAddress {
  readonly family: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The address of a host: itself when it is one, all interfaces for "" and `*`.
 *
 * IPv4 before IPv6, as Supervisor knows only the former and existing files mean it. A name is looked
 * up through libc and blocks until there is an answer; `localhost` and addresses never do.
 *
 * @throws SystemError ENOTFOUND
 */
export function resolveHost(libc: () => Libc, host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (bare === "" || bare === "*") return ANY_ADDRESS;
  if (familyOf(libc(), bare) !== null) return bare;
  if (bare === "localhost") return "127.0.0.1";
  const found = lookUp(libc(), bare, AF_INET) ?? lookUp(libc(), bare, libc().platform.AF_INET6);
  if (found === null) throw systemError("ENOTFOUND", "getaddrinfo", host);
  const view = new DataView(found.bytes.buffer);
  if (found.family === AF_INET) {
    return [...found.bytes.subarray(SOCKADDR_IN.address, SOCKADDR_IN.address + 4)].join(".");
  }
  const groups = Array.from(
    { length: 8 },
    (_, i) => view.getUint16(SOCKADDR_IN6.address + i * 2).toString(16),
  );
  return groups.join(":");
}

/**
 * The socket address of a host and port.
 * @throws SystemError ENOTFOUND
 */
export function internetAddress(libc: Libc, host: string, port: number): SocketAddress {
  const address = resolveHost(() => libc, host);
  const family = familyOf(libc, address) ?? AF_INET;
  const found = lookUp(libc, address, family);
  if (found === null) throw systemError("ENOTFOUND", "getaddrinfo", host);
  // sin_port and sin6_port are at the same place, in network order.
  new DataView(found.bytes.buffer).setUint16(SOCKADDR_IN.port, port);
  return found;
}

/**
 * The family of an address that is written in numbers, null for a name. The C library's answer and
 * not node:net's, which is two milliseconds of every start.
 */
function familyOf({ functions, platform }: Libc, text: string): number | null {
  const bytes = buffer(16);
  if (functions.inet_pton(AF_INET, cString(text), bytes) === 1) return AF_INET;
  // A link-local address may name its interface behind a %.
  const numbers = cString(text.replace(/%.+$/, ""));
  return functions.inet_pton(platform.AF_INET6, numbers, bytes) === 1 ? platform.AF_INET6 : null;
}

/** @throws SystemError ENAMETOOLONG */
export function unixAddress(platform: Platform, path: string): SocketAddress {
  checkUnixPath(platform, path);
  // Linux: "@name" is a name without a file; its first byte is 0, and no other ends it.
  const isAbstract = platform.os === "linux" && path.startsWith("@");
  const text = isAbstract ? new TextEncoder().encode(`\0${path.slice(1)}`) : cString(path);
  const bytes = buffer(2 + text.length);
  if (platform.sockaddrHasLength) bytes.set([bytes.length, AF_UNIX]);
  else new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(text, 2);
  return { family: AF_UNIX, bytes };
}

/** @throws SystemError ENAMETOOLONG for a path that does not fit a socket address */
export function checkUnixPath(platform: Platform, path: string): void {
  if (new TextEncoder().encode(path).length > platform.unixPathMax) {
    throw systemError("ENAMETOOLONG", "bind", path);
  }
}

function lookUp(libc: Libc, host: string, family: number): SocketAddress | null {
  const { functions, platform } = libc;
  const hints = new DataView(buffer(ADDRINFO_SIZE).buffer);
  hints.setInt32(ADDRINFO.family, family, true);
  hints.setInt32(ADDRINFO.socketType, SOCK_STREAM, true);
  const answer = new DataView(buffer(8).buffer);
  const failed = functions.getaddrinfo(
    cString(host),
    null,
    new Uint8Array(hints.buffer),
    new Uint8Array(answer.buffer),
  );
  if (failed !== 0) return null;
  const first = readPointer(answer, 0);
  try {
    const info = readMemory(libc, first, ADDRINFO_SIZE);
    const address = readPointer(info, platform.addrinfoAddressOffset);
    const size = family === AF_INET ? SOCKADDR_IN.size : SOCKADDR_IN6.size;
    return { family, bytes: new Uint8Array(readMemory(libc, address, size).buffer as ArrayBuffer) };
  } finally {
    functions.freeaddrinfo(first);
  }
}
