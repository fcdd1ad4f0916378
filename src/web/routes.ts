/** The web interface: pages, actions and files. Without scripts so far. */
import type { Context, Env, Hono } from "hono";
import type { Daemon } from "../daemon/types.ts";
import { Fault, FAULT_CODES } from "../rpc/faults.ts";
import { readStdoutTail } from "../rpc/log_methods.ts";
import { createRpc } from "../rpc/methods.ts";
import { allProcessesByName } from "../rpc/namespec.ts";
import { processInfo } from "../rpc/process_info.ts";
import { performAction, unexpected } from "./actions.ts";
import { ASSET_DIRECTORIES, findAsset, STYLE_LINK } from "./assets.ts";
import { percentEncode } from "./links.ts";
import { requestQuery } from "./request_url.ts";
import { StatusPage, TailPage } from "./pages.tsx";

/** What the interface needs of the server it is part of. */
export interface WebOptions {
  readonly daemon: Daemon;
  /** True when a browser says that another site is behind a request. */
  isCrossSite(request: Request): boolean;
  /** The body, or the answer that says why it cannot be had. */
  readBody(request: Request): Promise<Uint8Array | Response>;
  /** An answer that is known whole. */
  wholeResponse(
    body: string | Uint8Array<ArrayBuffer> | null,
    headers: Readonly<Record<string, string>>,
    status?: number,
  ): Response;
  errorResponse(
    status: number,
    headers?: Readonly<Record<string, string>>,
    explanation?: string,
  ): Response;
}

/**
 * `no-referrer` would make browsers send `Origin: null` with forms of our own pages, and then
 * they could not be told from those of others; `same-origin` keeps quiet towards others alike.
 */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "same-origin",
};

const NOT_TO_BE_KEPT: Readonly<Record<string, string>> = {
  "Pragma": "no-cache",
  "Cache-Control": "no-cache",
  "Expires": "Thu, 01 Jan 1970 00:00:00 GMT",
};

/** The smallest tail that the log page shows, in bytes; also the default. */
const SMALLEST_TAIL = 1024;

export function mountWeb<E extends Env>(app: Hono<E>, options: WebOptions): void {
  const { daemon, errorResponse, wholeResponse } = options;
  // The pages work whatever [rpcinterface:x] sections there are.
  const rpc = createRpc(daemon, ["supervisor"]);

  function html(page: { toString(): string | Promise<string> }): Response {
    return wholeResponse("<!DOCTYPE html>" + page.toString(), {
      ...SECURITY_HEADERS,
      ...NOT_TO_BE_KEPT,
      "Content-Type": "text/html;charset=utf-8",
    });
  }

  async function answerStatus(context: Context<E>): Promise<Response> {
    const form = await readForm(context.req.raw, options);
    if (form instanceof Response) return form;
    const action = form.get("action");
    if (action !== undefined) return await act(context.req.raw, action, form);
    return html(StatusPage({
      identifier: daemon.identifier,
      processes: allProcessesByName(daemon).map((process) => processInfo(daemon, process)),
      message: form.get("message") ?? null,
      style: STYLE_LINK,
    }));
  }

  async function act(
    request: Request,
    action: string,
    form: ReadonlyMap<string, string>,
  ): Promise<Response> {
    if (options.isCrossSite(request)) {
      const explanation = "This action was asked for by a page of another site.";
      return errorResponse(403, SECURITY_HEADERS, explanation);
    }
    let message;
    try {
      message = await performAction(daemon, rpc, action, form.get("processname") ?? null);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      message = `ERROR: ${unexpected(error)}`;
    }
    const location = `${serverUrl(request)}/?message=${percentEncode(message)}`;
    // Without the headers against caching a browser would remember the redirect, and the next
    // click on the same link would do nothing.
    return errorResponse(301, { ...SECURITY_HEADERS, ...NOT_TO_BE_KEPT, "Location": location });
  }

  async function answerTail(context: Context<E>): Promise<Response> {
    const form = await readForm(context.req.raw, options);
    if (form instanceof Response) return form;
    const namespec = form.get("processname") ?? null;
    const limit = tailLimit(form.get("limit"));
    const text = tailText(daemon, namespec, limit);
    return html(TailPage({ namespec, limit, text, style: STYLE_LINK }));
  }

  function answerOk(): Response {
    return wholeResponse("OK", { ...SECURITY_HEADERS, "Content-Type": "text/plain" });
  }

  function answerAsset(context: Context<E>): Response {
    const { req } = context;
    const found = findAsset(
      req.path.slice(1),
      requestQuery(req.url).get("v"),
      req.header("if-none-match"),
    );
    if (found === null) return errorResponse(404);
    const { status, headers, body } = found;
    return wholeResponse(body, { ...SECURITY_HEADERS, ...headers }, status);
  }

  app.on(["GET", "POST"], ["/", "/index.html"], exceptHead(answerStatus));
  app.on(["GET", "POST"], "/tail.html", exceptHead(answerTail));
  app.on(["GET", "POST"], "/ok.html", exceptHead(answerOk));
  for (const directory of ASSET_DIRECTORIES) {
    app.get(`/${directory}`, () => errorResponse(301, { "Location": `/${directory}/` }));
    app.get(`/${directory}/:file`, answerAsset);
  }

  /**
   * Hono answers HEAD with what GET does, actions included; here, as in the reference, pages
   * have no HEAD.
   */
  function exceptHead(
    answer: (context: Context<E>) => Response | Promise<Response>,
  ): (context: Context<E>) => Response | Promise<Response> {
    return (context) => context.req.method === "HEAD" ? errorResponse(404) : answer(context);
  }
}

/**
 * Query and urlencoded body together. Of equal names the first counts in the query and the last
 * in the body, which wins; empty values count as absent.
 */
async function readForm(
  request: Request,
  { readBody }: WebOptions,
): Promise<ReadonlyMap<string, string> | Response> {
  const form = new Map<string, string>();
  for (const [name, value] of requestQuery(request.url)) {
    if (value !== "" && !form.has(name)) form.set(name, value);
  }
  if (request.method === "POST") {
    const body = await readBody(request);
    if (body instanceof Response) return body;
    for (const [name, value] of new URLSearchParams(new TextDecoder().decode(body))) {
      if (value !== "") form.set(name, value);
    }
  }
  return form;
}

/** Where the client thinks we are; relative for an HTTP/1.0 client that does not say. */
function serverUrl(request: Request): string {
  const host = request.headers.get("host")?.trim() ?? "";
  return /^[A-Za-z0-9._~:[\]-]+$/.test(host) ? `http://${host.replace(/:80$/, "")}` : "";
}

function tailLimit(limit: string | undefined): number {
  if (limit === undefined || !/^\d+$/.test(limit)) return SMALLEST_TAIL;
  return Math.min(Math.max(SMALLEST_TAIL, Number(limit)), Number.MAX_SAFE_INTEGER);
}

function tailText(daemon: Daemon, namespec: string | null, limit: number): string {
  if (namespec === null) return "No process name found";
  try {
    return readStdoutTail(daemon, namespec, limit);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === FAULT_CODES.NO_FILE) return `No file for ${namespec}`;
    return `ERROR: ${unexpected(error)}`;
  }
}
