/** The URL of a server, apart from the other kinds: supervisorctl needs none of those. */
import { ValueError } from "./errors.ts";
import { repr } from "./python_text.ts";
import type { Kind } from "./values.ts";

const URL_WANTED = "http://host:port or unix:///path";

/** A scheme, and behind it a host or a path. Looser than the URL class: `unix:///x` must pass. */
export const serverUrl: Kind<string> = {
  name: "URL",
  wanted: URL_WANTED,
  convert(value) {
    const match = /^[A-Za-z][A-Za-z0-9+.-]*:(\/\/[^/?#]*)?([^?#]*)/.exec(value);
    if (match !== null && ((match[1]?.length ?? 0) > 2 || match[2] !== "")) return value;
    throw new ValueError(`value ${repr(value)} is not a URL`, URL_WANTED);
  },
};
