/** The door of one server: who is let in, as whom, and how often one may knock wrongly. */
import type { ServerSpec } from "../../config/types.ts";
import type { Daemon } from "../../daemon/types.ts";
import type { Access, Deed } from "../../rpc/guarded_rpc.ts";
import { EVERYTHING, type Permission, permits } from "../../rpc/permissions.ts";
import type { ConnectionInfo } from "../../runtime/http_types.ts";
import type { Peer } from "../../runtime/types.ts";
import { unauthorized } from "../auth.ts";
import { errorResponse, wholeResponse } from "../responses.ts";
import type { AuditEntry } from "./audit.ts";
import { Authenticator, BusyError, type Identity } from "./authenticator.ts";
import { LoginThrottle, throttleKey } from "./throttle.ts";

export interface GateOptions {
  readonly daemon: Pick<Daemon, "config" | "clock" | "statistics">;
  readonly server: ServerSpec;
  /** Whatever is to be written down; null: nothing is. */
  readonly audit: { note(entry: AuditEntry): void } | null;
  /** Who is at the other end of a unix socket, where the system tells. */
  readonly peerOf: (fd: number) => Peer | null;
}

/** From where a request came. */
export type Caller = Partial<ConnectionInfo>;

/** Where its bearer is let in: what for. Where not: the answer. */
export type Admission = Access | Response;

export class Gate {
  readonly #o: GateOptions;
  readonly #authenticator: Authenticator;
  readonly #throttle = new LoginThrottle();

  constructor(options: GateOptions) {
    this.#o = options;
    this.#authenticator = new Authenticator({
      credentials: options.server.credentials,
      tokens: () => options.daemon.config.tokens ?? [],
    });
  }

  admit(request: Request, caller: Caller): Admission | Promise<Admission> {
    const header = request.headers.get("authorization");
    if (header === null || this.#isBeside(header)) return this.#admitAnonymous(caller);
    const key = this.#throttleKey(caller, header);
    const waitMs = key === null ? 0 : this.#throttle.waitMs(key, this.#now());
    if (waitMs > 0) {
      this.#count("throttled");
      return tooMany(request, waitMs);
    }
    const identity = this.#authenticator.identify(header);
    if (!(identity instanceof Promise)) return this.#decide(identity, key, caller);
    return identity.then((found) => this.#decide(found, key, caller), (error) => {
      if (error instanceof BusyError) return tooMany(request, BUSY_MS);
      throw error;
    });
  }

  /**
   * Credentials for nobody whom this server knows, where none are needed: clients with one
   * configuration for many servers send theirs to all, and an open one has never minded.
   */
  #isBeside(header: string): boolean {
    const { credentials } = this.#o.server;
    return credentials === null && this.#authenticator.claimedName(header) === "" &&
      this.#anonymousRole() !== "none";
  }

  #anonymousRole() {
    return anonymousRole(this.#o.server, this.#o.daemon.config.tokens !== undefined);
  }

  #decide(identity: Identity | null, key: string | null, caller: Caller): Admission {
    if (identity !== null) {
      if (key !== null) this.#throttle.succeeded(key);
      return this.#accessFor(identity.permission, identity.who, caller);
    }
    this.#count("failed");
    if (key !== null) this.#throttle.failed(key, this.#now());
    this.#note(caller, "anonymous", { by: "login", action: "login", target: "" }, "refused");
    return unauthorized();
  }

  #admitAnonymous(caller: Caller): Admission {
    const role = this.#anonymousRole();
    if (role === "none") return unauthorized();
    return this.#accessFor({ ...EVERYTHING, role }, null, caller);
  }

  /** @param who null: nobody said, and perhaps the system knows */
  #accessFor(permission: Permission, who: string | null, caller: Caller): Access {
    const peerName = () => this.#peerName(caller);
    return {
      get who() {
        return who ?? peerName();
      },
      permission,
      permits: (need) => permits(permission, need),
      note: (deed, result) => this.#note(caller, who ?? peerName(), deed, result),
    };
  }

  #note(
    caller: Caller,
    who: string,
    { by, action, target }: Omit<Deed, "by"> & { readonly by: string },
    result: string,
  ): void {
    const { audit, server } = this.#o;
    audit?.note({
      who,
      from: this.#placeOf(caller),
      server: server.section,
      interface: by,
      action,
      target,
      result,
    });
  }

  #peer({ fd }: Caller): Peer | null {
    const isUnix = this.#o.server.address.kind === "unix";
    return isUnix && fd !== undefined ? this.#o.peerOf(fd) : null;
  }

  #peerName(caller: Caller): string {
    if (caller.certificate !== undefined) return `certificate:${caller.certificate}`;
    const peer = this.#peer(caller);
    return peer === null ? "anonymous" : `uid:${peer.uid}`;
  }

  #placeOf(caller: Caller): string {
    const { remoteAddress = "", remotePort = 0 } = caller;
    if (remoteAddress !== "") {
      return `${remoteAddress.includes(":") ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
    }
    const peer = this.#peer(caller);
    return peer === null ? "unix" : `unix pid ${peer.pid}`;
  }

  /** null: there is nothing to tell one caller from another by, and one must not shut out all. */
  #throttleKey(caller: Caller, header: string): string | null {
    // By name as well: a forgotten script with an old password must not keep everybody else out,
    // and a token that is right must not make room for guesses at another.
    const name = this.#authenticator.claimedName(header);
    if (caller.remoteAddress !== undefined && caller.remoteAddress !== "") {
      return `${throttleKey(caller.remoteAddress)} ${name}`;
    }
    const peer = this.#peer(caller);
    return peer === null ? null : `uid:${peer.uid} ${name}`;
  }

  #count(outcome: "failed" | "throttled"): void {
    this.#o.daemon.statistics.countLogin(this.#o.server.section, outcome);
  }

  #now(): number {
    return this.#o.daemon.clock.monotonic();
  }
}

/** What those may do who show no credentials. */
export function anonymousRole(
  { anonymous, credentials, address }: ServerSpec,
  hasTokens: boolean,
): NonNullable<ServerSpec["anonymous"]> {
  if (anonymous !== undefined) return anonymous;
  if (credentials !== null) return "none";
  // The mode of a socket file says already who may use it.
  return hasTokens && address.kind === "inet" ? "none" : "admin";
}

const BUSY_MS = 1000;

/** Clients of XML-RPC know no other refusal than 401; the others get the number that means it. */
function tooMany(request: Request, waitMs: number): Response {
  const headers = { "Connection": "close", "Retry-After": String(Math.ceil(waitMs / 1000)) };
  const sentence = "Too many failed logins came from your address.";
  if (!/^(?:https?:\/\/[^/]*)?\/(?:api\/|metrics)/.test(request.url)) {
    return errorResponse(
      401,
      { ...headers, "WWW-Authenticate": 'Basic realm="default"' },
      sentence,
    );
  }
  const problem = {
    type: "urn:supervisord:problem:too-many-requests",
    title: "Too many failed logins",
    status: 429,
    detail: sentence,
    code: "TOO_MANY_REQUESTS",
  };
  return wholeResponse(`${JSON.stringify(problem)}\n`, {
    "Content-Type": "application/problem+json",
    ...headers,
  }, 429);
}
