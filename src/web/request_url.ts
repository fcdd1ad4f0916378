/**
 * Path and query of a request. Not through `new URL`: what a client wrote as its Host is part of
 * the URL that runtimes give, and neither a Host that is nonsense nor the lack of one (HTTP/1.0;
 * Bun gives the path alone then) is a reason not to answer.
 */

/** `http://host` in front of the path; absent when there is no Host. */
const ORIGIN = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/;

/** Path and query as the client wrote them. */
export function requestTarget(url: string): string {
  return url.charCodeAt(0) === SLASH ? url : url.replace(ORIGIN, "");
}

const SLASH = 0x2f;

/** The path as written, without origin and query; several leading slashes count as one. */
export function rawPath(url: string): string {
  const rest = requestTarget(url);
  const end = rest.search(/[?#]/);
  const path = end === -1 ? rest : rest.slice(0, end);
  return path.startsWith("//") ? path.replace(/^\/+/, "/") : path || "/";
}

/** The path, percent-decoded. */
export function requestPath(url: string): string {
  return percentDecode(rawPath(url));
}

/** The names and values behind the question mark. */
export function requestQuery(url: string): URLSearchParams {
  const [beforeFragment = ""] = requestTarget(url).split("#", 1);
  const mark = beforeFragment.indexOf("?");
  return new URLSearchParams(mark === -1 ? "" : beforeFragment.slice(mark + 1));
}

/** Decodes what can be decoded and leaves the rest as it is; bytes that are not UTF-8 become U+FFFD. */
export function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
    const bytes = run.slice(1).split("%").map((digits) => Number.parseInt(digits, 16));
    return new TextDecoder().decode(Uint8Array.from(bytes));
  });
}
