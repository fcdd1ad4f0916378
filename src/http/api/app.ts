/** The API of one daemon, put together; loaded by its first request. */
import { randomBytes } from "node:crypto";
import type { Access } from "../../rpc/guarded_rpc.ts";
import { createRpc } from "../../rpc/methods.ts";
import type { Daemon } from "../../daemon/types.ts";
import { renderMetrics } from "../metrics/metrics.ts";
import { METRICS_CONTENT_TYPE } from "../metrics/metrics_text.ts";
import { wholeResponse } from "../responses.ts";
import { ConfigurationActions } from "./configuration_actions.ts";
import { daemonRoutes, type DaemonRoutesOptions } from "./daemon_routes.ts";
import { EventHub } from "./event_hub.ts";
import { logRoutes } from "./log_routes.ts";
import { describeApi } from "./openapi.ts";
import { ProcessActions } from "./process_actions.ts";
import { processRoutes } from "./process_routes.ts";
import { readinessRoutes } from "./readiness_routes.ts";
import type { Route } from "./route.ts";
import { createRouter } from "./router.ts";
import { runRoutes } from "./run_routes.ts";
import { UsageSource } from "./usage.ts";

export interface Parts {
  readonly routes: readonly Route[];
  /** @param access what the client may do; null: everything */
  api(request: Request, access: Access | null): Response | Promise<Response>;
  metrics(): Promise<Response>;
}

interface RouteParts extends DaemonRoutesOptions {
  readonly usage: UsageSource;
  readonly actions: ProcessActions;
}

function routesOf(parts: RouteParts): Route[] {
  return [
    ...daemonRoutes(parts),
    ...processRoutes(parts),
    ...readinessRoutes(parts.daemon),
    ...runRoutes(parts.daemon, parts.actions),
    ...logRoutes(parts.daemon),
  ];
}

/** The description of the API without a daemon that would answer: no handler is called for it. */
export function describeRoutes(): Record<string, unknown> {
  const nobody = null as never;
  return describeApi(
    routesOf({
      daemon: nobody,
      actions: nobody,
      configuration: nobody,
      usage: nobody,
      hub: nobody,
      description: () => null,
    }),
  );
}

export function createParts(daemon: Daemon): Parts {
  const usage = new UsageSource(daemon);
  // The API works whatever [rpcinterface:x] sections there are.
  const rpc = createRpc(daemon, ["supervisor"]);
  const hub = new EventHub({
    daemon,
    usage: () => usage.byName(),
    epoch: randomBytes(4).toString("hex"),
  });
  let description: unknown = null;
  const routes = routesOf({
    daemon,
    actions: new ProcessActions(daemon, rpc),
    configuration: new ConfigurationActions(daemon, rpc),
    usage,
    hub,
    description: () => description ??= describeApi(routes),
  });
  const router = createRouter(routes, daemon);
  return {
    routes,
    api: (request, access) => router.fetch(request, { access }),
    async metrics() {
      const text = await renderMetrics({ daemon, usage, eventClients: hub.clients });
      return wholeResponse(text, {
        "Content-Type": METRICS_CONTENT_TYPE,
        "Cache-Control": "no-store",
      });
    },
  };
}
