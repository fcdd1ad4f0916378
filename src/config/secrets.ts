/** `secret_files = DB_PASSWORD:/run/secrets/db, API_KEY:/etc/keys/api`: variables that are files. */
import { ValueError } from "./errors.ts";
import { repr, strip } from "./python_text.ts";
import type { Kind } from "./values.ts";

const WANTED = "NAME:/path, separated by commas";

/** By name of the variable. */
export const secretFiles: Kind<Readonly<Record<string, string>>> = {
  name: "list of NAME:/path",
  wanted: WANTED,
  convert(text) {
    const files = new Map<string, string>();
    for (const part of text.split(/[,\n]/).map(strip)) {
      if (part === "") continue;
      const match = /^([A-Za-z_][A-Za-z0-9_]*)\s*:\s*(.+)$/.exec(part);
      const [, name = "", path = ""] = match ?? [];
      if (match === null) {
        throw new ValueError(`not a variable and its file: ${repr(part)}`, WANTED);
      }
      if (!path.startsWith("/")) {
        throw new ValueError(`not an absolute path: ${repr(path)}`, `${name}:/path`);
      }
      if (files.has(name)) throw new ValueError(`${name} is there twice`, "each name once");
      files.set(name, path);
    }
    return Object.fromEntries(files);
  },
};
