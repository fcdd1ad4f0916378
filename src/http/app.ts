/** What one server answers: each has its own credentials, everything else is shared. */
import { Hono, type NotFoundHandler } from "hono";
import type { ServerSpec } from "../config/types.ts";
import type { Daemon } from "../daemon/types.ts";
import { requestPath } from "../web/request_url.ts";
import { mountApi } from "./api/mount.ts";
import { basicAuth } from "./auth.ts";
import { readBody } from "./body.ts";
import { accessLog, isTracing } from "./access_log.ts";
import type { HttpEnv, Services } from "./env.ts";
import { answerLogtail, answerMainLogtail } from "./logtail_routes.ts";
import { isCrossSite } from "./origin.ts";
import { errorResponse, wholeResponse } from "./responses.ts";
import { answerCall } from "./xmlrpc_route.ts";

export interface AppOptions extends Services {
  readonly server: ServerSpec;
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
export function createApp({ daemon, rpc, server }: AppOptions): Hono<HttpEnv> {
  const services = { daemon, rpc };
  const app = new Hono<HttpEnv>({ getPath: routingPath });

  if (isTracing(daemon)) app.use(accessLog(daemon));
  if (server.credentials !== null) app.use(basicAuth(server.credentials));

  mountApi(app, { daemon, server });
  app.all("/RPC2", (context) => answerCall(context.req.raw, services));
  app.all("/logtail", (context) => answerLogtail(context.req.raw, daemon));
  app.all("/mainlogtail", (context) => answerMainLogtail(context.req.raw, daemon));
  // Not a route for all paths: a call that two routes match takes longer.
  app.notFound(lazily(() => createWeb(daemon)));
  return withErrorAnswers(app, daemon);
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
