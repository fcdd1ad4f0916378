/** [token:x]: who else may come in, and what they may do. */
import { ValueError } from "./errors.ts";
import { type LoadContext, readerFor } from "./load_context.ts";
import { TOKEN } from "./options/servers.ts";
import type { TokenSpec } from "./types.ts";

const PREFIX = "token:";

/** In the order of the files. @throws ConfigError */
export function readTokens(context: LoadContext): TokenSpec[] {
  return context.document.sections()
    .filter(({ name }) => name.startsWith(PREFIX))
    .map(({ name }) => context.problems.attempt(() => readToken(context, name), () => null))
    .filter((token) => token !== null);
}

function readToken(context: LoadContext, section: string): TokenSpec {
  const reader = readerFor(context, section);
  const name = section.slice(PREFIX.length);
  // It is the user name for Basic authentication, and in front of the secret otherwise.
  if (!/^[A-Za-z0-9_-]+$/.test(name)) {
    const text = `Invalid name of a token: ${JSON.stringify(name)}`;
    throw reader.error(new ValueError(text, "letters, digits, - and _"), null);
  }
  const hash = reader.required(TOKEN.hash, `section [${section}] has no hash value`);
  const role = reader.read(TOKEN.role);
  const groups = reader.read(TOKEN.groups);
  if (groups !== null && role !== "operate") {
    reader.rule(TOKEN.groups.key, () => {
      const text = `section [${section}] names groups, but its role is ${role}`;
      throw new ValueError(text, "role = operate, or no groups");
    }, () => {});
  }
  return { name, hash, role, groups };
}
