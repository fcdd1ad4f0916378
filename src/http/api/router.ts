/** From a request to its route and back: matching, validation, errors. */
import { Hono } from "hono";
import type { Daemon } from "../../daemon/types.ts";
import { Fault } from "../../rpc/faults.ts";
import { type Access, doAs, NotPermittedError } from "../../rpc/guarded_rpc.ts";
import { needOfApiRequest } from "../../rpc/permissions.ts";
import { rawPath, requestQuery } from "../../web/request_url.ts";
import { isCrossSite, isForgeable } from "../origin.ts";
import { wholeResponse } from "../responses.ts";
import { ProblemError, problemOf, problemResponse } from "./problem.ts";
import { readQuery, type Route, type RouteInput, validate } from "./route.ts";

/** The largest body that says what to do; text for a child's stdin is the longest of them. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

const JSON_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "application/json",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};

/** Hono's environment: what the client may do; null: everything. */
interface RouterEnv {
  Bindings: { readonly access: Access | null };
}

/** An app that answers these routes below /api/v1, and everything else there with a problem. */
export function createRouter(routes: readonly Route[], daemon: Daemon): Hono<RouterEnv> {
  // Names are decoded after the path was taken apart: they may hold any character.
  const app = new Hono<RouterEnv>({ getPath: ({ url }) => rawPath(url) });
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    const pattern = `/api/v1${route.path.replace(/\{(\w+)\}/g, ":$1")}`;
    methods.set(pattern, [...methods.get(pattern) ?? [], route.method]);
    app.on(
      route.method,
      pattern,
      ({ req, env }) => answer(route, req.raw, req.param(), env.access),
    );
  }
  for (const [pattern, allowed] of methods) {
    app.all(pattern, ({ req }) => {
      const error = new ProblemError("METHOD_NOT_ALLOWED", `${req.method} is not for ${req.path}`);
      return problemResponse(error, { "Allow": allowed.join(", ") });
    });
  }
  app.notFound(({ req }) =>
    problemResponse(new ProblemError("NOT_FOUND", `there is no ${req.path}`))
  );
  app.onError((error) => {
    if (error instanceof ProblemError) return problemResponse(error);
    if (error instanceof Fault) return problemResponse(problemOf(error));
    if (error instanceof NotPermittedError) {
      return problemResponse(new ProblemError("NOT_PERMITTED", error.message));
    }
    daemon.log("error", `Server Error: ${error.stack ?? error.message}`);
    return problemResponse(new ProblemError("INTERNAL_ERROR", "see the main log"));
  });
  return app;
}

async function answer(
  route: Route,
  request: Request,
  params: Record<string, string>,
  access: Access | null,
): Promise<Response> {
  if (route.method !== "GET") refuseForged(request);
  else if (isCrossSite(request)) throw crossSite();
  const input = {
    params: validate(route.params, params, "path"),
    query: validate(route.query, readQuery(route.query, requestQuery(request.url)), "query"),
    body: route.body === null ? null : validate(route.body, await readJson(request), "body"),
    request,
    access,
  };
  const result = access === null ? await route.handle(input) : await handleAs(access, route, input);
  // The framework answers HEAD with what GET does; nobody would ever end that stream.
  if (request.method === "HEAD" && result instanceof Response) await result.body?.cancel();
  return result instanceof Response
    ? result
    : wholeResponse(`${JSON.stringify(result)}\n`, JSON_HEADERS);
}

/** @throws NotPermittedError as a rejection */
function handleAs(
  access: Access,
  route: Route,
  input: RouteInput<unknown, unknown, unknown>,
): Promise<unknown> {
  const { method, path, id } = route;
  const params = input.params as Record<string, unknown>;
  const body = input.body as Record<string, unknown> | null;
  const targets = body?.["targets"] ?? params["name"] ?? params["group"] ?? body?.["groups"] ?? "";
  const action = typeof body?.["action"] === "string" ? body["action"] : id;
  return doAs(
    access,
    needOfApiRequest({ method, path, params, body }),
    { by: "api", action, target: String(targets) },
    () => route.handle(input),
    outcomeOf,
  );
}

/** What is done to several targets answers a result for each. */
function outcomeOf(result: unknown): string {
  const { results } = (result ?? {}) as { readonly results?: unknown };
  if (!Array.isArray(results)) return "ok";
  const failed = (results as readonly { readonly ok?: unknown }[]).filter(({ ok }) => ok === false);
  return failed.length === 0 ? "ok" : `${failed.length} of ${results.length} failed`;
}

function refuseForged(request: Request): void {
  if (isCrossSite(request)) throw crossSite();
  if (!isForgeable(request)) return;
  throw new ProblemError(
    "UNSUPPORTED_MEDIA_TYPE",
    "a browser must send application/json, or the header X-Requested-With",
  );
}

function crossSite(): ProblemError {
  return new ProblemError("CROSS_SITE", "a page of another site is behind this request");
}

/** No body at all is an empty object: everything may be left out where nothing is required. */
async function readJson(request: Request): Promise<unknown> {
  const length = Number(request.headers.get("content-length") ?? 0);
  if (length > MAX_BODY_BYTES) throw new ProblemError("INVALID_REQUEST", "the body is too large");
  const text = await request.text().catch(() => {
    throw new ProblemError("INVALID_REQUEST", "the body has not come to its end");
  });
  if (text.trim() === "") return {};
  const type = request.headers.get("content-type") ?? "";
  // What curl calls -d data comes as a form, whatever it is.
  if (!/json|x-www-form-urlencoded|^text\/plain|^$/i.test(type)) {
    throw new ProblemError("UNSUPPORTED_MEDIA_TYPE", `not JSON: ${type}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProblemError("INVALID_REQUEST", `the body is not JSON: ${reason}`);
  }
  // An array without items would pass for an object without members.
  if (Array.isArray(value)) throw new ProblemError("INVALID_REQUEST", "the body is no object");
  return value;
}
