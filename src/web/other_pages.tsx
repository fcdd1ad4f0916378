/** @jsxImportSource hono/jsx */
/** Configuration, events, the daemon itself, and the question before an action. */
import type { GroupSpec } from "../config/types.ts";
import type { ConfigDifference } from "../daemon/types.ts";
import { Page, type PageContext, Token } from "./layout.tsx";
import { LogView } from "./log_page.tsx";

export interface ConfigPageProps {
  readonly context: PageContext;
  readonly file: string;
  /** null: nothing was read again yet. */
  readonly difference: ConfigDifference | null;
}

export function ConfigPage({ context, file, difference }: ConfigPageProps) {
  return (
    <Page
      context={context}
      name="config"
      title="Configuration"
      summary={
        <span class="summary">
          <code>{file}</code>
        </span>
      }
    >
      <p>
        Reading the files again changes nothing yet: it shows how they differ from what is running.
        An update then stops, starts and replaces the groups that differ.
      </p>
      <form id="config" class="buttons" method="post" action="config.html">
        <Token context={context} />
        <button type="submit" name="action" value="reread">Read again</button>
        <button type="submit" name="action" value="update" class="danger">Update</button>
        <button type="submit" name="action" value="update-minimal" class="danger">
          Update only processes that differ
        </button>
      </form>
      <section id="difference" aria-label="Difference" aria-live="polite">
        {difference !== null && <Difference difference={difference} />}
      </section>
    </Page>
  );
}

function Difference({ difference: { added, changed, removed } }: {
  difference: ConfigDifference;
}) {
  if (added.length + changed.length + removed.length === 0) {
    return <p class="card empty">No difference: what runs is what the files say.</p>;
  }
  return (
    <>
      <GroupList title="Added" groups={added} />
      <GroupList title="Changed" groups={changed} />
      <GroupList title="Removed" groups={removed} />
    </>
  );
}

function GroupList({ title, groups }: { title: string; groups: readonly GroupSpec[] }) {
  if (groups.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      <ul class="card list">
        {groups.map(({ name, source }) => (
          <li key={name}>
            <strong>{name}</strong> <span class="summary">{source.file}:{source.line}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

export function EventsPage({ context }: { context: PageContext }) {
  return (
    <Page context={context} name="events" title="Events">
      <form id="event-filter" class="filter" hidden>
        <label class="visually-hidden" for="event-text">Show only events that contain</label>
        <input id="event-text" type="search" name="q" placeholder="Filter events" />
        <label class="check">
          <input type="checkbox" name="types" value="PROCESS_LOG" /> Output events
        </label>
        <label class="check">
          <input type="checkbox" name="types" value="TICK_5" /> Ticks
        </label>
        <button type="button" id="event-pause" aria-pressed="false">Pause</button>
        <button type="button" id="event-clear">Clear list</button>
      </form>
      <p class="no-script">
        This list is made by a script. Without one, <code>supervisorctl events</code>{" "}
        shows the same, and so does the stream at{" "}
        <a href="api/v1/events">
          <code>api/v1/events</code>
        </a>.
      </p>
      <div class="card table-card events" tabindex={0} role="region" aria-label="Events">
        <table>
          <caption class="visually-hidden">Latest events first</caption>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Event</th>
              <th scope="col">Of</th>
              <th scope="col">What</th>
            </tr>
          </thead>
          <tbody id="events"></tbody>
        </table>
      </div>
    </Page>
  );
}

export interface DaemonPageProps {
  readonly context: PageContext;
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The end of the main log, or why there is none. */
  readonly text: string;
  readonly hasLog: boolean;
}

export function DaemonPage({ context, facts, text, hasLog }: DaemonPageProps) {
  return (
    <Page context={context} name="daemon" title="Daemon">
      <dl id="facts" class="card facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <form id="daemon" class="buttons" method="post" action="daemon.html">
        <Token context={context} />
        <button type="submit" name="action" value="restart" class="danger">
          Restart the daemon
        </button>
        <button type="submit" name="action" value="shutdown" class="danger">Shut down</button>
      </form>
      <h2>Log</h2>
      {hasLog
        ? <LogView base="api/v1/daemon/log" label="Main log" text={text} />
        : <p class="card empty">{text}</p>}
    </Page>
  );
}

export interface ConfirmPageProps {
  readonly context: PageContext;
  /** Where the form goes. */
  readonly address: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly question: string;
}

/** Asks a person, because nothing else says that a person wants it. */
export function ConfirmPage({ context, address, fields, question }: ConfirmPageProps) {
  return (
    <Page context={context} name="confirm" title="Please confirm">
      <form class="card confirm" method="post" action={address}>
        <p>{question}</p>
        <p class="summary">
          Your browser did not say that this comes from a page of this server.
        </p>
        <Token context={context} />
        {fields.map(([name, value], index) => (
          <input key={index} type="hidden" name={name} value={value} />
        ))}
        <div class="buttons">
          <button type="submit" class="danger">Do it</button>
          <a class="button" href="index.html">Cancel</a>
        </div>
      </form>
    </Page>
  );
}
