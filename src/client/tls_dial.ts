/** Connecting to an https server. Loaded when there is one. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { connect } from "node:tls";
import type { Dial, Link } from "../runtime/types.ts";
import { deferred } from "./deferred.ts";

/** How an https server is spoken to; file names are those of PEM files. */
export interface TlsClientOptions {
  /** Certificates to trust instead of Mozilla's, which the runtime brings along. */
  readonly caFile: string | null;
  /** Shown to servers that want one. */
  readonly certificate: string | null;
  /** The key of `certificate`; null: none. */
  readonly privateKey: string | null;
  /** Trust whoever answers. */
  readonly insecure: boolean;
}

const DEFAULTS: TlsClientOptions = {
  caFile: null,
  certificate: null,
  privateKey: null,
  insecure: false,
};

/** @returns what connects; it rejects with a sentence for a file that cannot be read */
export function dialWithTls(options: TlsClientOptions = DEFAULTS): Dial {
  return async function dial(address, handlers): Promise<Link> {
    if (address.kind !== "tcp") throw new TypeError("TLS is for TCP");
    const { host, port } = address;
    const { caFile, certificate, privateKey, insecure } = options;
    const { promise, resolve, reject } = deferred<Link>();
    let isOver = false;
    const end = (error: Error | null) => {
      if (isOver) return;
      isOver = true;
      handlers.closed(error);
    };
    const socket = connect({
      host,
      port,
      // An address is no server name (RFC 6066), but the certificate is held against it.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(caFile === null ? {} : { ca: readFileSync(caFile, "utf8") }),
      ...(certificate === null ? {} : { cert: readFileSync(certificate, "utf8") }),
      ...(privateKey === null ? {} : { key: readFileSync(privateKey, "utf8") }),
      rejectUnauthorized: !insecure,
    });
    socket.on("secureConnect", () =>
      resolve({
        write: (bytes) => void socket.write(bytes),
        close: () => {
          isOver = true;
          socket.destroy();
        },
      }));
    socket.on("data", (bytes: Uint8Array) => {
      if (!isOver) handlers.data(bytes);
    });
    socket.on("error", (error: Error) => {
      reject(error);
      end(error);
    });
    socket.on("end", () => end(null));
    socket.on("close", () => {
      reject(new Error("the server ended the connection in the handshake"));
      end(null);
    });
    return await promise;
  };
}
