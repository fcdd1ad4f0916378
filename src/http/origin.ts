/**
 * Requests that a page of somebody else makes a browser send. The browser adds the user's
 * credentials to them, so Basic authentication does not stop them; what browsers say about the
 * origin of a request does. Programs send none of these headers and are not concerned.
 */

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
