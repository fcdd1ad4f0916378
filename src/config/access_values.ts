/** The kinds of values that say who may do what. */
import { ValueError } from "./errors.ts";
import { nearestName } from "./nearest.ts";
import { parseScrypt } from "./password_hash.ts";
import { repr } from "./python_text.ts";
import type { Role } from "./types.ts";
import type { Kind } from "./values.ts";

const ROLES: readonly Role[] = ["view", "operate", "admin"];

function oneOf<T extends string>(words: readonly T[], what: string): Kind<T> {
  const wanted = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return {
    name: wanted,
    wanted,
    convert(text) {
      const word = text.trim().toLowerCase();
      const found = words.find((known) => known === word);
      if (found !== undefined) return found;
      const nearest = nearestName(word, words);
      const hint = nearest === null ? "" : `; did you mean ${nearest}?`;
      throw new ValueError(`${repr(text)} is not a ${what}${hint}`, wanted);
    },
  };
}

export const role: Kind<Role> = oneOf(ROLES, "role");

/** What those may do who show no credentials. */
export const anonymous: Kind<Role | "none"> = oneOf(["none", ...ROLES], "role");

const HASH = "$scrypt$…, as `supervisord hash-password` prints it";

export const scryptHash: Kind<string> = {
  name: "scrypt hash",
  wanted: HASH,
  convert(text) {
    if (parseScrypt(text.trim()) !== null) return text.trim();
    // Not repeated, as messages go into the log: what stands here may be the secret itself.
    throw new ValueError("the value is not a hash of a token", HASH);
  },
};
