/** What all pages share: who is behind a request, what may be asked for, how it is answered. */
import type { Daemon } from "../daemon/types.ts";
import { Fault } from "../rpc/faults.ts";
import { type Access, doAs, NotPermittedError } from "../rpc/guarded_rpc.ts";
import { createRpc, type Rpc } from "../rpc/methods.ts";
import { needOfPage } from "../rpc/permissions.ts";
import { unexpected } from "./actions.ts";
import { judge, makeToken } from "./forgery.ts";
import { type Form, readForm } from "./form.ts";
import type { PageContext } from "./layout.tsx";
import { percentEncode } from "./links.ts";
import { ConfirmPage } from "./other_pages.tsx";
import { percentDecode, requestPath } from "./request_url.ts";
import { htmlParts, NOT_TO_BE_KEPT, SECURITY_HEADERS } from "./responses.ts";

/** What the interface needs of the server it is part of. */
export interface SiteOptions {
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

interface Markup {
  toString(): string | Promise<string>;
}

export class Site {
  readonly daemon: Daemon;
  /** The pages work whatever [rpcinterface:x] sections there are. */
  readonly rpc: Rpc;
  readonly #options: SiteOptions;
  /** Who is behind the requests that came through the door. */
  readonly #visitors = new WeakMap<Request, Access>();

  constructor(options: SiteOptions) {
    this.daemon = options.daemon;
    this.rpc = createRpc(options.daemon, ["supervisor"]);
    this.#options = options;
  }

  html(request: Request, page: Markup, status = 200): Response {
    const { body, headers } = htmlParts(String(page), request);
    return this.#options.wholeResponse(body, headers, status);
  }

  contextOf(request: Request, message: string | null): PageContext {
    const theme = /(?:^|;\s*)theme=(dark|light)(?:;|$)/.exec(request.headers.get("cookie") ?? "");
    return {
      identifier: this.daemon.identifier,
      token: makeToken(),
      theme: (theme?.[1] ?? null) as PageContext["theme"],
      message,
      visitor: this.#visitors.get(request) ?? null,
    };
  }

  /** Answers with a page; the form is read before, and whoever asks for an action is looked at. */
  async visit(
    request: Request,
    access: Access | undefined,
    answer: (form: Form) => Promise<Response>,
  ): Promise<Response> {
    // Hono answers HEAD with what GET does, actions included; here, as in the reference, pages
    // have no HEAD.
    if (request.method === "HEAD") return this.#options.errorResponse(404);
    const form = await readForm(request, this.#options.readBody);
    if (form instanceof Response) return form;
    if (access !== undefined) this.#visitors.set(request, access);
    const refused = this.#refusal(request, form);
    if (refused !== null) return refused;
    const action = form.get("action");
    if (access === undefined || action === undefined) return await answer(form);
    return await this.#actAs(access, request, action, form, () => answer(form));
  }

  async #actAs(
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
      return this.#options.errorResponse(
        403,
        SECURITY_HEADERS,
        `You may not do this: ${error.message}.`,
      );
    }
  }

  #refusal(request: Request, form: Form): Response | null {
    const action = form.get("action");
    if (action === undefined) return null;
    switch (judge(request, this.#options.isCrossSite(request), form.get("token"))) {
      case "allowed":
        return null;
      case "foreign":
        return this.#options.errorResponse(
          403,
          SECURITY_HEADERS,
          "This action was asked for by a page of another site.",
        );
      case "unconfirmed": {
        const names = form.targets.length > 0 ? form.targets : [form.get("processname") ?? ""];
        return this.html(
          request,
          ConfirmPage({
            context: this.contextOf(request, null),
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
  async act(
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
    return this.#options.errorResponse(301, {
      ...SECURITY_HEADERS,
      ...NOT_TO_BE_KEPT,
      "Location": location,
    });
  }
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
