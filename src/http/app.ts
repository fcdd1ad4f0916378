/** What one server answers: each has its own credentials, everything else is shared. */
import { Hono } from "hono";
import type { ServerSpec } from "../config/types.ts";
import { requestPath } from "../web/request_url.ts";
import { mountWeb } from "../web/routes.ts";
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

/**
 * The app of one server. As in the reference, the first three routes match by the beginning of
 * the path (`/RPC2/` and `/RPC2foo` are `/RPC2`), and a method that a route does not know is
 * "bad request".
 */
export function createApp({ daemon, rpc, server }: AppOptions): Hono<HttpEnv> {
  const services = { daemon, rpc };
  const app = new Hono<HttpEnv>({ getPath: ({ url }) => requestPath(url) });

  if (isTracing(daemon)) app.use(accessLog(daemon));
  if (server.credentials !== null) app.use(basicAuth(server.credentials));

  app.all("/:path{RPC2.*}", (context) => answerCall(context.req.raw, services));
  app.all("/:path{logtail.*}", (context) => answerLogtail(context.req.raw, daemon));
  app.all("/:path{mainlogtail.*}", (context) => answerMainLogtail(context.req.raw, daemon));
  mountWeb(app, { daemon, isCrossSite, readBody, wholeResponse, errorResponse });

  app.notFound((context) => errorResponse(isRead(context.req.method) ? 404 : 400));
  app.onError((error) => {
    daemon.log("error", `Server Error: ${error.stack ?? error.message}`);
    return errorResponse(500);
  });
  return app;
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
