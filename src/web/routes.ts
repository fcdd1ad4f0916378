/** The web interface: pages, actions and files. */
import type { Context, Env, Hono } from "hono";
import type { Channel, ConfigDifference, Daemon, ManagedProcess } from "../daemon/types.ts";
import { Fault, FAULT_CODES } from "../rpc/faults.ts";
import { readMainTail, readTail } from "../rpc/log_methods.ts";
import { type Access, doAs, NotPermittedError } from "../rpc/guarded_rpc.ts";
import { createRpc } from "../rpc/methods.ts";
import { resolveProcess } from "../rpc/namespec.ts";
import { needOfPage } from "../rpc/permissions.ts";
import { performAction, unexpected } from "./actions.ts";
import { ASSET_DIRECTORIES, type AssetAnswer, findAsset, findScript } from "./assets.ts";
import { daemonFacts } from "./daemon_facts.ts";
import { judge, makeToken } from "./forgery.ts";
import { type Form, readForm } from "./form.ts";
import type { PageContext } from "./layout.tsx";
import { percentEncode, tailLink } from "./links.ts";
import { LogPage } from "./log_page.tsx";
import { ConfigPage, ConfirmPage, DaemonPage, EventsPage } from "./other_pages.tsx";
import { filterFrom, rowOf, selectProcesses } from "./process_row.ts";
import { percentDecode, requestPath, requestQuery } from "./request_url.ts";
import { htmlParts, NOT_TO_BE_KEPT, SECURITY_HEADERS } from "./responses.ts";
import { performOnAll, sendLine, update, updateMinimally } from "./selection_actions.ts";
import { StatusPage } from "./status_page.tsx";

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

/** The smallest tail that the log page shows, in bytes; also the default. */
const SMALLEST_TAIL = 1024;

/** What is shown of the main log without a script, in bytes. */
const MAIN_TAIL = 16 * 1024;

interface Markup {
  toString(): string | Promise<string>;
}

/** What the runtime and the door in front pass along with each request. */
export interface WebEnv extends Env {
  // deno-lint-ignore ban-types -- as in Hono's own type
  Bindings: { readonly access?: Access } & {};
}

export function mountWeb<E extends WebEnv>(app: Hono<E>, options: WebOptions): void {
  const { daemon, errorResponse, wholeResponse } = options;
  // The pages work whatever [rpcinterface:x] sections there are.
  const rpc = createRpc(daemon, ["supervisor"]);

  /** Who is behind the requests that came through the door. */
  const visitors = new WeakMap<Request, Access>();

  function html(request: Request, page: Markup, status = 200): Response {
    const { body, headers } = htmlParts(String(page), request);
    return wholeResponse(body, headers, status);
  }

  function contextOf(request: Request, message: string | null): PageContext {
    const theme = /(?:^|;\s*)theme=(dark|light)(?:;|$)/.exec(request.headers.get("cookie") ?? "");
    return {
      identifier: daemon.identifier,
      token: makeToken(),
      theme: (theme?.[1] ?? null) as PageContext["theme"],
      message,
      visitor: visitors.get(request) ?? null,
    };
  }

  /** Registers a page; the form is read before, and whoever asks for an action is looked at. */
  function page(paths: string[], answer: (request: Request, form: Form) => Promise<Response>) {
    app.on(["GET", "POST"], paths, async (context: Context<E>) => {
      const request = context.req.raw;
      // Hono answers HEAD with what GET does, actions included; here, as in the reference, pages
      // have no HEAD.
      if (request.method === "HEAD") return errorResponse(404);
      const form = await readForm(request, options.readBody);
      if (form instanceof Response) return form;
      const access = context.env?.access;
      if (access !== undefined) visitors.set(request, access);
      const refused = refusal(request, form);
      if (refused !== null) return refused;
      const action = form.get("action");
      if (access === undefined || action === undefined) return await answer(request, form);
      return await actAs(access, request, action, form, () => answer(request, form));
    });
  }

  async function actAs(
    access: Access,
    request: Request,
    action: string,
    form: Form,
    perform: () => Promise<Response>,
  ): Promise<Response> {
    const { targets } = form;
    const process = form.get("processname") ?? null;
    const need = needOfPage({ path: requestPath(request.url), action, process, targets });
    const target = targets.length > 0 ? targets.join(",") : process ?? "";
    try {
      return await doAs(access, need, { by: "page", action, target }, perform, outcomeOf);
    } catch (error) {
      if (!(error instanceof NotPermittedError)) throw error;
      return errorResponse(403, SECURITY_HEADERS, `You may not do this: ${error.message}.`);
    }
  }

  function refusal(request: Request, form: Form): Response | null {
    const action = form.get("action");
    if (action === undefined) return null;
    switch (judge(request, options.isCrossSite(request), form.get("token"))) {
      case "allowed":
        return null;
      case "foreign":
        return errorResponse(
          403,
          SECURITY_HEADERS,
          "This action was asked for by a page of another site.",
        );
      case "unconfirmed": {
        const names = form.targets.length > 0 ? form.targets : [form.get("processname") ?? ""];
        return html(
          request,
          ConfirmPage({
            context: contextOf(request, null),
            address: requestPath(request.url).slice(1),
            fields: form.fields(),
            question: `Action: ${action} ${names.join(", ")}`.trim(),
          }),
          403,
        );
      }
    }
  }

  /** Performs, and says on the page how it went. */
  async function act(
    request: Request,
    back: string,
    perform: () => string | Promise<string>,
  ): Promise<Response> {
    let message;
    try {
      message = await perform();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      message = `ERROR: ${unexpected(error)}`;
    }
    const separator = back.includes("?") ? "&" : "?";
    const location = `${serverUrl(request)}/${back}${separator}message=${percentEncode(message)}`;
    // Without the headers against caching a browser would remember the redirect, and the next
    // click on the same link would do nothing.
    return errorResponse(301, { ...SECURITY_HEADERS, ...NOT_TO_BE_KEPT, "Location": location });
  }

  // deno-lint-ignore require-await -- what it throws is to be a rejection
  async function answerStatus(request: Request, form: Form): Promise<Response> {
    const action = form.get("action");
    if (action === undefined) {
      const filter = filterFrom(form.query);
      return html(
        request,
        StatusPage({
          context: contextOf(request, form.get("message") ?? null),
          filter,
          selection: selectProcesses(daemon, filter),
        }),
      );
    }
    const namespec = form.get("processname") ?? null;
    if (action === "stdin" && request.method === "POST" && namespec !== null) {
      const text = form.get("text") ?? "";
      return act(request, tailLink(namespec), () => sendLine(rpc, namespec, text));
    }
    if (form.targets.length > 0) {
      const signal = form.get("signal") ?? "";
      return act(request, "", () => performOnAll(rpc, action, form.targets, signal));
    }
    return act(request, "", () => performAction(daemon, rpc, action, namespec));
  }

  // deno-lint-ignore require-await -- as above
  async function answerTail(request: Request, form: Form): Promise<Response> {
    const namespec = form.get("processname") ?? null;
    const channel = form.get("channel") === "stderr" ? "stderr" : "stdout";
    const limit = tailLimit(form.get("limit"));
    const process = namespec === null ? null : processNamed(daemon, namespec);
    return html(
      request,
      LogPage({
        context: contextOf(request, form.get("message") ?? null),
        namespec,
        row: process === null ? null : rowOf(daemon, process),
        channel,
        limit,
        text: tailText(daemon, namespec, channel, limit),
      }),
    );
  }

  // deno-lint-ignore require-await -- as above
  async function answerConfig(request: Request, form: Form): Promise<Response> {
    const action = request.method === "POST" ? form.get("action") : undefined;
    if (action === "update") {
      return act(request, "config.html", () => reading(() => update(daemon, rpc)));
    }
    if (action === "update-minimal") {
      return act(request, "config.html", () => reading(() => updateMinimally(daemon)));
    }
    let difference: ConfigDifference | null = null;
    let message = form.get("message") ?? null;
    if (action === "reread") {
      try {
        difference = daemon.reread();
      } catch (error) {
        message = `ERROR: ${error instanceof Error ? error.message : String(error)}`;
      }
    }
    const context = contextOf(request, message);
    return html(request, ConfigPage({ context, file: daemon.config.file, difference }));
  }

  // deno-lint-ignore require-await -- as above
  async function answerDaemon(request: Request, form: Form): Promise<Response> {
    const action = request.method === "POST" ? form.get("action") : undefined;
    if (action === "restart" || action === "shutdown") {
      return act(request, "daemon.html", async () => {
        await rpc.call(`supervisor.${action}`, []);
        return action === "restart" ? "The daemon restarts" : "The daemon shuts down";
      });
    }
    return html(
      request,
      DaemonPage({
        context: contextOf(request, form.get("message") ?? null),
        facts: daemonFacts(daemon),
        text: mainText(daemon),
        hasLog: daemon.mainLogPath !== null,
      }),
    );
  }

  page(["/", "/index.html"], answerStatus);
  page(["/tail.html"], answerTail);
  page(["/config.html"], answerConfig);
  page(["/daemon.html"], answerDaemon);
  page(
    ["/events.html"],
    (request) => Promise.resolve(html(request, EventsPage({ context: contextOf(request, null) }))),
  );
  app.on(
    ["GET", "POST"],
    "/ok.html",
    ({ req }) =>
      req.raw.method === "HEAD"
        ? errorResponse(404)
        : wholeResponse("OK", { ...SECURITY_HEADERS, "Content-Type": "text/plain" }),
  );

  function file(found: AssetAnswer | null): Response {
    if (found === null) return errorResponse(404);
    return wholeResponse(found.body, { ...SECURITY_HEADERS, ...found.headers }, found.status);
  }
  for (const directory of ASSET_DIRECTORIES) {
    app.get(`/${directory}`, () => errorResponse(301, { "Location": `/${directory}/` }));
    app.get(
      `/${directory}/:file`,
      ({ req }) => file(findAsset(req.path.slice(1), requestQuery(req.url).get("v"), req.raw)),
    );
  }
  app.get("/scripts/:version/:file", ({ req }) => {
    const [, , version = "", name = ""] = req.path.split("/");
    return file(findScript(version, name, req.raw));
  });
}

/** What went wrong is a message on the page that one is sent to. */
function outcomeOf(response: Response): string {
  const message = /[?&]message=([^&]*)/.exec(response.headers.get("location") ?? "")?.[1] ?? "";
  return message.includes("ERROR") ? percentDecode(message) : "ok";
}

/** Where the client thinks we are; relative for an HTTP/1.0 client that does not say. */
function serverUrl(request: Request): string {
  const host = request.headers.get("host")?.trim() ?? "";
  if (!/^[A-Za-z0-9._~:[\]-]+$/.test(host)) return "";
  return request.url.startsWith("https:")
    ? `https://${host.replace(/:443$/, "")}`
    : `http://${host.replace(/:80$/, "")}`;
}

/** A configuration that cannot be read is said on the page. */
async function reading(action: () => Promise<string>): Promise<string> {
  try {
    return await action();
  } catch (error) {
    return `ERROR: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function processNamed(daemon: Daemon, namespec: string): ManagedProcess | null {
  try {
    return resolveProcess(daemon, namespec);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

function tailLimit(limit: string | undefined): number {
  if (limit === undefined || !/^\d+$/.test(limit)) return SMALLEST_TAIL;
  return Math.min(Math.max(SMALLEST_TAIL, Number(limit)), Number.MAX_SAFE_INTEGER);
}

function tailText(
  daemon: Daemon,
  namespec: string | null,
  channel: Channel,
  limit: number,
): string {
  if (namespec === null) return "No process name found";
  try {
    return readTail(daemon, namespec, channel, limit);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === FAULT_CODES.NO_FILE) return `No file for ${namespec}`;
    return `ERROR: ${unexpected(error)}`;
  }
}

function mainText(daemon: Daemon): string {
  try {
    return readMainTail(daemon, MAIN_TAIL);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `The main log cannot be shown: ${error.message}`;
  }
}
