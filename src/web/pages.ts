/** The pages: what each shows, and what can be asked for on it. */
import type { Channel, ConfigDifference, Daemon, ManagedProcess } from "../daemon/types.ts";
import { Fault, FAULT_CODES } from "../rpc/faults.ts";
import { readMainTail, readTail } from "../rpc/log_methods.ts";
import { resolveProcess } from "../rpc/namespec.ts";
import { performAction, unexpected } from "./actions.ts";
import { daemonFacts } from "./daemon_facts.ts";
import type { Form } from "./form.ts";
import { tailLink } from "./links.ts";
import { LogPage } from "./log_page.tsx";
import { ConfigPage, DaemonPage, EventsPage } from "./other_pages.tsx";
import { filterFrom, rowOf, selectProcesses } from "./process_row.ts";
import { performOnAll, sendLine, update, updateMinimally } from "./selection_actions.ts";
import type { Site } from "./site.ts";
import { StatusPage } from "./status_page.tsx";

/** The smallest tail that the log page shows, in bytes; also the default. */
const SMALLEST_TAIL = 1024;

/** What is shown of the main log without a script, in bytes. */
const MAIN_TAIL = 16 * 1024;

// deno-lint-ignore require-await -- what it throws is to be a rejection
export async function answerStatus(site: Site, request: Request, form: Form): Promise<Response> {
  const action = form.get("action");
  if (action === undefined) {
    const filter = filterFrom(form.query);
    return site.html(
      request,
      StatusPage({
        context: site.contextOf(request, form.get("message") ?? null),
        filter,
        selection: selectProcesses(site.daemon, filter),
      }),
    );
  }
  const namespec = form.get("processname") ?? null;
  if (action === "stdin" && request.method === "POST" && namespec !== null) {
    const text = form.get("text") ?? "";
    return site.act(request, tailLink(namespec), () => sendLine(site.rpc, namespec, text));
  }
  if (form.targets.length > 0) {
    const signal = form.get("signal") ?? "";
    return site.act(request, "", () => performOnAll(site.rpc, action, form.targets, signal));
  }
  return site.act(request, "", () => performAction(site.daemon, site.rpc, action, namespec));
}

// deno-lint-ignore require-await -- as above
export async function answerTail(site: Site, request: Request, form: Form): Promise<Response> {
  const namespec = form.get("processname") ?? null;
  const channel = form.get("channel") === "stderr" ? "stderr" : "stdout";
  const limit = tailLimit(form.get("limit"));
  const process = namespec === null ? null : processNamed(site.daemon, namespec);
  return site.html(
    request,
    LogPage({
      context: site.contextOf(request, form.get("message") ?? null),
      namespec,
      row: process === null ? null : rowOf(site.daemon, process),
      channel,
      limit,
      text: tailText(site.daemon, namespec, channel, limit),
    }),
  );
}

// deno-lint-ignore require-await -- as above
export async function answerConfig(site: Site, request: Request, form: Form): Promise<Response> {
  const action = request.method === "POST" ? form.get("action") : undefined;
  if (action === "update") {
    return site.act(request, "config.html", () => reading(() => update(site.daemon, site.rpc)));
  }
  if (action === "update-minimal") {
    return site.act(request, "config.html", () => reading(() => updateMinimally(site.daemon)));
  }
  let difference: ConfigDifference | null = null;
  let message = form.get("message") ?? null;
  if (action === "reread") {
    try {
      difference = site.daemon.reread();
    } catch (error) {
      message = `ERROR: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  const context = site.contextOf(request, message);
  return site.html(request, ConfigPage({ context, file: site.daemon.config.file, difference }));
}

// deno-lint-ignore require-await -- as above
export async function answerDaemon(site: Site, request: Request, form: Form): Promise<Response> {
  const action = request.method === "POST" ? form.get("action") : undefined;
  if (action === "restart" || action === "shutdown") {
    return site.act(request, "daemon.html", async () => {
      await site.rpc.call(`supervisor.${action}`, []);
      return action === "restart" ? "The daemon restarts" : "The daemon shuts down";
    });
  }
  return site.html(
    request,
    DaemonPage({
      context: site.contextOf(request, form.get("message") ?? null),
      facts: daemonFacts(site.daemon),
      text: mainText(site.daemon),
      hasLog: site.daemon.mainLogPath !== null,
    }),
  );
}

// deno-lint-ignore require-await -- as above
export async function answerEvents(site: Site, request: Request): Promise<Response> {
  return site.html(request, EventsPage({ context: site.contextOf(request, null) }));
}

/** A configuration that cannot be read is said on the page. */
async function reading(action: () => Promise<string>): Promise<string> {
  try {
    return await action();
  } catch (error) {
    return `ERROR: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function processNamed(daemon: Daemon, namespec: string): ManagedProcess | null {
  try {
    return resolveProcess(daemon, namespec);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

function tailLimit(limit: string | undefined): number {
  if (limit === undefined || !/^\d+$/.test(limit)) return SMALLEST_TAIL;
  return Math.min(Math.max(SMALLEST_TAIL, Number(limit)), Number.MAX_SAFE_INTEGER);
}

function tailText(
  daemon: Daemon,
  namespec: string | null,
  channel: Channel,
  limit: number,
): string {
  if (namespec === null) return "No process name found";
  try {
    return readTail(daemon, namespec, channel, limit);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === FAULT_CODES.NO_FILE) return `No file for ${namespec}`;
    return `ERROR: ${unexpected(error)}`;
  }
}

function mainText(daemon: Daemon): string {
  try {
    return readMainTail(daemon, MAIN_TAIL);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `The main log cannot be shown: ${error.message}`;
  }
}
