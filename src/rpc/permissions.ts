/**
 * The one place that says what may be asked by whom: what each call, route and form needs, and
 * whether a role has it. What is not known here needs everything.
 */
import type { Role } from "../config/types.ts";
import type { Value } from "../xmlrpc/value.ts";
import { splitNamespec } from "./namespec.ts";

/** What somebody may do. */
export interface Permission {
  readonly role: Role;
  /** Groups that may be operated, where the role is "operate"; null: all. */
  readonly groups: readonly string[] | null;
}

/** What a request needs. */
export type Need =
  | { readonly kind: "view" }
  /** "all": whatever groups there are. */
  | { readonly kind: "operate"; readonly groups: readonly string[] | "all" }
  | { readonly kind: "admin" };

export const EVERYTHING: Permission = { role: "admin", groups: null };

const VIEW: Need = { kind: "view" };
const ADMIN: Need = { kind: "admin" };
const OPERATE_ALL: Need = { kind: "operate", groups: "all" };

export function permits({ role, groups }: Permission, need: Need): boolean {
  switch (need.kind) {
    case "view":
      return true;
    case "operate":
      if (role !== "operate") return role === "admin";
      if (groups === null) return true;
      return need.groups !== "all" && need.groups.every((name) => groups.includes(name));
    case "admin":
      return role === "admin";
  }
}

/** `may look`, `may operate web, db`. */
export function describePermission({ role, groups }: Permission): string {
  switch (role) {
    case "view":
      return "may look";
    case "operate":
      return `may operate ${groups === null ? "all groups" : groups.join(", ") || "no group"}`;
    case "admin":
      return "may do everything";
  }
}

/** The words for a refusal. */
export function describeNeed(need: Need): string {
  if (need.kind !== "operate") return `the role ${need.kind} is needed`;
  if (need.groups === "all") return "the role operate is needed, for all groups";
  return `the role operate is needed, for ${need.groups.join(", ")}`;
}

const OF_PROCESS =
  /^(?:start|stop|signal)Process$|^(?:clearProcessLogs?|rotateProcessLogs|sendProcessStdin)$/;
const OF_GROUP = /^(?:start|stop|signal)ProcessGroup$/;
const OF_ALL =
  /^(?:start|stop|signal)AllProcesses$|^(?:clear|rotate)AllProcessLogs$|^sendRemoteCommEvent$/;
/** By name: a configuration may mount the other methods as `system.*`, too. */
const INTROSPECTION = new Set([
  "system.listMethods",
  "system.methodHelp",
  "system.methodSignature",
  "system.multicall",
]);
/** By what their names promise, these change nothing. */
const LOOKING = /^(?:get|read|tail)[A-Z]/;

/**
 * What a call of the XML-RPC interface needs. `system.multicall` needs nothing itself: its calls
 * are judged one by one.
 *
 * @param method with its namespace
 */
export function needOfCall(method: string, params: readonly Value[]): Need {
  const dot = method.indexOf(".");
  const name = method.slice(dot + 1);
  if (LOOKING.test(name) || INTROSPECTION.has(method)) return VIEW;
  if (OF_ALL.test(name)) return OPERATE_ALL;
  const [target] = params;
  // Without a name it is refused for that by whoever may do it to all.
  if (typeof target !== "string") return ADMIN;
  if (OF_PROCESS.test(name)) return operate([target]);
  if (OF_GROUP.test(name)) return { kind: "operate", groups: [target] };
  return ADMIN;
}

/** What a request of the JSON API needs, when it has been read. */
export interface ApiRequest {
  readonly method: string;
  /** The route's, with `{name}` and `{group}` for its parameters. */
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>> | null;
}

export function needOfApiRequest({ method, path, params, body }: ApiRequest): Need {
  if (method === "GET") return VIEW;
  const { name, group } = params;
  if (path.startsWith("/processes/{name}/") && typeof name === "string") return operate([name]);
  if (path.startsWith("/groups/{group}/") && typeof group === "string") {
    return { kind: "operate", groups: [group] };
  }
  const targets = body?.["targets"];
  if (path === "/actions" && Array.isArray(targets)) return operate(targets.map(String));
  return ADMIN;
}

/** What is asked for on a page. */
export interface PageRequest {
  /** `/`, `/config.html`. */
  readonly path: string;
  readonly action: string;
  readonly process: string | null;
  /** Of the selection; not empty: the action is for these and not for `process`. */
  readonly targets: readonly string[];
}

const ON_PAGE = new Set(["start", "stop", "restart", "clearlog", "rotatelog", "signal", "stdin"]);

export function needOfPage({ path, action, process, targets }: PageRequest): Need {
  if (path !== "/" && path !== "/index.html") return ADMIN;
  if (action === "refresh" && targets.length === 0) return VIEW;
  if ((action === "stopall" || action === "restartall") && targets.length === 0) return OPERATE_ALL;
  if (!ON_PAGE.has(action)) return ADMIN;
  // Both where both are given, so that it does not matter which of them counts.
  const names = process === null ? targets : [...targets, process];
  return names.length === 0 ? ADMIN : operate(names);
}

/** @param namespecs also `group:*`, and "all" as the JSON API has it */
function operate(namespecs: readonly string[]): Need {
  if (namespecs.includes("all")) return OPERATE_ALL;
  const groups = new Set(namespecs.map((namespec) => splitNamespec(namespec).group));
  return { kind: "operate", groups: [...groups] };
}
