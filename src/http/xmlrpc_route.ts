/** POST /RPC2: a document in, a document out. */
import type { Daemon } from "../daemon/types.ts";
import { Fault } from "../rpc/faults.ts";
import { decodeCall } from "../xmlrpc/decode.ts";
import { encodeFault, encodeResponse } from "../xmlrpc/encode.ts";
import { XmlRpcError } from "../xmlrpc/value.ts";
import { readBody } from "./body.ts";
import type { Services } from "./env.ts";
import { isCrossSite } from "./origin.ts";
import { errorResponse, wholeResponse } from "./responses.ts";

const XML = { "Content-Type": "text/xml" };

/** How much of an unreadable request goes into the log. */
const QUOTED_CHARACTERS = 500;

/** Answers one request. Never rejects. */
export async function answerCall(request: Request, services: Services): Promise<Response> {
  if (request.method !== "POST") return errorResponse(400);
  if (isCrossSite(request)) return errorResponse(403);
  const body = await readBody(request);
  if (body instanceof Response) return body;

  const { daemon, rpc } = services;
  let call;
  try {
    call = decodeCall(body);
  } catch (error) {
    if (!(error instanceof XmlRpcError)) return internalError(daemon, body, error);
    daemon.log("error", `XML-RPC request data ${quote(body)} is invalid: ${error.reason}`);
    return errorResponse(400);
  }

  daemon.log("trace", `XML-RPC method called: ${call.method}()`);
  try {
    const text = encodeResponse(await rpc.call(call.method, call.params));
    daemon.log("trace", `XML-RPC method ${call.method}() returned successfully`);
    return wholeResponse(text, XML);
  } catch (error) {
    if (!(error instanceof Fault)) return internalError(daemon, body, error);
    const fault = `[${error.code}] ${error.message}`;
    daemon.log("trace", `XML-RPC method ${call.method}() returned fault: ${fault}`);
    return wholeResponse(encodeFault(error.code, error.message), XML);
  }
}

function internalError(daemon: Daemon, body: Uint8Array, error: unknown): Response {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  daemon.log(
    "critical",
    `Handling XML-RPC request with data ${quote(body)} raised an unexpected exception: ${text}`,
  );
  return errorResponse(500);
}

/** One line, whatever was sent. */
function quote(body: Uint8Array): string {
  const start = new TextDecoder().decode(body.subarray(0, QUOTED_CHARACTERS));
  return JSON.stringify(start) + (body.length > QUOTED_CHARACTERS ? "..." : "");
}
