/** What one server answers: each has its own credentials, everything else is shared. */
import { Hono, type MiddlewareHandler, type NotFoundHandler } from "hono";
import type { ServerSpec } from "../config/types.ts";
import type { Daemon } from "../daemon/types.ts";
import { guardRpc } from "../rpc/guarded_rpc.ts";
import { requestPath } from "../web/request_url.ts";
import type { Gate, GateOptions } from "./access/gate.ts";
import { mountApi } from "./api/mount.ts";
import { readBody } from "./body.ts";
import { accessLog, isTracing } from "./access_log.ts";
import type { HttpEnv, Services } from "./env.ts";
import { answerLogtail, answerMainLogtail } from "./logtail_routes.ts";
import { isCrossSite } from "./origin.ts";
import { errorResponse, wholeResponse } from "./responses.ts";
import type { App } from "./listen.ts";
import { prepareCall } from "./prepared_calls.ts";
import { answerCall } from "./xmlrpc_route.ts";

export interface AppOptions extends Services {
  readonly server: ServerSpec;
  /** Where deeds are written down; null: nowhere. */
  readonly audit?: GateOptions["audit"];
  readonly peerOf?: GateOptions["peerOf"];
}

/** As in the reference, these match by the beginning of the path: `/RPC2/` and `/RPC2foo` too. */
const PREFIXES = ["/RPC2", "/logtail", "/mainlogtail"] as const;

/** The path that decides the route. Routes without patterns are found by one look into a table. */
function routingPath(request: Request): string {
  const path = requestPath(request.url);
  for (const prefix of PREFIXES) if (path.startsWith(prefix)) return prefix;
  return path;
}

/** The app of one server. A method that a route does not know is "bad request". */
export function createApp(options: AppOptions): Hono<HttpEnv> {
  const { daemon, rpc, server } = options;
  const app = new Hono<HttpEnv>({ getPath: routingPath });

  if (isTracing(daemon)) app.use(accessLog(daemon));
  if (isGuarded(options)) app.use(guard(options));

  mountApi(app, { daemon, server });
  app.all("/RPC2", ({ req, env }) => {
    const access = env?.access;
    return answerCall(req.raw, { daemon, rpc: access === undefined ? rpc : guardRpc(rpc, access) });
  });
  app.all("/logtail", (context) => answerLogtail(context.req.raw, daemon));
  app.all("/mainlogtail", (context) => answerMainLogtail(context.req.raw, daemon));
  // Not a route for all paths: a call that two routes match takes longer.
  app.notFound(lazily(() => createWeb(daemon)));
  return withErrorAnswers(app, daemon);
}

/** The same for a server, which is told of requests that need no app to be read. */
export function createServerApp(options: AppOptions): App {
  const app = createApp(options);
  const fetch: App["fetch"] = (request, info) => app.fetch(request, info);
  const { daemon, rpc } = options;
  // A door, or a line in the log for each request, wants to see the request.
  if (isGuarded(options) || isTracing(daemon)) return { fetch };
  return { fetch, prepare: (request) => prepareCall(request, { daemon, rpc }) };
}

/** Whether everybody may do everything and nobody writes it down: then there is no door at all. */
function isGuarded({ daemon, server, audit = null }: AppOptions): boolean {
  return server.credentials !== null || server.anonymous !== undefined || audit !== null ||
    daemon.config.tokens !== undefined;
}

/** Lets nothing pass without the credentials. Its code is loaded by the first who knocks. */
function guard({ daemon, server, audit = null, peerOf }: AppOptions): MiddlewareHandler<HttpEnv> {
  let loading: Promise<Gate> | undefined;
  const load = async () => {
    const { Gate } = await import("./access/gate.ts");
    return new Gate({ daemon, server, audit, peerOf: peerOf ?? (() => null) });
  };
  return async function authenticate(context, next) {
    const gate = await (loading ??= load());
    const { remoteAddress = "", remotePort = 0, fd, certificate } = context.env ?? {};
    const caller = { remoteAddress, remotePort, fd, certificate };
    const admission = await gate.admit(context.req.raw, caller);
    if (admission instanceof Response) return admission;
    context.env = { ...caller, access: admission };
    return await next();
  };
}

/** Pages, style sheet and pictures: loaded by the first browser that comes, which few daemons see. */
async function createWeb(daemon: Daemon): Promise<Hono<HttpEnv>> {
  const { mountWeb } = await import("../web/routes.ts");
  const web = new Hono<HttpEnv>({ getPath: ({ url }) => requestPath(url) });
  mountWeb(web, { daemon, isCrossSite, readBody, wholeResponse, errorResponse });
  web.notFound((context) => errorResponse(isRead(context.req.method) ? 404 : 400));
  return withErrorAnswers(web, daemon);
}

function lazily(create: () => Promise<Hono<HttpEnv>>): NotFoundHandler<HttpEnv> {
  let app: Promise<Hono<HttpEnv>> | undefined;
  return async function answer({ req, env }) {
    app ??= create();
    return (await app).fetch(req.raw, env);
  };
}

function withErrorAnswers(app: Hono<HttpEnv>, daemon: Daemon): Hono<HttpEnv> {
  app.onError((error) => {
    daemon.log("error", `Server Error: ${error.stack ?? error.message}`);
    return errorResponse(500);
  });
  return app;
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
