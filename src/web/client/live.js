// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The stream of events, and the word in the title bar that says whether it flows. */
import { find, setText } from "./dom.js";

const RETRY_MS = 2000;

/** A browser has six connections to a server; tabs that nobody looks at soon give theirs back. */
const HIDDEN_MS = 5000;

/**
 * Follows events until the page is left or stop() is called. After a break the id of the last
 * event is told, and what was missed comes first.
 *
 * @param {Record<string, string>} query of api/v1/events
 * @param {Record<string, (data: any) => void>} handlers by kind of event
 * @returns {() => void} stops it
 */
export function follow(query, handlers) {
  let lastEventId = "";
  /** @type {EventSource | null} */
  let source = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  document.addEventListener("visibilitychange", onVisibility);
  connect();
  return function stop() {
    document.removeEventListener("visibilitychange", onVisibility);
    close();
  };

  function onVisibility() {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(close, HIDDEN_MS);
    else if (source === null) connect();
  }

  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function connect() {
    const resume = lastEventId === "" ? {} : { lastEventId };
    const stream = new EventSource(
      `api/v1/events?${new URLSearchParams({ ...query, ...resume })}`,
    );
    source = stream;
    stream.addEventListener("open", () => showConnection("live"));
    for (const [kind, handle] of Object.entries(handlers)) {
      stream.addEventListener(kind, (event) => {
        if (event.lastEventId !== "") lastEventId = event.lastEventId;
        handle(JSON.parse(event.data));
      });
    }
    stream.addEventListener("error", () => {
      showConnection("lost");
      // Closed for good: refused, or an answer that was no stream (a daemon that just starts).
      if (stream.readyState === EventSource.CLOSED) timer = setTimeout(connect, RETRY_MS);
    });
  }
}

/** @param {"live" | "lost"} state */
export function showConnection(state) {
  const sign = find("#live");
  sign.hidden = false;
  sign.dataset["connection"] = state;
  setText(sign, state === "live" ? "Live" : "Reconnecting…");
}
