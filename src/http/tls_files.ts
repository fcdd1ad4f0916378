/**
 * The certificate of a server: read and checked when it is opened, and again when the files have
 * changed, so that a renewed certificate needs no restart. Nothing watches or polls: whoever
 * connects makes us look, not more often than every few seconds.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { TlsSpec } from "../config/types.ts";
import { StartupError } from "../daemon/host.ts";
import type { TlsMaterial, TlsServer } from "../runtime/http_types.ts";
import type { Clock } from "../runtime/types.ts";

/** Between two looks at the files. */
const LOOK_MS = 5000;

export interface TlsFilesOptions {
  readonly spec: TlsSpec;
  /** `inet_http_server`, for messages. */
  readonly section: string;
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: (level: "info" | "error", text: string) => void;
}

/** A sentence for the user. */
class TlsError extends Error {}

/** @throws StartupError with the place in the configuration, when the files cannot be used */
export function openTlsFiles({ spec, section, clock, log }: TlsFilesOptions): TlsServer {
  let material = loadOrThrow();
  let stamp = stampOf(spec);
  let nextLookMs = clock.monotonic() + LOOK_MS;

  function loadOrThrow(): TlsMaterial {
    try {
      return load(spec);
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      const { file, line } = spec.source;
      throw new StartupError(`${error.message} in section [${section}] (${file}:${line})`);
    }
  }

  function look(): void {
    const now = stampOf(spec);
    if (now === stamp) return;
    stamp = now;
    try {
      material = load(spec);
      log("info", `Server '${section}' has read its certificate again`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // Written in two steps, the second follows; until then the old one is as good as ever.
      log("error", `Server '${section}' keeps its old certificate: ${reason}`);
    }
  }

  return {
    current() {
      const now = clock.monotonic();
      if (now >= nextLookMs) {
        nextLookMs = now + LOOK_MS;
        look();
      }
      return material;
    },
  };
}

function load({ certificate, privateKey, clientCa }: TlsSpec): TlsMaterial {
  const cert = read(certificate, "certificate");
  const key = read(privateKey, "private key");
  const ca = clientCa === null ? null : read(clientCa, "client CA");
  const parsed = attempt(() => new X509Certificate(cert), `${certificate} holds no certificate`);
  const parsedKey = attempt(
    () => createPrivateKey(key),
    `${privateKey} holds no private key that can be used without a passphrase`,
  );
  if (ca !== null) attempt(() => new X509Certificate(ca), `${clientCa} holds no certificate`);
  if (!parsed.checkPrivateKey(parsedKey)) {
    throw new TlsError(`The private key ${privateKey} does not belong to ${certificate}`);
  }
  const context = attempt(
    () => createSecureContext({ cert, key, minVersion: "TLSv1.2", ...(ca === null ? {} : { ca }) }),
    `The certificate ${certificate} cannot be used`,
  );
  return { context, wantsCertificate: ca !== null };
}

function read(path: string, what: string): string {
  return attempt(() => readFileSync(path, "utf8"), `Cannot read the ${what} ${path}`);
}

function attempt<T>(action: () => T, sentence: string): T {
  try {
    return action();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TlsError(`${sentence}: ${reason}`, { cause });
  }
}

/** Changes with each of the files; also when one is gone. */
function stampOf({ certificate, privateKey, clientCa }: TlsSpec): string {
  return [certificate, privateKey, clientCa].map((path) => {
    const stat = path === null ? undefined : statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
  }).join("\n");
}
