/** Connecting to an https server. Loaded when there is one. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { connect } from "node:tls";
import type { Dial, Link } from "../runtime/dial_types.ts";
import { linkOver } from "./dial.ts";

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
    return await linkOver(socket, "secureConnect", handlers);
  };
}
