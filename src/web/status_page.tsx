/** @jsxImportSource hono/jsx */
/** The table of all processes. */
import type { ProcessState } from "../process/states.ts";
import { Page, type PageContext, SignalChoice, Token } from "./layout.tsx";
import { actionLink, followLink, tailLink } from "./links.ts";
import { type Filter, type ProcessRow, type Selection, STATES } from "./process_row.ts";

export interface StatusPageProps {
  readonly context: PageContext;
  readonly filter: Filter;
  readonly selection: Selection;
}

export function StatusPage({ context, filter, selection }: StatusPageProps) {
  const { counts, total } = selection;
  return (
    <Page
      context={context}
      name="status"
      title="Supervisor Status"
      summary={
        <>
          <span id="summary" class="summary">
            {total === 0 ? "" : `${counts.get("RUNNING") ?? 0} of ${total} running`}
          </span>
          <ul class="actions" id="buttons">
            <li>
              <a href="index.html?action=refresh">Refresh</a>
            </li>
            <li>
              <a href="index.html?action=restartall" data-all="restart">Restart All</a>
            </li>
            <li>
              <a href="index.html?action=stopall" data-all="stop">Stop All</a>
            </li>
          </ul>
        </>
      }
    >
      {total === 0 ? <p class="card empty">No programs to manage</p> : (
        <>
          <FilterForm filter={filter} counts={counts} />
          <ProcessTable context={context} selection={selection} />
          <Paging filter={filter} selection={selection} />
        </>
      )}
    </Page>
  );
}

function FilterForm({ filter, counts }: {
  filter: Filter;
  counts: ReadonlyMap<ProcessState, number>;
}) {
  return (
    <form id="filter" class="filter" method="get" action="index.html" role="search">
      <label class="visually-hidden" for="q">Search processes</label>
      <input
        id="q"
        type="search"
        name="q"
        value={filter.text}
        placeholder="Search processes"
        autocomplete="off"
        spellcheck={false}
      />
      <fieldset>
        <legend class="visually-hidden">States</legend>
        {STATES.map((state) => (
          <label key={state} class="chip" data-state={state}>
            <input
              type="checkbox"
              name="state"
              value={state.toLowerCase()}
              checked={filter.states.includes(state)}
            />
            <span class="mark"></span>
            {state.toLowerCase()}{" "}
            <span class="count" data-count={state}>{counts.get(state) ?? 0}</span>
          </label>
        ))}
      </fieldset>
      <button type="submit" class="no-script">Filter</button>
    </form>
  );
}

/**
 * The form of the selection is beside the table and its check boxes refer to it, so that the
 * table may hold forms of its own.
 */
function ProcessTable({ context, selection }: { context: PageContext; selection: Selection }) {
  return (
    <>
      <div class="card table-card">
        <table id="processes" class="processes">
          <caption class="visually-hidden">Processes by group and name</caption>
          <thead>
            <tr>
              <th scope="col" class="pick">
                <input type="checkbox" id="pick-all" aria-label="Select all shown" hidden />
                <span class="visually-hidden">Select</span>
              </th>
              <th scope="col">State</th>
              <th scope="col">Name</th>
              <th scope="col">Description</th>
              <th scope="col" class="number live-only">CPU</th>
              <th scope="col" class="number live-only">Memory</th>
              <th scope="col" class="number">Restarts</th>
              <th scope="col">Last exit</th>
              <th scope="col">Action</th>
            </tr>
          </thead>
          <tbody>
            {selection.rows.map((row) => <Row key={row.namespec} row={row} />)}
            {selection.rows.length === 0 && (
              <tr class="nothing">
                <td colspan={9}>No process matches.</td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
      <form id="selection" class="selection" method="post" action="index.html">
        <Token context={context} />
        <strong id="selected">Selected processes</strong>
        <button type="submit" name="action" value="start">Start</button>
        <button type="submit" name="action" value="restart">Restart</button>
        <button type="submit" name="action" value="stop">Stop</button>
        <button type="submit" name="action" value="rotatelog">Rotate Log</button>
        <button type="submit" name="action" value="clearlog">Clear Log</button>
        <span class="joined">
          <SignalChoice id="selection-signal" />
          <button type="submit" name="action" value="signal">Send signal</button>
        </span>
      </form>
    </>
  );
}

/** The script makes rows of the same shape: see client/table.js. */
function Row({ row }: { row: ProcessRow; key?: string }) {
  const { namespec, state } = row;
  return (
    <tr data-state={state} data-name={namespec}>
      <td class="pick">
        <input
          type="checkbox"
          name="target"
          value={namespec}
          form="selection"
          aria-label={`Select ${namespec}`}
        />
      </td>
      <td class="status">
        <span class={statusClass(state)}>{state.toLowerCase()}</span>
      </td>
      <th scope="row" class="name">
        <a href={tailLink(namespec)}>{namespec}</a>
      </th>
      <td class="description">{row.description}</td>
      <td class="number live-only" data-cell="cpu"></td>
      <td class="number live-only" data-cell="memory"></td>
      <td class="number" data-label="Restarts">{row.restarts}</td>
      <td class="last-exit" data-label="Last exit">
        <span>{row.lastExit || "–"}</span>
        <small class="why">{row.why}</small>
      </td>
      <td class="action">
        <ActionLinks row={row} />
      </td>
    </tr>
  );
}

/** As in the reference: links that work without a script. */
function ActionLinks({ row: { namespec, state } }: { row: ProcessRow }) {
  return (
    <ul class="actions">
      {stateActions(state).map((name) => (
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
  );
}

function FollowLink({ namespec, channel, name }: {
  readonly namespec: string;
  readonly channel: "stdout" | "stderr";
  readonly name: string;
}) {
  return (
    <li>
      <a href={followLink(namespec, channel)} name={name} target="_blank" rel="noopener">{name}</a>
    </li>
  );
}

function Paging({ filter, selection: { page, pages, matching } }: {
  filter: Filter;
  selection: Selection;
}) {
  const address = (to: number) => {
    const query = new URLSearchParams();
    if (filter.text !== "") query.set("q", filter.text);
    if (filter.states.length > 0) query.set("state", filter.states.join(",").toLowerCase());
    query.set("page", String(to));
    return `index.html?${query}`;
  };
  return (
    <nav id="paging" class="paging" aria-label="Pages of the table" hidden={pages === 1}>
      <a href={address(page - 1)} rel="prev" hidden={page === 1}>Previous</a>
      <span>Page {page} of {pages}, {matching} processes</span>
      <a href={address(page + 1)} rel="next" hidden={page === pages}>Next</a>
    </nav>
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
