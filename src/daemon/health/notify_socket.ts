/**
 * The socket behind NOTIFY_SOCKET, one for each process: whoever can write to it speaks for that
 * process and no other. Its directory has a name nobody can guess and cannot be listed, its file
 * belongs to the user of the process and to nobody else.
 */
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DatagramSocket } from "../../runtime/pipe_types.ts";
import type { Runtime } from "../../runtime/types.ts";

export interface NotifySocket {
  readonly path: string;
  readonly fd: number;
  /** Takes what has arrived but was not delivered yet. */
  drain(): void;
  /** Removes it with its directory. */
  close(): void;
}

/**
 * @param uid of the process; null: the daemon's own
 * @throws SystemError, Error with `code`
 */
export function openNotifySocket(
  runtime: Runtime,
  uid: number | null,
  receive: (text: string) => void,
): NotifySocket {
  const directory = mkdtempSync(join(tmpdir(), "supervisor-notify-"));
  const path = join(directory, "notify");
  let socket: NotifySocket | null = null;
  try {
    socket = wrap(path, openDatagrams(runtime, path, receive));
    chmodSync(path, 0o600);
    if (uid !== null && uid !== runtime.system.getuid()) {
      chownSync(path, uid, -1);
      // Others may pass through, who know the name.
      chmodSync(directory, 0o711);
    }
    return socket;
  } catch (error) {
    if (socket === null) removeDirectory(directory);
    else socket.close();
    throw error;
  }
}

/** Goes on with a socket that the program before this one has opened. @throws SystemError */
export function takeNotifySocket(
  runtime: Runtime,
  { path, fd }: { readonly path: string; readonly fd: number },
  receive: (text: string) => void,
): NotifySocket {
  return wrap(path, openDatagrams(runtime, fd, receive));
}

function openDatagrams(
  runtime: Runtime,
  where: string | number,
  receive: (text: string) => void,
): DatagramSocket {
  const decoder = new TextDecoder();
  return runtime.openDatagrams(where, (datagram) => receive(decoder.decode(datagram)));
}

function wrap(path: string, socket: DatagramSocket): NotifySocket {
  return {
    path,
    fd: socket.fd,
    drain: () => socket.drain(),
    close() {
      socket.close();
      removeDirectory(dirname(path));
    },
  };
}

function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}
