/**
 * The head of a request: request line and header fields (RFC 9112). Lenient where clients of
 * Supervisor are careless (no space after the colon, LF alone, no Host or an empty one), strict
 * where it decides what belongs to the request: two opinions about a length are how requests are
 * smuggled past a proxy.
 */

export interface Head {
  readonly method: string;
  /** Path and query as written; bytes above 127 percent-encoded. */
  readonly target: string;
  readonly isHttp11: boolean;
  /** Names in lower case and values, by turns. */
  readonly fields: readonly string[];
  /** "" when there is none. */
  readonly host: string;
  /** null: none given. */
  readonly contentLength: number | null;
  /** The body comes in chunks, or in some other coding of which we know no end. */
  readonly isCoded: boolean;
  readonly keepAlive: boolean;
  /** The client waits to be told that it may send the body. */
  readonly expectsContinue: boolean;
}

/** Why a head cannot be used: the status to answer. */
export type HeadProblem = 400 | 417 | 431 | 505;

/** More fields than any client sends; looking up one among thousands is slow in both runtimes. */
export const MAX_FIELDS = 200;

// deno-lint-ignore no-control-regex
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) +([^\x00-\x20\x7f]+) +HTTP\/(\d)\.(\d)$/;
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
// deno-lint-ignore no-control-regex
const FORBIDDEN_IN_VALUE = /[\x00-\x08\x0a-\x1f\x7f]/;
const ABOVE_ASCII = /[\x80-\xff]/g;
const DIGITS = /^\d{1,15}$/;

/** Reads a head: all before the empty line, one character for each byte. */
export function parseHead(text: string): Head | HeadProblem {
  const lines = text.split("\n");
  const match = REQUEST_LINE.exec(withoutReturn(lines[0] as string));
  if (match === null) return 400;
  const [, method, target, major, minor] = match as unknown as string[];
  if (major !== "1") return 505;
  if (lines.length - 1 > MAX_FIELDS) return 431;
  if (!isTarget(target as string)) return 400;

  const isHttp11 = minor !== "0";
  const fields: string[] = [];
  let host = "";
  let contentLength: number | null = null;
  let isCoded = false;
  let keepAlive = isHttp11;
  let expectsContinue = false;

  for (let i = 1; i < lines.length; i++) {
    const line = withoutReturn(lines[i] as string);
    const colon = line.indexOf(":");
    if (colon === -1) return 400;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (!FIELD_NAME.test(name) || FORBIDDEN_IN_VALUE.test(value)) return 400;
    fields.push(name, value);
    switch (name) {
      case "host":
        host = value;
        break;
      case "content-length": {
        if (!DIGITS.test(value)) return 400;
        const length = Number(value);
        if (contentLength !== null && contentLength !== length) return 400;
        contentLength = length;
        break;
      }
      case "transfer-encoding":
        isCoded = true;
        break;
      case "connection":
        keepAlive = keepsAlive(value, keepAlive);
        break;
      case "expect":
        if (value.toLowerCase() !== "100-continue") return 417;
        expectsContinue = isHttp11;
        break;
    }
  }
  if (isCoded && contentLength !== null) return 400;
  return {
    method: method as string,
    target: (target as string).replace(ABOVE_ASCII, percentEncode),
    isHttp11,
    fields,
    host,
    contentLength,
    isCoded,
    // Where a coded body ends is never known here, so nothing can follow it.
    keepAlive: keepAlive && !isCoded,
    expectsContinue,
  };
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** A path, or the whole URL as proxies send it. */
function isTarget(target: string): boolean {
  return target.startsWith("/") || /^https?:\/\/[^/?#]/i.test(target);
}

function keepsAlive(value: string, otherwise: boolean): boolean {
  const tokens = value.toLowerCase().split(",").map((token) => token.trim());
  if (tokens.includes("close")) return false;
  return tokens.includes("keep-alive") || otherwise;
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
