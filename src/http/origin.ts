/**
 * Requests that a page of somebody else makes a browser send. The browser adds the user's
 * credentials to them, so Basic authentication does not stop them; what browsers say about the
 * origin of a request does. Programs send none of these headers and are not concerned.
 */
import type { ServerSpec } from "../config/types.ts";

/** True when a browser says that another site is behind the request. */
export function isCrossSite(request: Request): boolean {
  const { headers } = request;
  const site = headers.get("sec-fetch-site");
  if (site === "same-origin" || site === "none") return false;
  if (site === "cross-site") return true;

  // Browsers leave Sec-Fetch-Site out over plain HTTP; what remains is Origin.
  const origin = headers.get("origin");
  if (origin === null) return false;
  const host = headers.get("x-forwarded-host") ?? headers.get("host");
  return hostOf(origin) !== host?.trim().toLowerCase();
}

/** null for an opaque origin ("null") and for what is no URL. */
function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host || null;
  } catch {
    return null;
  }
}

/**
 * True when a browser may be behind the request. What browsers send and programs do not: the
 * newer headers are missing over plain HTTP, a script may write its own User-Agent, but none can
 * take Accept-Language away.
 */
export function isFromBrowser({ headers }: Request): boolean {
  return headers.has("accept-language") || headers.has("sec-fetch-site") ||
    headers.has("origin") || headers.get("user-agent")?.startsWith("Mozilla/") === true;
}

/**
 * True when a browser was led here under somebody else's name (DNS rebinding): a page of
 * `evil.example`, whose name suddenly means 127.0.0.1, has the same origin as what it finds
 * there. No name but localhost leads to a loopback address by right; addresses cannot be rebound.
 *
 * A server with credentials needs no such check, and may stand behind a proxy that passes its own
 * name on: a browser gives credentials only to the name they were entered for.
 */
export function isRebound(request: Request): boolean {
  const host = request.headers.get("host")?.trim().toLowerCase() ?? "";
  if (host === "" || !isFromBrowser(request)) return false;
  const name = host.replace(/:\d*$/, "").replace(/\.$/, "");
  const isAddress = /^\[[0-9a-f:.%]+\]$/.test(name) || /^\d+(\.\d+){3}$/.test(name);
  return !isAddress && name !== "localhost" && !name.endsWith(".localhost");
}

/** Whether isRebound() is to be asked for requests to this server. */
export function isExposedToRebinding({ address, credentials }: ServerSpec): boolean {
  if (credentials !== null || address.kind !== "inet") return false;
  const { host } = address;
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/**
 * True when a form of another page could have made this request: a form cannot send JSON or a
 * header of its own, and a script elsewhere may not without our consent, which nobody gets.
 */
export function isForgeable(request: Request): boolean {
  if (!isFromBrowser(request) || request.headers.has("x-requested-with")) return false;
  const type = request.headers.get("content-type") ?? "";
  return !/^application\/(?:[a-z.+-]*\+)?json\s*(?:;|$)/i.test(type.trim());
}
