/**
 * Passwords and tokens as a configuration holds them: `$scrypt$ln=14,r=8,p=5$SALT$HASH`, the form
 * that PHC string format gives scrypt (RFC 7914); salt and hash are base64 without padding.
 */
import { Buffer } from "node:buffer";

export interface ScryptHash {
  /** Binary logarithm of the cost N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/**
 * What is made today: the least that OWASP's Password Storage Cheat Sheet asks of scrypt, in the
 * variant that needs 16 MiB of memory instead of 128.
 */
export const SCRYPT_COST = { ln: 14, r: 8, p: 5 } as const;
export const SCRYPT_HASH_BYTES = 32;
export const SCRYPT_SALT_BYTES = 16;

/** Memory that one check may take; a hash that asks for more is no better, only a way to hurt. */
export const SCRYPT_MAX_MEMORY = 256 * 1024 * 1024;
const MAX_P = 64;
const MIN_HASH_BYTES = 16;

const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Whether a text is meant as such a hash, readable or not. */
export function isScrypt(text: string): boolean {
  return text.startsWith("$scrypt$");
}

/** @returns null for anything that is no hash, or one too expensive to check */
export function parseScrypt(text: string): ScryptHash | null {
  const match = PHC.exec(text);
  if (match === null) return null;
  const [ln, r, p] = match.slice(1, 4).map(Number) as [number, number, number];
  const salt = Buffer.from(match[4] ?? "", "base64");
  const hash = Buffer.from(match[5] ?? "", "base64");
  const isSane = ln >= 1 && ln <= 24 && r >= 1 && p >= 1 && p <= MAX_P &&
    scryptMemory(ln, r) <= SCRYPT_MAX_MEMORY && hash.length >= MIN_HASH_BYTES &&
    salt.length > 0;
  return isSane ? { ln, r, p, salt, hash } : null;
}

/** Bytes that computing such a hash takes. */
export function scryptMemory(ln: number, r: number): number {
  return 128 * r * 2 ** ln;
}

export function formatScrypt({ ln, r, p, salt, hash }: ScryptHash): string {
  const [saltText, hashText] = [salt, hash].map((bytes) =>
    Buffer.from(bytes).toString("base64").replace(/=+$/, "")
  );
  return `$scrypt$ln=${ln},r=${r},p=${p}$${saltText}$${hashText}`;
}
