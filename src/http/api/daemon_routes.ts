/** Routes of the daemon itself: who it is, its configuration, its end, its events. */
import { diffGroups } from "../../config/diff.ts";
import type { Daemon } from "../../daemon/types.ts";
import { EVERYTHING } from "../../rpc/permissions.ts";
import { SERVER_NAME } from "../responses.ts";
import { configurationView, differenceView } from "./config_view.ts";
import type { ConfigurationActions } from "./configuration_actions.ts";
import type { EventHub } from "./event_hub.ts";
import { streamTypes } from "./event_json.ts";
import { ProblemError, requireRunning } from "./problem.ts";
import { daemonView } from "./process_view.ts";
import { type Route, route } from "./route.ts";
import * as requests from "./schemas/requests.ts";

const DAEMON = "daemon";
const CONFIGURATION = "configuration";

export const EVENT_STREAM_HEADERS: Readonly<Record<string, string>> = {
  "Server": SERVER_NAME,
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  // Keeps a proxy in between (nginx) from collecting the stream.
  "X-Accel-Buffering": "no",
};

export interface DaemonRoutesOptions {
  readonly daemon: Daemon;
  readonly configuration: ConfigurationActions;
  readonly hub: EventHub;
  /** The description of all routes, these included. */
  readonly description: () => unknown;
}

export function daemonRoutes(
  { daemon, configuration, hub, description }: DaemonRoutesOptions,
): Route[] {
  return [
    route({
      method: "GET",
      path: "/daemon",
      id: "getDaemon",
      tag: DAEMON,
      summary: "Who the daemon is and how it is",
      answer: { json: "DaemonInfo" },
      handle: () => daemonView(daemon),
    }),
    route({
      method: "GET",
      path: "/access",
      id: "getAccess",
      tag: DAEMON,
      summary: "Who you are here, and what you may do",
      answer: { json: "AccessInfo" },
      handle({ access }) {
        const { role, groups } = access?.permission ?? EVERYTHING;
        return { who: access?.who ?? "anonymous", role, groups };
      },
    }),
    route({
      method: "POST",
      path: "/daemon/shutdown",
      id: "shutDown",
      tag: DAEMON,
      summary: "Stop all processes and end the daemon; the answer comes before that",
      body: requests.NOTHING,
      answer: { json: "Accepted" },
      problems: ["SHUTDOWN_STATE"],
      handle() {
        requireRunning(daemon);
        daemon.requestShutdown();
        return { accepted: true };
      },
    }),
    route({
      method: "POST",
      path: "/daemon/restart",
      id: "restart",
      tag: DAEMON,
      summary: "Stop all processes, read the configuration and start anew",
      body: requests.NOTHING,
      answer: { json: "Accepted" },
      problems: ["SHUTDOWN_STATE", "CANT_REREAD"],
      handle() {
        requireRunning(daemon);
        try {
          daemon.requestRestart();
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          throw new ProblemError("CANT_REREAD", reason);
        }
        return { accepted: true };
      },
    }),
    route({
      method: "POST",
      path: "/daemon/upgrade",
      id: "upgrade",
      tag: DAEMON,
      summary: "Go on as another program, or as this one with the configuration of the daemon " +
        "itself read again; processes, connections and waiting events are kept. The answer comes " +
        "before that: /daemon tells how it went",
      body: requests.UpgradeBody,
      answer: { json: "UpgradeAccepted" },
      problems: ["SHUTDOWN_STATE", "FAILED"],
      async handle({ body }) {
        requireRunning(daemon);
        const { successor } = daemon;
        if (successor === null) throw new ProblemError("FAILED", "this daemon cannot be replaced");
        const { build: from, generation } = successor;
        try {
          return { from, to: await successor.begin(body.path ?? null), generation };
        } catch (error) {
          throw new ProblemError("FAILED", error instanceof Error ? error.message : String(error));
        }
      },
    }),
    route({
      method: "GET",
      path: "/config",
      id: "getConfiguration",
      tag: CONFIGURATION,
      summary: "The configuration as it was read last, with file and line of each section",
      answer: { json: "Configuration" },
      handle: () => configurationView(daemon),
    }),
    route({
      method: "GET",
      path: "/config/difference",
      id: "getDifference",
      tag: CONFIGURATION,
      summary: "How the configuration as it was read last differs from what is active",
      answer: { json: "Difference" },
      handle() {
        const active = daemon.groups().map(({ spec }) => spec);
        return differenceView(daemon, diffGroups(active, daemon.config.groups));
      },
    }),
    route({
      method: "POST",
      path: "/config/reread",
      id: "reread",
      tag: CONFIGURATION,
      summary: "Read the configuration again; what is active stays as it is",
      body: requests.NOTHING,
      answer: { json: "Difference" },
      problems: ["CANT_REREAD", "SHUTDOWN_STATE"],
      handle: () => configuration.reread(),
    }),
    route({
      method: "POST",
      path: "/config/update",
      id: "update",
      tag: CONFIGURATION,
      summary: "Read the configuration again and make it the active one",
      body: requests.UpdateBody,
      answer: { json: "UpdateResult" },
      problems: ["CANT_REREAD", "SHUTDOWN_STATE"],
      handle: ({ body }) => configuration.update(body.groups ?? null, body.minimal),
    }),
    route({
      method: "GET",
      path: "/config/plan",
      id: "getPlan",
      tag: CONFIGURATION,
      summary: "What an update would do now, process by process; reads the files, changes nothing",
      query: requests.PlanQuery,
      answer: { json: "Plan" },
      problems: ["CANT_REREAD"],
      handle: ({ query }) => configuration.plan(query.groups ?? null, query.minimal),
    }),
    route({
      method: "POST",
      path: "/programs/{program}/scale",
      id: "scaleProgram",
      tag: CONFIGURATION,
      summary: "Give a program another number of processes, until it is given yet another one",
      params: requests.ProgramParams,
      body: requests.ScaleBody,
      answer: { json: "ScaleResult" },
      problems: ["BAD_NAME", "FAILED", "SHUTDOWN_STATE"],
      handle: ({ params, body }) => configuration.scale(params.program, body.numprocs),
    }),
    route({
      method: "GET",
      path: "/events",
      id: "getEvents",
      tag: "events",
      summary: "Live events",
      query: requests.EventsQuery,
      answer: { contentType: "text/event-stream", text: "Server-sent events, without end." },
      handle({ query, request }) {
        const client = hub.open({
          types: streamTypes(query.types),
          processes: query.process ?? null,
          snapshot: query.snapshot,
          lastEventId: request.headers.get("last-event-id") ?? query.lastEventId ?? null,
        });
        request.signal?.addEventListener("abort", () => client.end(), { once: true });
        return new Response(client.stream as ReadableStream<Uint8Array<ArrayBuffer>>, {
          headers: EVENT_STREAM_HEADERS,
        });
      },
    }),
    route({
      method: "GET",
      path: "/openapi.json",
      id: "getDescription",
      tag: DAEMON,
      summary: "This description",
      answer: { contentType: "application/json", text: "An OpenAPI 3.1 document." },
      handle: description,
    }),
  ];
}
