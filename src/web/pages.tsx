/** @jsxImportSource hono/jsx */
/** The pages, rendered on the server; they work without a script. */
import type { Child } from "hono/jsx";
import type { ProcessState } from "../process/states.ts";
import { makeNamespec } from "../rpc/namespec.ts";
import type { ProcessInfo } from "../rpc/process_info.ts";
import { COMPATIBILITY_VERSION } from "../rpc/version.ts";
import { actionLink, followLink, tailLink } from "./links.ts";

export interface StatusPageProps {
  readonly identifier: string;
  readonly processes: readonly ProcessInfo[];
  /** What the last action had to say. */
  readonly message: string | null;
  /** Address of the style sheet. */
  readonly style: string;
}

/** The table of all processes. */
export function StatusPage({ identifier, processes, message, style }: StatusPageProps) {
  return (
    <Page title="Supervisor Status" style={style}>
      <header>
        <img src="images/icon.png" alt="" width="32" height="32" />
        <h1>{identifier}</h1>
        <span class="summary">{summary(processes)}</span>
        <ul class="actions" id="buttons">
          <li>
            <a href="index.html?action=refresh">Refresh</a>
          </li>
          <li>
            <a href="index.html?action=restartall">Restart All</a>
          </li>
          <li>
            <a href="index.html?action=stopall">Stop All</a>
          </li>
        </ul>
      </header>
      {message !== null && <div class="status_msg" role="status">{message}</div>}
      {processes.length === 0
        ? <p class="card">No programs to manage</p>
        : <ProcessTable processes={processes} />}
      <footer>
        <a href="http://supervisord.org">Supervisor</a> {COMPATIBILITY_VERSION}
      </footer>
    </Page>
  );
}

export interface TailPageProps {
  /** null: none was named. */
  readonly namespec: string | null;
  readonly limit: number;
  /** The log, or why there is none. */
  readonly text: string;
  readonly style: string;
}

/** The end of one log. */
export function TailPage({ namespec, limit, text, style }: TailPageProps) {
  return (
    <Page title={`Supervisor tail of process ${namespec ?? "None"}`} style={style}>
      <header>
        <h1>{namespec ?? "Log"}</h1>
        <ul class="actions">
          {namespec !== null && (
            <li>
              <a href={tailLink(namespec, limit)}>Refresh</a>
            </li>
          )}
          <li>
            <a href="index.html">All processes</a>
          </li>
        </ul>
      </header>
      {/* A browser drops the first line break of a <pre>; this one is to be dropped. */}
      <pre class="card">{"\n" + text}</pre>
    </Page>
  );
}

function Page({ title, style, children }: { title: string; style: string; children?: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <link rel="stylesheet" href={style} />
        <link rel="icon" href="images/icon.png" type="image/png" />
      </head>
      <body>{children}</body>
    </html>
  );
}

function ProcessTable({ processes }: { processes: readonly ProcessInfo[] }) {
  return (
    <div class="card">
      <table>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Description</th>
            <th scope="col">Name</th>
            <th scope="col">Action</th>
          </tr>
        </thead>
        <tbody>{processes.map((info) => <ProcessRow key={info.name} info={info} />)}</tbody>
      </table>
    </div>
  );
}

function ProcessRow({ info }: { info: ProcessInfo; key?: string }) {
  const namespec = makeNamespec(info.group, info.name);
  return (
    <tr>
      <td class="status">
        <span class={statusClass(info.statename)}>{info.statename.toLowerCase()}</span>
      </td>
      <td class="description">{info.description}</td>
      <td class="name">
        <a href={tailLink(namespec)} target="_blank" rel="noopener">{namespec}</a>
      </td>
      <td class="action">
        <ul class="actions">
          {stateActions(info.statename).map((name) => (
            <li key={name}>
              <a href={actionLink(namespec, name.toLowerCase())} name={name}>{name}</a>
            </li>
          ))}
          <li>
            <a href={actionLink(namespec, "clearlog")} name="Clear Log">Clear Log</a>
          </li>
          <FollowLink namespec={namespec} channel="stdout" name="Tail -f Stdout" />
          <FollowLink namespec={namespec} channel="stderr" name="Tail -f Stderr" />
        </ul>
      </td>
    </tr>
  );
}

interface FollowLinkProps {
  readonly namespec: string;
  readonly channel: "stdout" | "stderr";
  readonly name: string;
}

function FollowLink({ namespec, channel, name }: FollowLinkProps) {
  return (
    <li>
      <a href={followLink(namespec, channel)} name={name} target="_blank" rel="noopener">{name}</a>
    </li>
  );
}

/** What makes sense in a state; a process on its way somewhere is left alone. */
function stateActions(state: ProcessState): readonly ("Start" | "Stop" | "Restart")[] {
  switch (state) {
    case "RUNNING":
      return ["Restart", "Stop"];
    case "STOPPED":
    case "EXITED":
    case "FATAL":
      return ["Start"];
    default:
      return [];
  }
}

function statusClass(state: ProcessState): string {
  switch (state) {
    case "RUNNING":
      return "statusrunning";
    case "FATAL":
    case "BACKOFF":
      return "statuserror";
    default:
      return "statusnominal";
  }
}

function summary(processes: readonly ProcessInfo[]): string {
  const running = processes.filter((info) => info.statename === "RUNNING").length;
  return processes.length === 0 ? "" : `${running} of ${processes.length} running`;
}
