/** The JSON API of our own daemon, for the actions that have no XML-RPC method to lean on. */
import { Buffer } from "node:buffer";
import { HttpStatusError } from "../../src/client/errors.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

/** The server refused, or has no such API at all: a sentence for the user. */
export class ApiError extends Error {
  override readonly name = "ApiError";
}

/** Says that the server has refused. What is no ApiError is thrown on. */
export function sayRefusal(session: Session, error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
  session.output.line(`ERROR: ${error.message}`);
  session.exitStatus = EXIT.GENERIC;
}

/** @throws ApiError, and what RpcClient.follow throws */
export async function getJson(
  session: Session,
  path: string,
  signal?: AbortSignal,
): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  const options = signal === undefined ? {} : { signal };
  await get(session, path, (bytes) => pieces.push(bytes.slice()), options);
  return JSON.parse(Buffer.concat(pieces).toString("utf8"));
}

/** Asks for something to be done. @throws ApiError, and what RpcClient.follow throws */
export async function postJson(session: Session, path: string, body: unknown): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  const collect = (bytes: Uint8Array) => pieces.push(bytes.slice());
  await get(session, path, collect, { body: JSON.stringify(body) });
  return JSON.parse(Buffer.concat(pieces).toString("utf8"));
}

/**
 * Follows server-sent events until the server or the signal ends them.
 *
 * @throws ApiError, and what RpcClient.follow throws
 */
export async function followEvents(
  session: Session,
  path: string,
  onEvent: (event: ServerEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const parser = new EventParser(onEvent);
  await get(session, path, (bytes) => parser.push(bytes), { signal });
}

async function get(
  session: Session,
  path: string,
  onBody: (bytes: Uint8Array) => void,
  options: { readonly signal?: AbortSignal; readonly body?: string },
): Promise<void> {
  const refusal: Uint8Array[] = [];
  try {
    await session.client.follow(path, onBody, {
      ...options,
      onRefusal: (bytes) => refusal.push(bytes.slice()),
    });
  } catch (error) {
    if (!(error instanceof HttpStatusError) || error.status === 401) throw error;
    const detail = problemDetail(Buffer.concat(refusal).toString("utf8"));
    if (detail !== null) throw new ApiError(detail, { cause: error });
    const text =
      `${session.serverUrl} has no JSON API (status ${error.status} for ${path.split("?")[0]}): ` +
      "this action needs one, which Supervisor's own daemon does not have";
    throw new ApiError(text, { cause: error });
  }
}

/** null for an answer that is not our API's. */
function problemDetail(body: string): string | null {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    return typeof detail === "string" ? detail : null;
  } catch {
    return null; // the error page of another server
  }
}

export interface ServerEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/** Bytes of an event stream to events. @see HTML standard, "Server-sent events" */
export class EventParser {
  readonly #onEvent: (event: ServerEvent) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";
  #event = "message";
  #id: string | null = null;
  #data: string[] = [];

  constructor(onEvent: (event: ServerEvent) => void) {
    this.#onEvent = onEvent;
  }

  push(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
  }

  #line(line: string): void {
    if (line === "") return this.#finish();
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#event = value;
    else if (field === "id") this.#id = value;
    else if (field === "data") this.#data.push(value);
  }

  #finish(): void {
    if (this.#data.length > 0) {
      this.#onEvent({ id: this.#id, event: this.#event, data: this.#data.join("\n") });
    }
    this.#event = "message";
    this.#data = [];
  }
}
