/**
 * Where the JSON API, the metrics and the health answers hang in the app of a server. Their code,
 * and the schema library with it, is loaded by the first request that needs it: most daemons are
 * only ever asked over XML-RPC.
 */
import type { Context, Hono } from "hono";
import type { ServerSpec } from "../../config/types.ts";
import type { Daemon } from "../../daemon/types.ts";
import type { HttpEnv } from "../env.ts";
import type { Parts } from "./app.ts";
import { isExposedToRebinding, isRebound } from "../origin.ts";
import { errorResponse, wholeResponse } from "../responses.ts";

export interface ApiMountOptions {
  readonly daemon: Daemon;
  readonly server: ServerSpec;
}

const TEXT = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" };

/** Registers the routes, and the check against DNS rebinding for all that come after. */
export function mountApi(app: Hono<HttpEnv>, { daemon, server }: ApiMountOptions): void {
  if (isExposedToRebinding(server)) {
    // Not an async function: every XML-RPC call to this server comes by here.
    app.use(function refuseRebound(context, next): Promise<Response | void> {
      if (!isRebound(context.req.raw)) return next();
      const explanation = "This server is not known under the name in the Host header.";
      return Promise.resolve(errorResponse(403, { "Connection": "close" }, explanation));
    });
  }
  app.get("/healthz", () => wholeResponse("ok\n", TEXT));
  app.get("/readyz", () => answerReady(daemon));
  app.get("/metrics", async () => (await partsOf(daemon)).metrics());
  const answer = async ({ req, env }: Context<HttpEnv>) =>
    (await partsOf(daemon)).api(req.raw, env?.access ?? null);
  app.all("/api/v1", answer);
  app.all("/api/v1/*", answer);
}

/** Ready is who would take a start request. */
function answerReady({ state }: Daemon): Response {
  const isReady = state === "RUNNING";
  return wholeResponse(`${isReady ? "ready" : state.toLowerCase()}\n`, TEXT, isReady ? 200 : 503);
}

/** One for all servers of a daemon: they share the event stream and the looks into /proc. */
const parts = new WeakMap<Daemon, Promise<Parts>>();

function partsOf(daemon: Daemon): Promise<Parts> {
  let found = parts.get(daemon);
  if (found === undefined) {
    found = import("./app.ts").then(({ createParts }) => createParts(daemon));
    parts.set(daemon, found);
  }
  return found;
}
