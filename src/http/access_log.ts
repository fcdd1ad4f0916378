/** One line for each request in the main log, at level trace. */
import type { MiddlewareHandler } from "hono";
import type { Daemon } from "../daemon/types.ts";
import { requestTarget } from "../web/request_url.ts";
import type { HttpEnv } from "./env.ts";

/** Whether the line would be written at all; the hot path does without the middleware if not. */
export function isTracing(daemon: Daemon): boolean {
  const { loglevel } = daemon.config.daemon;
  return loglevel === "trace" || loglevel === "blather";
}

/** `127.0.0.1:5000 - - [23/Nov/2026:08:47:15 +0000] "POST /RPC2 HTTP/1.1" 200 246` */
export function accessLog(daemon: Daemon): MiddlewareHandler<HttpEnv> {
  return async function logAccess(context, next) {
    await next();
    const { remoteAddress, remotePort } = context.env ?? {};
    const client = remoteAddress ? `${remoteAddress}:${remotePort}` : "localhost:0";
    const request = `${context.req.method} ${requestTarget(context.req.url)} HTTP/1.1`;
    const time = formatTime(new Date(daemon.clock.wall()));
    const bytes = context.res.headers.get("content-length") ?? "-";
    daemon.log("trace", `${client} - - [${time}] "${request}" ${context.res.status} ${bytes}`);
  };
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** The time of the common log format, in UTC. */
function formatTime(date: Date): string {
  const [day, time] = date.toISOString().slice(0, 19).split("T") as [string, string];
  const [year, , dayOfMonth] = day.split("-");
  return `${dayOfMonth}/${MONTHS[date.getUTCMonth()]}/${year}:${time} +0000`;
}
