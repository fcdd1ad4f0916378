/** Who somebody is, by what the Authorization header says. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { isScrypt, parseScrypt } from "../../config/password_hash.ts";
import type { TokenSpec } from "../../config/types.ts";
import { EVERYTHING, type Permission } from "../../rpc/permissions.ts";
import { authorizer, type Credentials, parseBasic } from "../auth.ts";
import { isSecretOf } from "./scrypt.ts";

export interface Identity {
  /** `user:admin`, `token:deploy`, for the audit log. */
  readonly who: string;
  readonly permission: Permission;
}

/** Too many others are being checked. */
export class BusyError extends Error {
  constructor() {
    super("too many logins are being checked");
    this.name = "BusyError";
  }
}

export interface AuthenticatorOptions {
  readonly credentials: Credentials | null;
  /** Asked for each time: a reread may have changed them. */
  readonly tokens: () => readonly TokenSpec[];
}

/** Secrets known to be right, so that they are hashed once and not for each request. */
const MAX_KNOWN = 256;
/** Secrets being checked or waiting for it. */
const MAX_CHECKS = 16;

const BEARER = /^bearer[ \t]+([A-Za-z0-9._~+/-]+=*)[ \t]*$/i;

/** A name and the secret that goes with it, whichever way they came. */
interface Claim {
  readonly name: string;
  readonly secret: Uint8Array;
}

export class Authenticator {
  readonly #tokens: AuthenticatorOptions["tokens"];
  readonly #user: Identity | null;
  /** null: the password is no plain one, and no {SHA}. */
  readonly #isPlainUser: ((header: string | null) => boolean) | null;
  readonly #credentials: Credentials | null;
  /** Digests of a hash with its secret: one that was taken out of the configuration is not found. */
  readonly #known = new Set<string>();
  readonly #checks = new Map<string, Promise<boolean>>();
  #lastCheck: Promise<unknown> = Promise.resolve();

  constructor({ credentials, tokens }: AuthenticatorOptions) {
    this.#tokens = tokens;
    this.#credentials = credentials;
    this.#user = credentials === null
      ? null
      : { who: `user:${credentials.username}`, permission: EVERYTHING };
    this.#isPlainUser = credentials === null || isScrypt(credentials.password)
      ? null
      : authorizer(credentials);
  }

  /**
   * @returns null for whoever is not known; at once where no slow hash has to be computed
   * @throws BusyError as a rejection
   */
  identify(header: string): Identity | null | Promise<Identity | null> {
    if (this.#isPlainUser?.(header) === true) return this.#user;
    const claim = readClaim(header);
    if (claim === null) return null;
    const entry = this.#find(claim);
    if (entry === null) return null;
    const key = digestOf(entry.hash, claim.secret);
    if (this.#known.has(key)) return entry.identity;
    return this.#check(key, entry.hash, claim.secret).then((isRight) =>
      isRight ? entry.identity : null
    );
  }

  /** The name somebody goes by, if there is one of that name here; "" for all others. */
  claimedName(header: string): string {
    const name = readClaim(header)?.name;
    const isKnown = name === this.#credentials?.username ||
      this.#tokens().some((token) => token.name === name);
    return name !== undefined && isKnown ? name : "";
  }

  #find({ name }: Claim): { readonly hash: string; readonly identity: Identity } | null {
    const credentials = this.#credentials;
    if (credentials !== null && credentials.username === name && isScrypt(credentials.password)) {
      return { hash: credentials.password, identity: this.#user as Identity };
    }
    const token = this.#tokens().find((one) => one.name === name);
    if (token === undefined) return null;
    const { hash, role, groups } = token;
    return { hash, identity: { who: `token:${name}`, permission: { role, groups } } };
  }

  /** One at a time: together they would take memory for each, and every core there is. */
  async #check(key: string, text: string, secret: Uint8Array): Promise<boolean> {
    const running = this.#checks.get(key);
    if (running !== undefined) return await running;
    if (this.#checks.size >= MAX_CHECKS) throw new BusyError();
    const hash = parseScrypt(text);
    if (hash === null) return false;
    const check = this.#lastCheck.then(() => isSecretOf(secret, hash));
    this.#lastCheck = check.catch(() => {});
    this.#checks.set(key, check);
    try {
      const isRight = await check;
      if (isRight) this.#remember(key);
      return isRight;
    } finally {
      this.#checks.delete(key);
    }
  }

  #remember(key: string): void {
    this.#known.add(key);
    if (this.#known.size <= MAX_KNOWN) return;
    const [oldest] = this.#known;
    this.#known.delete(oldest as string);
  }
}

/** `Bearer NAME.SECRET`, or the same as user name and password: browsers can only do that. */
function readClaim(header: string): Claim | null {
  const bearer = BEARER.exec(header)?.[1];
  if (bearer !== undefined) {
    const dot = bearer.indexOf(".");
    if (dot === -1) return null;
    return { name: bearer.slice(0, dot), secret: Buffer.from(bearer.slice(dot + 1)) };
  }
  const basic = parseBasic(header);
  if (basic === null) return null;
  return { name: Buffer.from(basic.username).toString("utf8"), secret: basic.password };
}

function digestOf(hash: string, secret: Uint8Array): string {
  return createHash("sha256").update(hash).update("\0").update(secret).digest("base64");
}
