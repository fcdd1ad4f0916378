/** A connection that is kept: one XML-RPC call after the other, with next to nothing on top. */
import { connect, type Socket } from "node:net";

export function requestBytes(method: string, params = ""): Uint8Array {
  const body = `<?xml version="1.0"?><methodCall><methodName>supervisor.${method}</methodName>` +
    `<params>${params}</params></methodCall>`;
  return new TextEncoder().encode(
    "POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n" +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}

/** A unix socket, or a port of 127.0.0.1. */
export type Target = { readonly path: string } | { readonly port: number };

const HEAD_END = "\r\n\r\n";

export class RpcConnection {
  readonly #socket: Socket;
  #isOpen = true;
  #text = "";
  /** Length of the whole answer, once its head is there. */
  #length = Infinity;
  #resolve: ((answer: string) => void) | null = null;
  #reject: ((error: Error) => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#take(text));
    socket.on("error", (error) => this.#reject?.(error));
    socket.on("close", () => {
      this.#isOpen = false;
      this.#reject?.(new Error("the connection was closed"));
    });
  }

  static open(target: Target): Promise<RpcConnection> {
    const socket = connect({ host: "127.0.0.1", ...target });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => resolve(new RpcConnection(socket)));
    });
  }

  /** Whether the server keeps it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @returns head and body of the answer. @throws Error when it is not 200 */
  call(request: Uint8Array): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#resolve = this.#reject = null;
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#text += text;
    if (this.#length === Infinity) {
      const head = this.#text.indexOf(HEAD_END);
      if (head === -1) return;
      const length = /content-length: *(\d+)/i.exec(this.#text.slice(0, head))?.[1];
      this.#length = head + HEAD_END.length + Number(length);
    }
    if (this.#text.length < this.#length) return;
    const answer = this.#text;
    if (/^connection: *close/im.test(answer.slice(0, 500))) this.#isOpen = false;
    this.#text = "";
    this.#length = Infinity;
    if (answer.startsWith("HTTP/1.1 200")) this.#resolve?.(answer);
    else this.#reject?.(new Error(answer.slice(0, 100)));
  }
}
