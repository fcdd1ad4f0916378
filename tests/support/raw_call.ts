/** Calls over sockets of a test's own: nothing is tried again, so whatever goes wrong is seen. */
import { connect, type Socket } from "node:net";

export type Place = { readonly path: string } | { readonly host: string; readonly port: number };

const CALL_MS = 30_000;

/** One connection that is used for one call after the other. */
export class RawConnection {
  readonly #socket: Socket;
  #text = "";
  #waiting: { resolve: (body: string) => void; reject: (error: Error) => void } | null = null;
  #failure: Error | null = null;

  constructor(place: Place) {
    this.#socket = connect(place);
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (chunk: string) => this.#received(chunk));
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error("the connection was closed")));
  }

  /** Calls a method without parameters, or with one text. @returns the document of the answer */
  call(method: string, ...params: readonly string[]): Promise<string> {
    const values = params.map((text) => `<param><value><string>${text}</string></value></param>`);
    const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${
      values.join("")
    }</params></methodCall>`;
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      const timer = setTimeout(() => reject(new Error(`no answer to ${method}`)), CALL_MS);
      this.#waiting = {
        resolve(answer) {
          clearTimeout(timer);
          resolve(answer);
        },
        reject(error) {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#socket.write(
        "POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n" +
          `Content-Length: ${body.length}\r\n\r\n${body}`,
      );
    });
  }

  close(): void {
    this.#waiting = null;
    this.#socket.destroy();
  }

  #received(chunk: string): void {
    this.#text += chunk;
    const end = this.#text.indexOf("\r\n\r\n");
    if (end === -1) return;
    const length = Number(/^content-length: *(\d+)/im.exec(this.#text.slice(0, end))?.[1]);
    if (this.#text.length < end + 4 + length) return;
    const body = this.#text.slice(end + 4, end + 4 + length);
    this.#text = this.#text.slice(end + 4 + length);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(body);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.#waiting = null;
  }
}

/** One call over a connection of its own. */
export async function callOnce(
  place: Place,
  method: string,
  ...params: readonly string[]
): Promise<string> {
  const connection = new RawConnection(place);
  try {
    return await connection.call(method, ...params);
  } finally {
    connection.close();
  }
}
