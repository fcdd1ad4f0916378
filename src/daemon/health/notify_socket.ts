/**
 * The socket behind NOTIFY_SOCKET, one for each process: whoever can write to it speaks for that
 * process and no other. Its directory has a name nobody can guess and cannot be listed, its file
 * belongs to the user of the process and to nobody else.
 */
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Runtime } from "../../runtime/types.ts";

export interface NotifySocket {
  readonly path: string;
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
  const decoder = new TextDecoder();
  const directory = mkdtempSync(join(tmpdir(), "supervisor-notify-"));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  const path = join(directory, "notify");
  try {
    const socket = runtime.openDatagrams(path, (datagram) => receive(decoder.decode(datagram)));
    try {
      chmodSync(path, 0o600);
      if (uid !== null && uid !== runtime.system.getuid()) {
        chownSync(path, uid, -1);
        // Others may pass through, who know the name.
        chmodSync(directory, 0o711);
      }
    } catch (error) {
      socket.close();
      throw error;
    }
    return {
      path,
      drain: () => socket.drain(),
      close() {
        socket.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
