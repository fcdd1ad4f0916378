/** Basic authentication: the only kind that clients of the reference speak. */
import { Buffer } from "node:buffer";
import process from "node:process";
import { errorResponse } from "./responses.ts";

export interface Credentials {
  readonly username: string;
  /** Plain, or `{SHA}` and the SHA-1 of the password in lower-case hexadecimal digits. */
  readonly password: string;
}

/** The connection ends here: what was not allowed to be asked is not read either. */
export function unauthorized(): Response {
  return errorResponse(401, {
    "Connection": "close",
    "WWW-Authenticate": 'Basic realm="default"',
  });
}

/** Checks the value of an Authorization header; how long it takes tells nothing but its length. */
export function authorizer(
  { username, password }: Credentials,
): (header: string | null) => boolean {
  const { createHash, timingSafeEqual } = nodeCrypto();
  const isHashed = password.startsWith("{SHA}");
  const wantedUser = digest(Buffer.from(username));
  const wantedPassword = digest(Buffer.from(isHashed ? password.slice("{SHA}".length) : password));

  return function isAuthorized(header) {
    const given = header === null ? null : parseBasic(header);
    if (given === null) return false;
    const shown = isHashed
      ? Buffer.from(createHash("sha1").update(given.password).digest("hex"))
      : given.password;
    const userMatches = timingSafeEqual(digest(given.username), wantedUser);
    const passwordMatches = timingSafeEqual(digest(shown), wantedPassword);
    return userMatches && passwordMatches;
  };
}

/** Loaded when there are credentials: it takes a good part of the daemon's start. */
function nodeCrypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto");
}

/** Equal lengths for the comparison, whatever was given. */
function digest(bytes: Uint8Array): Uint8Array {
  return nodeCrypto().createHash("sha256").update(bytes).digest();
}

const BASIC = /^basic[ \t]+([A-Za-z0-9+/]+={0,2})[ \t]*$/i;

/** Split at the first colon: a password may hold more of them. null when it is not Basic. */
export function parseBasic(header: string): { username: Uint8Array; password: Uint8Array } | null {
  const base64 = BASIC.exec(header)?.[1];
  if (base64 === undefined || base64.replace(/=+$/, "").length % 4 === 1) return null;
  const bytes = Buffer.from(base64, "base64");
  const colon = bytes.indexOf(":");
  if (colon === -1) return null;
  return { username: bytes.subarray(0, colon), password: bytes.subarray(colon + 1) };
}
