/** @jsxImportSource hono/jsx */
/** What all pages share: head, title bar, navigation, the dialog and messages of the script. */
import type { Child } from "hono/jsx";
import { describePermission, type Permission } from "../rpc/permissions.ts";
import { COMPATIBILITY_VERSION } from "../rpc/version.ts";
import { ICON_LINK, scriptLinks, STYLE_LINK } from "./assets.ts";

/** What every page is told. */
export interface PageContext {
  readonly identifier: string;
  /** For its forms. */
  readonly token: string;
  /** What the person has chosen; null: as the system has it. */
  readonly theme: "dark" | "light" | null;
  /** What the last action had to say. */
  readonly message: string | null;
  /** Who looks, where that makes a difference. */
  readonly visitor: { readonly who: string; readonly permission: Permission } | null;
}

export type PageName = "status" | "log" | "config" | "events" | "daemon" | "confirm";

interface PageProps {
  readonly context: PageContext;
  readonly name: PageName;
  readonly title: string;
  /** To the right of the title. */
  readonly summary?: Child;
  readonly children?: Child;
}

const NAVIGATION: readonly [page: PageName, address: string, text: string][] = [
  ["status", "index.html", "Processes"],
  ["config", "config.html", "Configuration"],
  ["events", "events.html", "Events"],
  ["daemon", "daemon.html", "Daemon"],
];

export function Page({ context, name, title, summary, children }: PageProps) {
  const [entry, ...others] = scriptLinks(name);
  return (
    <html lang="en" {...(context.theme === null ? {} : { "data-theme": context.theme })}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <link rel="stylesheet" href={STYLE_LINK} />
        <link rel="icon" href={ICON_LINK} type="image/png" />
        {others.map((link) => <link key={link} rel="modulepreload" href={link} />)}
        <script type="module" src={entry}></script>
      </head>
      <body data-page={name} data-role={context.visitor?.permission.role ?? "admin"}>
        <a class="skip" href="#main">Skip to content</a>
        <header class="bar">
          <a class="brand" href="index.html">
            <img src={ICON_LINK} alt="" width="24" height="24" />
            <span>{context.identifier}</span>
          </a>
          <nav aria-label="Pages">
            {NAVIGATION.map(([page, address, text]) => (
              <a key={page} href={address} {...(page === name ? { "aria-current": "page" } : {})}>
                {text}
              </a>
            ))}
          </nav>
          <span id="live" class="live" role="status" hidden></span>
          <button id="theme" class="quiet" type="button" hidden>Theme</button>
        </header>
        <main id="main" tabindex={-1}>
          <div class="title">
            <h1>{title}</h1>
            {summary}
          </div>
          {context.message !== null && <div class="status_msg" role="status">{context.message}
          </div>}
          {children}
        </main>
        <footer>
          <a href="http://supervisord.org">Supervisor</a> {COMPATIBILITY_VERSION}
          {context.visitor !== null && (
            <span class="visitor">
              {" · "}
              {context.visitor.who} {describePermission(context.visitor.permission)}
            </span>
          )}
        </footer>
        <div id="messages" class="messages" role="status" aria-live="polite"></div>
      </body>
    </html>
  );
}

/** What a form needs to be believed. */
export function Token({ context }: { context: PageContext }) {
  return <input type="hidden" name="token" value={context.token} />;
}

/** Signals that people send; any other can be typed to supervisorctl. */
export const SIGNALS = ["HUP", "USR1", "USR2", "INT", "QUIT", "TERM", "KILL", "STOP", "CONT"];

export function SignalChoice({ id }: { id: string }) {
  return (
    <>
      <label class="visually-hidden" for={id}>Signal</label>
      <select id={id} name="signal">
        {SIGNALS.map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
    </>
  );
}
