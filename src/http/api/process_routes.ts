/** Routes of processes and groups: what they are, and what is done to them. */
import type { Daemon } from "../../daemon/types.ts";
import { allProcessesByName, compareText, resolveProcess } from "../../rpc/namespec.ts";
import { failureView } from "./failure_view.ts";
import { ProblemError } from "./problem.ts";
import type { ActionRequest, ProcessActions } from "./process_actions.ts";
import { groupView, processRow } from "./process_view.ts";
import { type Route, route } from "./route.ts";
import * as requests from "./schemas/requests.ts";
import { whyView } from "./why_view.ts";
import { extrasOf } from "./config_view.ts";
import type { UsageSource } from "./usage.ts";

const PROCESS = "processes";
const GROUP = "groups";

export interface ProcessRoutesOptions {
  readonly daemon: Daemon;
  readonly actions: ProcessActions;
  readonly usage: UsageSource;
}

export function processRoutes({ daemon, actions, usage }: ProcessRoutesOptions): Route[] {
  return [
    route({
      method: "GET",
      path: "/processes",
      id: "listProcesses",
      tag: PROCESS,
      summary: "All processes, sorted by group and name",
      query: requests.ProcessesQuery,
      answer: { json: "Processes" },
      async handle({ query }) {
        const states = query.state?.map((state) => state.toUpperCase());
        const processes = allProcessesByName(daemon).filter(({ groupName, record }) =>
          (query.group?.includes(groupName) ?? true) && (states?.includes(record.state) ?? true)
        );
        const used = query.usage ? await usage.byPid() : null;
        return {
          processes: processes.map((process) => ({
            ...processRow(
              daemon,
              process,
              used === null ? undefined : used.get(process.record.pid) ?? null,
            ),
            ...(query.extras ? { extras: extrasOf(process.spec) } : {}),
          })),
        };
      },
    }),
    route({
      method: "GET",
      path: "/processes/{name}",
      id: "getProcess",
      tag: PROCESS,
      summary: "One process",
      params: requests.ProcessParams,
      query: requests.UsageQuery,
      answer: { json: "Process" },
      problems: ["BAD_NAME"],
      async handle({ params, query }) {
        const process = resolveProcess(daemon, params.name);
        return processRow(daemon, process, query.usage ? await usage.of(process) : undefined);
      },
    }),
    route({
      method: "GET",
      path: "/processes/{name}/failures",
      id: "listFailures",
      tag: PROCESS,
      summary: "Why a process failed: its last unexpected exits and failed starts, explained",
      params: requests.ProcessParams,
      answer: { json: "Failures" },
      problems: ["BAD_NAME"],
      handle: ({ params }) => ({
        failures: resolveProcess(daemon, params.name).failures.toReversed().map(failureView),
      }),
    }),
    route({
      method: "GET",
      path: "/processes/{name}/why",
      id: "explainProcess",
      tag: PROCESS,
      summary: "Why a process is in its state, what it depends on, and what depends on it",
      params: requests.ProcessParams,
      answer: { json: "Why" },
      problems: ["BAD_NAME"],
      handle: ({ params }) => whyView(daemon, resolveProcess(daemon, params.name)),
    }),
    route({
      method: "GET",
      path: "/usage",
      id: "getUsage",
      tag: PROCESS,
      summary: "CPU and memory of every process tree",
      answer: { json: "UsageSample" },
      handle: () => usage.byName(),
    }),
    ...processActions(actions),
    route({
      method: "POST",
      path: "/actions",
      id: "act",
      tag: PROCESS,
      summary: "The same done to several processes and groups, or to all",
      body: requests.ActionsBody,
      answer: { json: "ActionResults" },
      async handle({ body }) {
        const { action, targets, wait, signal = null, dependencies } = body;
        if (action === "signal" && signal === null) {
          const message = "a signal is needed";
          throw new ProblemError("INVALID_REQUEST", message, [{ path: "body.signal", message }]);
        }
        return {
          results: await actions.onTargets(targets, { action, wait, signal, dependencies }),
        };
      },
    }),
    route({
      method: "GET",
      path: "/groups",
      id: "listGroups",
      tag: GROUP,
      summary: "All active groups, sorted by name",
      answer: { json: "Groups" },
      handle: () => ({
        groups: [...daemon.groups()].sort((a, b) => compareText(a.name, b.name)).map(groupView),
      }),
    }),
    route({
      method: "GET",
      path: "/groups/{group}",
      id: "getGroup",
      tag: GROUP,
      summary: "One group",
      params: requests.GroupParams,
      answer: { json: "Group" },
      problems: ["BAD_NAME"],
      handle({ params }) {
        const group = daemon.group(params.group);
        if (group === undefined) {
          throw new ProblemError("BAD_NAME", `no such group: ${params.group}`);
        }
        return groupView(group);
      },
    }),
    ...groupActions(actions),
  ];
}

const ACTIONS = [
  ["start", "Start", ["ALREADY_STARTED", "SPAWN_ERROR", "ABNORMAL_TERMINATION", "NO_FILE"]],
  ["stop", "Stop", ["NOT_RUNNING"]],
  ["restart", "Stop, then start again", ["SPAWN_ERROR", "ABNORMAL_TERMINATION", "NO_FILE"]],
] as const;

const DECISIONS = [["enable", "Let"], ["disable", "Do not let"]] as const;

function processActions(actions: ProcessActions): Route[] {
  const common = {
    method: "POST",
    tag: PROCESS,
    params: requests.ProcessParams,
    answer: { json: "ActionResults" },
  } as const;
  const act = async (name: string, request: ActionRequest) => ({
    results: await actions.onProcess(name, request),
  });
  return [
    ...ACTIONS.map(([action, summary, problems]) =>
      route({
        ...common,
        path: `/processes/{name}/${action}`,
        id: `${action}Process`,
        summary: `${summary} a process`.replace("again a process", "a process again"),
        body: requests.WaitBody,
        problems: ["BAD_NAME", ...problems],
        handle: ({ params, body }) => act(params.name, { action, wait: body.wait, signal: null }),
      })
    ),
    route({
      ...common,
      path: "/processes/{name}/reload",
      id: "reloadProcess",
      summary: "Make a process read its configuration again, by reload_command or reload_signal",
      body: requests.NOTHING,
      problems: ["BAD_NAME", "NOT_RUNNING", "FAILED"],
      handle: ({ params }) => act(params.name, { action: "reload", wait: true, signal: null }),
    }),
    ...DECISIONS.map(([action, summary]) =>
      route({
        ...common,
        path: `/processes/{name}/${action}`,
        id: `${action}Process`,
        summary: `${summary} a process start with the daemon, from now on`,
        body: requests.NOTHING,
        problems: ["BAD_NAME", "FAILED"],
        handle: ({ params }) => act(params.name, { action, wait: false, signal: null }),
      })
    ),
    route({
      ...common,
      path: "/processes/{name}/signal",
      id: "signalProcess",
      summary: "Send a signal to a process",
      body: requests.SignalBody,
      problems: ["BAD_NAME", "BAD_SIGNAL", "NOT_RUNNING"],
      handle: ({ params, body }) =>
        act(params.name, { action: "signal", wait: false, signal: body.signal }),
    }),
    route({
      ...common,
      path: "/processes/{name}/clear",
      id: "clearProcessLogs",
      summary: "Empty the logs of a process",
      body: requests.NOTHING,
      problems: ["BAD_NAME", "FAILED"],
      handle: ({ params }) => act(params.name, { action: "clear", wait: false, signal: null }),
    }),
    route({
      ...common,
      path: "/processes/{name}/rotate",
      id: "rotateProcessLogs",
      summary: "Begin new log files for a process, keeping the old ones as backups",
      body: requests.NOTHING,
      problems: ["BAD_NAME", "FAILED"],
      handle: ({ params }) => act(params.name, { action: "rotate", wait: false, signal: null }),
    }),
    route({
      ...common,
      path: "/processes/{name}/stdin",
      id: "writeStdin",
      summary: "Write to the standard input of a process",
      body: requests.StdinBody,
      answer: { json: "Accepted" },
      problems: ["BAD_NAME", "NOT_RUNNING", "NO_FILE"],
      async handle({ params, body }) {
        await actions.sendStdin(params.name, body.text);
        return { accepted: true };
      },
    }),
  ];
}

function groupActions(actions: ProcessActions): Route[] {
  const common = {
    method: "POST",
    tag: GROUP,
    params: requests.GroupParams,
    answer: { json: "ActionResults" },
    problems: ["BAD_NAME"],
  } as const;
  const act = async (group: string, request: ActionRequest) => ({
    results: await actions.onGroup(group, request),
  });
  return [
    ...ACTIONS.map(([action, summary]) =>
      route({
        ...common,
        path: `/groups/{group}/${action}`,
        id: `${action}Group`,
        summary: `${summary} all processes of a group`
          .replace("again all processes of a group", "all processes of a group again"),
        body: requests.WaitBody,
        handle: ({ params, body }) => act(params.group, { action, wait: body.wait, signal: null }),
      })
    ),
    route({
      ...common,
      path: "/groups/{group}/reload",
      id: "reloadGroup",
      summary: "Make all processes of a group read their configuration again",
      body: requests.NOTHING,
      handle: ({ params }) => act(params.group, { action: "reload", wait: true, signal: null }),
    }),
    ...DECISIONS.map(([action, summary]) =>
      route({
        ...common,
        path: `/groups/{group}/${action}`,
        id: `${action}Group`,
        summary: `${summary} all processes of a group start with the daemon, from now on`,
        body: requests.NOTHING,
        problems: ["BAD_NAME", "FAILED"],
        handle: ({ params }) => act(params.group, { action, wait: false, signal: null }),
      })
    ),
    route({
      ...common,
      path: "/groups/{group}/rotate",
      id: "rotateGroupLogs",
      summary: "Begin new log files for all processes of a group",
      body: requests.NOTHING,
      handle: ({ params }) => act(params.group, { action: "rotate", wait: false, signal: null }),
    }),
    route({
      ...common,
      path: "/groups/{group}/signal",
      id: "signalGroup",
      summary: "Send a signal to all processes of a group",
      body: requests.SignalBody,
      handle: ({ params, body }) =>
        act(params.group, { action: "signal", wait: false, signal: body.signal }),
    }),
    route({
      ...common,
      path: "/groups/{group}/clear",
      id: "clearGroupLogs",
      summary: "Empty the logs of all processes of a group",
      body: requests.NOTHING,
      handle: ({ params }) => act(params.group, { action: "clear", wait: false, signal: null }),
    }),
  ];
}
