/** The web interface: which page or file is where. */
import type { Env, Hono } from "hono";
import type { Access } from "../rpc/guarded_rpc.ts";
import { ASSET_DIRECTORIES, type AssetAnswer, findAsset, findScript } from "./assets.ts";
import type { Form } from "./form.ts";
import { answerConfig, answerDaemon, answerEvents, answerStatus, answerTail } from "./pages.ts";
import { requestQuery } from "./request_url.ts";
import { SECURITY_HEADERS } from "./responses.ts";
import { Site, type SiteOptions } from "./site.ts";

/** What the runtime and the door in front pass along with each request. */
export interface WebEnv extends Env {
  // deno-lint-ignore ban-types -- as in Hono's own type
  Bindings: { readonly access?: Access } & {};
}

type Page = (site: Site, request: Request, form: Form) => Promise<Response>;

const PAGES: Readonly<Record<string, Page>> = {
  "/": answerStatus,
  "/index.html": answerStatus,
  "/tail.html": answerTail,
  "/config.html": answerConfig,
  "/daemon.html": answerDaemon,
  "/events.html": answerEvents,
};

export function mountWeb<E extends WebEnv>(app: Hono<E>, options: SiteOptions): void {
  const { errorResponse, wholeResponse } = options;
  const site = new Site(options);
  for (const [path, answer] of Object.entries(PAGES)) {
    app.on(["GET", "POST"], path, ({ req, env }) => {
      const request = req.raw;
      return site.visit(request, env?.access, (form) => answer(site, request, form));
    });
  }
  app.on(
    ["GET", "POST"],
    "/ok.html",
    ({ req }) =>
      req.raw.method === "HEAD"
        ? errorResponse(404)
        : wholeResponse("OK", { ...SECURITY_HEADERS, "Content-Type": "text/plain" }),
  );

  function file(found: AssetAnswer | null): Response {
    if (found === null) return errorResponse(404);
    return wholeResponse(found.body, { ...SECURITY_HEADERS, ...found.headers }, found.status);
  }
  for (const directory of ASSET_DIRECTORIES) {
    app.get(`/${directory}`, () => errorResponse(301, { "Location": `/${directory}/` }));
    app.get(
      `/${directory}/:file`,
      ({ req }) => file(findAsset(req.path.slice(1), requestQuery(req.url).get("v"), req.raw)),
    );
  }
  app.get("/scripts/:version/:file", ({ req }) => {
    const [, , version = "", name = ""] = req.path.split("/");
    return file(findScript(version, name, req.raw));
  });
}
