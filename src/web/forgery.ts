/**
 * Who may act through the pages. A browser acts for whoever wrote the page it shows, so what it
 * sends must show that the page was ours; programs (curl, Python) send none of this and may use
 * the addresses of the reference as ever.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * `allowed`: do it. `foreign`: the page of another site asks. `unconfirmed`: a browser asks and
 * nothing says whose page made it (a bookmark, or plain HTTP, where browsers tell less); a person
 * has to.
 */
export type Verdict = "allowed" | "foreign" | "unconfirmed";

/** The secret of one run of the program: tokens of an earlier one are worth nothing. */
const SECRET = randomBytes(32);

const NONCE_BYTES = 12;

/**
 * A token for the forms of one page. No two are alike, so that what compression tells about the
 * length of a page (BREACH) tells nothing about the next one's token.
 */
export function makeToken(): string {
  const nonce = randomBytes(NONCE_BYTES).toString("base64url");
  return `${nonce}.${sign(nonce)}`;
}

function isToken(text: string | null | undefined): boolean {
  const [nonce, signature, ...rest] = (text ?? "").split(".");
  if (!nonce || !signature || rest.length > 0) return false;
  const [given, wanted] = [signature, sign(nonce)].map((part) => new TextEncoder().encode(part));
  return given?.length === wanted?.length &&
    timingSafeEqual(given as Uint8Array, wanted as Uint8Array);
}

function sign(nonce: string): string {
  return createHmac("sha256", SECRET).update(nonce).digest("base64url");
}

/** @param isCrossSite whether the browser says so */
export function judge(request: Request, isCrossSite: boolean, token: string | undefined): Verdict {
  const site = request.headers.get("sec-fetch-site");
  // "same-site" is another program on another port of this machine: not ours either.
  if (isCrossSite || site === "same-site") return "foreign";
  if (!isFromBrowser(request) || isToken(token)) return "allowed";
  // A link on our own page. Forms all have their token, and must show it.
  if (request.method === "GET" && site === "same-origin") return "allowed";
  return "unconfirmed";
}

/**
 * Over plain HTTP to another machine browsers send neither of the first two with a link; no page
 * can make them hide the third without asking us first.
 */
function isFromBrowser({ headers }: Request): boolean {
  return headers.has("sec-fetch-site") || headers.has("origin") ||
    headers.get("user-agent")?.startsWith("Mozilla/") === true;
}
