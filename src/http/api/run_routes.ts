/** The route for whoever wants a program to run once, and to know how it went. */
import { endOfRun } from "../../daemon/run_once.ts";
import type { Daemon } from "../../daemon/types.ts";
import { namespecOf, resolveProcess } from "../../rpc/namespec.ts";
import { exitView } from "./failure_view.ts";
import type { ProcessActions } from "./process_actions.ts";
import { type Route, route } from "./route.ts";
import * as requests from "./schemas/requests.ts";

export function runRoutes(daemon: Daemon, actions: ProcessActions): Route[] {
  return [
    route({
      method: "POST",
      path: "/processes/{name}/run",
      id: "runProcess",
      tag: "processes",
      summary: "Start a process now, and answer how it has ended",
      params: requests.ProcessParams,
      body: requests.WaitBody,
      answer: { json: "Run" },
      problems: ["BAD_NAME", "ALREADY_STARTED", "SPAWN_ERROR", "NO_FILE"],
      async handle({ params, body }) {
        const process = resolveProcess(daemon, params.name);
        const before = process.record;
        const namespec = namespecOf(process);
        await actions.onProcess(namespec, { action: "start", wait: false, signal: null });
        if (!body.wait) {
          const { state, spawnError } = process.record;
          return { namespec, state, exit: null, spawnError, seconds: null };
        }
        const { state, exit, spawnError, ms } = await endOfRun(daemon, process, before);
        return {
          namespec,
          state,
          exit: exit === null ? null : exitView(exit),
          spawnError,
          seconds: ms === null ? null : Math.round(ms) / 1000,
        };
      },
    }),
  ];
}
