/** Calls that clients make over and over: without arguments, so that each is the same document. */
import type { PlainRequest, PreparedRequest } from "../runtime/http_types.ts";
import { decodeCall } from "../xmlrpc/decode.ts";
import type { Services } from "./env.ts";
import { runCall, XML_TYPE } from "./xmlrpc_route.ts";

/** What browsers say about where a request comes from: whoever says so is looked at each time. */
const SAID_BY_BROWSERS: ReadonlySet<string> = new Set(["origin", "sec-fetch-site"]);

/**
 * How a call is answered that needs no look at its request any more. For servers where everybody
 * may do everything.
 *
 * @returns null for all that is not a plain call without arguments
 */
export function prepareCall(request: PlainRequest, services: Services): PreparedRequest | null {
  const { method, target, fields, body } = request;
  if (method !== "POST" || target !== "/RPC2" || body.includes("<param>")) return null;
  if (fields.some((name, index) => index % 2 === 0 && SAID_BY_BROWSERS.has(name))) return null;
  const name = calledMethod(body);
  if (name === null) return null;
  return { contentType: XML_TYPE, answer: () => runCall(name, [], services) };
}

function calledMethod(body: string): string | null {
  // Names are ASCII; for the rest one would have to know the encoding.
  if (!/^[\t\n\r -~]*$/.test(body)) return null;
  try {
    const { method, params } = decodeCall(body);
    return params.length === 0 ? method : null;
  } catch {
    return null;
  }
}
