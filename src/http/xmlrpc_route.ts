/** POST /RPC2: a document in, a document out. */
import type { Daemon } from "../daemon/types.ts";
import { Fault } from "../rpc/faults.ts";
import { decodeCall } from "../xmlrpc/decode.ts";
import { encodeFault, encodeResponse } from "../xmlrpc/encode.ts";
import { type Value, XmlRpcError } from "../xmlrpc/value.ts";
import { readBody } from "./body.ts";
import type { Services } from "./env.ts";
import { isCrossSite } from "./origin.ts";
import { errorResponse, wholeResponse } from "./responses.ts";

export const XML_TYPE = "text/xml";
const XML = { "Content-Type": XML_TYPE };

/** How much of an unreadable request goes into the log. */
const QUOTED_CHARACTERS = 500;

/** Answers one request. Never rejects. */
export async function answerCall(request: Request, services: Services): Promise<Response> {
  if (request.method !== "POST") return errorResponse(400);
  if (isCrossSite(request)) return errorResponse(403);
  const body = await readBody(request);
  if (body instanceof Response) return body;

  const { daemon } = services;
  let call;
  try {
    call = decodeCall(body);
  } catch (error) {
    if (!(error instanceof XmlRpcError)) return internalError(daemon, body, error);
    daemon.log("error", `XML-RPC request data ${quote(body)} is invalid: ${error.reason}`);
    return errorResponse(400);
  }

  const answer = await runCall(call.method, call.params, services, body);
  return typeof answer === "string" ? wholeResponse(answer, XML) : answer;
}

/**
 * Makes one call. Neither throws nor rejects.
 *
 * @param body the document it came in, for the log
 * @returns the document to answer, at once where the method does
 */
export function runCall(
  method: string,
  params: readonly Value[],
  { daemon, rpc }: Services,
  body: Uint8Array | string = method,
): string | Response | Promise<string | Response> {
  const succeeded = (value: Value) => {
    const text = encodeResponse(value);
    daemon.log("trace", `XML-RPC method ${method}() returned successfully`);
    return text;
  };
  const failed = (error: unknown) => {
    if (!(error instanceof Fault)) return internalError(daemon, body, error);
    const fault = `[${error.code}] ${error.message}`;
    daemon.log("trace", `XML-RPC method ${method}() returned fault: ${fault}`);
    return encodeFault(error.code, error.message);
  };

  daemon.log("trace", `XML-RPC method called: ${method}()`);
  try {
    const result = rpc.run(method, params);
    return result instanceof Promise ? result.then(succeeded).catch(failed) : succeeded(result);
  } catch (error) {
    return failed(error);
  }
}

function internalError(daemon: Daemon, body: Uint8Array | string, error: unknown): Response {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  daemon.log(
    "critical",
    `Handling XML-RPC request with data ${quote(body)} raised an unexpected exception: ${text}`,
  );
  return errorResponse(500);
}

/** One line, whatever was sent. */
function quote(body: Uint8Array | string): string {
  const start = typeof body === "string"
    ? body.slice(0, QUOTED_CHARACTERS)
    : new TextDecoder().decode(body.subarray(0, QUOTED_CHARACTERS));
  return JSON.stringify(start) + (body.length > QUOTED_CHARACTERS ? "..." : "");
}
