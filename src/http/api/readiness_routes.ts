/** Routes for whoever waits for a process, and for whoever takes its load off before a stop. */
import * as v from "valibot";
import type { Daemon } from "../../daemon/types.ts";
import { waitFor } from "../../daemon/wait_for.ts";
import { WAIT_CONDITIONS } from "../../process/wait_for.ts";
import { resolveProcess } from "../../rpc/namespec.ts";
import { ProblemError } from "./problem.ts";
import { processRow } from "./process_view.ts";
import { type Route, route } from "./route.ts";
import * as requests from "./schemas/requests.ts";

/** A day: a wait that nobody ends must end at some time. */
const MAX_WAIT_SECONDS = 86_400;

const WaitQuery = v.strictObject({
  for: v.optional(
    v.pipe(
      v.picklist(WAIT_CONDITIONS),
      v.description("what to wait for; without a check, ready is RUNNING"),
    ),
    "ready",
  ),
  timeout: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(MAX_WAIT_SECONDS),
      v.description("seconds"),
    ),
    60,
  ),
  failFast: v.optional(
    v.pipe(v.boolean(), v.description("what goes wrong on the way ends the wait")),
    false,
  ),
});

export function readinessRoutes(daemon: Daemon): Route[] {
  return [
    route({
      method: "GET",
      path: "/processes/{name}/wait",
      id: "waitForProcess",
      tag: "processes",
      summary: "Answer when a process is ready, healthy, running, stopped or has exited",
      params: requests.ProcessParams,
      query: WaitQuery,
      answer: { json: "Process" },
      problems: ["BAD_NAME", "FAILED", "TIMED_OUT"],
      async handle({ params, query, request }) {
        const process = resolveProcess(daemon, params.name);
        const { for: condition, timeout, failFast } = query;
        const outcome = await waitFor(daemon, process, {
          condition,
          timeoutMs: timeout * 1000,
          failFast,
          signal: request.signal,
        });
        switch (outcome.kind) {
          case "met":
            return processRow(daemon, process);
          case "never":
            throw new ProblemError("FAILED", `not ${condition}: ${outcome.reason}`);
          case "timeout": {
            const text = `not ${condition} after ${timeout} s: ${outcome.reason}`;
            throw new ProblemError("TIMED_OUT", text);
          }
        }
      },
    }),
    route({
      method: "POST",
      path: "/processes/{name}/drain",
      id: "drainProcess",
      tag: "processes",
      summary: "Run the drain_command of a process; nothing happens where there is none",
      params: requests.ProcessParams,
      body: requests.NOTHING,
      answer: { json: "Accepted" },
      problems: ["BAD_NAME", "NOT_RUNNING", "FAILED"],
      async handle({ params }) {
        const process = resolveProcess(daemon, params.name);
        if (process.record.pid === 0) throw new ProblemError("NOT_RUNNING", "not running");
        const problem = await daemon.drainProcess(process);
        if (problem !== null) throw new ProblemError("FAILED", `drain_command: ${problem}`);
        return { accepted: true };
      },
    }),
  ];
}
