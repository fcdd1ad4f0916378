/** Hashes for tests: of the kind that configurations hold, without what makes them slow. */
import { randomBytes, scryptSync } from "node:crypto";
import { formatScrypt } from "../../src/config/password_hash.ts";

export function cheapHash(secret: string): string {
  const salt = randomBytes(8);
  const hash = scryptSync(secret, salt, 32, { N: 16, r: 1, p: 1 });
  return formatScrypt({ ln: 4, r: 1, p: 1, salt, hash });
}
