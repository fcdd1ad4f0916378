/** Reading a request body. */
import { errorResponse } from "./responses.ts";

/**
 * The largest body that is read, in bytes; the runtime answers 413 to more. The reference has no
 * limit; a text for a child's standard input is all that could be of any size.
 */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The body, or the answer that says why it cannot be had. */
export async function readBody(request: Request): Promise<Uint8Array | Response> {
  const length = request.headers.get("content-length");
  // As in the reference, a body in chunks is not taken. The rest of it would be read as the next
  // request, hence the end of the connection.
  if (length === null) return errorResponse(411, { "Connection": "close" });
  if (!/^\d+$/.test(length) || Number(length) === 0) return errorResponse(400);
  try {
    return await request.bytes();
  } catch {
    // The client went away in the middle of it.
    return errorResponse(400, { "Connection": "close" });
  }
}
