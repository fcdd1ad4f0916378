/** @jsxImportSource hono/jsx */
/** One process: the end of its log, and a line for its standard input. */
import type { Channel } from "../daemon/types.ts";
import { Page, type PageContext, Token } from "./layout.tsx";
import { followLink, tailLink } from "./links.ts";
import type { ProcessRow } from "./process_row.ts";

export interface LogPageProps {
  readonly context: PageContext;
  /** null: none was named. */
  readonly namespec: string | null;
  /** null: there is none of that name. */
  readonly row: ProcessRow | null;
  readonly channel: Channel;
  readonly limit: number;
  /** The log, or why there is none. */
  readonly text: string;
}

export function LogPage({ context, namespec, row, channel, limit, text }: LogPageProps) {
  return (
    <Page
      context={context}
      name="log"
      title={`Supervisor tail of process ${namespec ?? "None"}`}
      summary={
        <>
          {row !== null && (
            <span id="process-state" data-state={row.state} class="state-line">
              <span class="mark"></span> <span class="words">{row.state.toLowerCase()}</span>{" "}
              <span class="summary">{row.description}</span>
            </span>
          )}
          <ul class="actions">
            {namespec !== null && (
              <li class={row === null ? "" : "no-script"}>
                <a href={tailLink(namespec, { limit, channel })}>Refresh</a>
              </li>
            )}
            <li>
              <a href="index.html">All processes</a>
            </li>
          </ul>
        </>
      }
    >
      {row === null || namespec === null ? <LogText text={text} /> : (
        <>
          <p id="why" class="why" hidden={row.why === ""}>{row.why}</p>
          <nav class="tabs" aria-label="Channels">
            {(["stdout", "stderr"] as const).map((name) => (
              <a
                key={name}
                href={tailLink(namespec, { channel: name })}
                {...(name === channel ? { "aria-current": "page" } : {})}
              >
                {name === "stdout" ? "Standard output" : "Standard error"}
              </a>
            ))}
            <a class="no-script" href={followLink(namespec, channel)}>Follow</a>
          </nav>
          <LogView
            base={`api/v1/processes/${encodeURIComponent(namespec)}/logs/${channel}`}
            label={`${channel} of ${namespec}`}
            text={text}
          />
          <form id="stdin" class="stdin" method="post" action="index.html">
            <Token context={context} />
            <input type="hidden" name="processname" value={namespec} />
            <input type="hidden" name="action" value="stdin" />
            <label for="stdin-text">Standard input</label>
            <input id="stdin-text" name="text" autocomplete="off" spellcheck={false} />
            <button type="submit">Send line</button>
          </form>
        </>
      )}
    </Page>
  );
}

/**
 * A log. The script makes the view of it; without one there is the text.
 *
 * @param base address of the log in the API
 */
export function LogView({ base, label, text }: { base: string; label: string; text: string }) {
  return (
    <section class="log-view" id="log" data-base={base} aria-label={label}>
      <form class="toolbar" hidden>
        <label class="visually-hidden" for="log-search">Search the log</label>
        <input id="log-search" type="search" name="q" placeholder="Search, also in rotated files" />
        <label class="check">
          <input type="checkbox" name="regex" /> Regular expression
        </label>
        <label class="check">
          <input type="checkbox" name="ignoreCase" checked /> Ignore case
        </label>
        <button type="submit">Search</button>
        <span class="space"></span>
        <label class="check">
          <input type="checkbox" name="wrap" checked /> Wrap
        </label>
        <button type="button" data-log="pause" aria-pressed="false">Pause</button>
        <button type="button" data-log="clear">Clear…</button>
        <a class="button" data-log="download" href={`${base}/download`} download>Download</a>
      </form>
      <div class="matches" hidden>
        <div class="matches-head">
          <strong class="matches-title" role="status"></strong>
          <button type="button" data-log="more-matches">Search further back</button>
          <button type="button" data-log="close-matches">Close</button>
        </div>
        <ol class="match-list" tabindex={0} aria-label="Matches"></ol>
      </div>
      <LogText text={text} />
      <p class="log-status" role="status"></p>
    </section>
  );
}

function LogText({ text }: { text: string }) {
  /* A browser drops the first line break of a <pre>; this one is to be dropped. */
  return <pre class="card" tabindex={0} role="region" aria-label="Log">{"\n" + text}</pre>;
}
