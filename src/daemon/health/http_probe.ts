/** One GET, and what its answer says about who gave it. */
import type { ClientRequest, IncomingMessage } from "node:http";
import { compilePattern } from "../../pattern/pattern.ts";
import type { Check } from "../../process/health.ts";

type HttpCheck = Check & { readonly kind: "http" };

/** What is looked at of a body. */
const MAX_BODY_BYTES = 64 * 1024;

/** @throws what is wrong, as a rejection: the connection, the status, or the body */
export async function lookAtUrl(check: HttpCheck, signal: AbortSignal): Promise<string> {
  const url = new URL(check.url);
  const { request } = url.protocol === "https:"
    ? await import("node:https")
    : await import("node:http");
  const { username, password } = url;
  url.username = url.password = "";
  const headers: Record<string, string> = {
    "user-agent": "supervisor-healthcheck",
    connection: "close",
  };
  if (username !== "" || password !== "") {
    const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers["authorization"] = `Basic ${btoa(words)}`;
  }
  for (const [name, value] of check.headers) headers[name.toLowerCase()] = value;
  if (signal.aborted) throw new Error("cancelled");
  const asked = request(url, {
    method: "GET",
    headers,
    agent: false,
    rejectUnauthorized: check.verify,
  });
  signal.addEventListener("abort", () => asked.destroy());
  try {
    const response = await answerOf(asked);
    const status = response.statusCode ?? 0;
    if (!check.statuses.some(([first, last]) => status >= first && status <= last)) {
      throw new Error(`status ${status}`);
    }
    if (check.body !== null) matchBody(check.body, await beginningOf(response));
    return `status ${status}`;
  } finally {
    asked.destroy();
  }
}

function answerOf(asked: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.on("response", resolve);
    asked.on("error", reject);
    asked.end();
  });
}

/** The body, or as much of it as is looked at. */
function beginningOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder();
    let text = "";
    let size = 0;
    response.on("data", (chunk: Uint8Array) => {
      const left = MAX_BODY_BYTES - size;
      text += decoder.decode(chunk.subarray(0, left), { stream: true });
      size += chunk.length;
      if (size >= MAX_BODY_BYTES) resolve(text);
    });
    response.on("end", () => resolve(text));
    response.on("error", reject);
    response.on("close", () => reject(new Error("the answer broke off")));
  });
}

function matchBody(wanted: NonNullable<HttpCheck["body"]>, body: string): void {
  const found = "text" in wanted
    ? body.includes(wanted.text)
    : compilePattern(wanted.pattern, { ignoreCase: false })(body, 0) !== null;
  if (!found) throw new Error("the body is not as it should be");
}
