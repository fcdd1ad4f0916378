/** Making and checking hashes, off the main loop: one takes a tenth of a second and 16 MiB. */
import type { Buffer } from "node:buffer";
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import {
  formatScrypt,
  SCRYPT_COST,
  SCRYPT_HASH_BYTES,
  SCRYPT_SALT_BYTES,
  type ScryptHash,
  scryptMemory,
} from "../../config/password_hash.ts";

/** Whether a secret is the one that was hashed. */
export async function isSecretOf(secret: Uint8Array, hash: ScryptHash): Promise<boolean> {
  return timingSafeEqual(await derive(secret, hash, hash.hash.length), hash.hash);
}

/** `$scrypt$…` of a secret, for a configuration. */
export async function hashSecret(secret: Uint8Array): Promise<string> {
  const salt = randomBytes(SCRYPT_SALT_BYTES);
  const hash = await derive(secret, { ...SCRYPT_COST, salt }, SCRYPT_HASH_BYTES);
  return formatScrypt({ ...SCRYPT_COST, salt, hash });
}

/** A secret that nobody has to remember: 256 bits. */
export function makeSecret(): string {
  return randomBytes(32).toString("base64url");
}

function derive(
  secret: Uint8Array,
  { ln, r, p, salt }: Omit<ScryptHash, "hash">,
  length: number,
): Promise<Buffer> {
  // What Node allows by itself is less than some of these need; twice, since it counts more.
  const cost = { N: 2 ** ln, r, p, maxmem: 2 * scryptMemory(ln, r) + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, length, cost, (error, key) => error ? reject(error) : resolve(key));
  });
}
