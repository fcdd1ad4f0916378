/**
 * Lines to the local syslog daemon.
 *
 * Our own datagrams and not syslog(3): that function waits for a full socket, and a stuck syslog
 * daemon would then stop the supervisor. A line that cannot be taken at once is dropped.
 */
import { unixAddress } from "./addresses.ts";
import type { Libc } from "./libc.ts";
import { AF_UNIX, F_GETFL, F_SETFD, F_SETFL, FD_CLOEXEC, SOCK_DGRAM } from "./platform.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const SOCKET_PATHS = { linux: "/dev/log", darwin: "/var/run/syslog" } as const;

/**
 * `<14>Nov 23 08:05:09 supervisord: text`, as libc writes it (RFC 3164).
 *
 * @param local a date whose UTC fields are those of local time
 */
export function syslogLine(ident: string, priority: number, text: string, local: Date): string {
  const day = String(local.getUTCDate()).padStart(2, " ");
  const time = local.toISOString().slice(11, 19);
  return `<${priority}>${MONTHS[local.getUTCMonth()]} ${day} ${time} ${ident}: ${text}`;
}

export class Syslog {
  readonly #libc: Libc;
  readonly #path: string;
  #socket = -1;

  constructor(libc: Libc, path: string = SOCKET_PATHS[libc.platform.os]) {
    this.#libc = libc;
    this.#path = path;
  }

  send(line: string): void {
    const bytes = new TextEncoder().encode(line);
    // The daemon at the other end may have been restarted: its old socket answers ECONNREFUSED.
    for (let attempt = 0; attempt < 2; attempt++) {
      if (this.#socket === -1) this.#socket = this.#connect();
      if (this.#socket === -1) return;
      if (this.#libc.functions.write(this.#socket, bytes, bytes.length) !== -1) return;
      const { code } = this.#libc.failure("write");
      if (code === "EAGAIN" || code === "ENOBUFS" || code === "EMSGSIZE") return;
      this.#libc.functions.close(this.#socket);
      this.#socket = -1;
    }
  }

  #connect(): number {
    const { functions, platform } = this.#libc;
    const fd = functions.socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd === -1) return -1;
    functions.fcntl(fd, F_SETFD, FD_CLOEXEC);
    functions.fcntl(fd, F_SETFL, functions.fcntl(fd, F_GETFL, 0) | platform.O_NONBLOCK);
    const { bytes } = unixAddress(platform, this.#path);
    if (functions.connect(fd, bytes, bytes.length) === 0) return fd;
    functions.close(fd);
    return -1;
  }
}
