// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The list of events as they happen. */
import { find, make, setText } from "./dom.js";
import { follow } from "./live.js";

const MOST_ROWS = 500;
const ALWAYS = "PROCESS_STATE,PROCESS_HEALTH,PROCESS_FAILURE,PROCESS_GROUP," +
  "SUPERVISOR_STATE_CHANGE,REMOTE_COMMUNICATION,PROCESS_COMMUNICATION";

const KINDS = [
  "process-state",
  "process-log",
  "process-communication",
  "remote-communication",
  "daemon-state",
  "tick",
  "process-group",
  "process-health",
];

export function startEvents() {
  const form = /** @type {HTMLFormElement} */ (find("#event-filter"));
  const body = find("#events");
  const pause = find("#event-pause");
  const text = /** @type {HTMLInputElement} */ (find("#event-text"));
  form.hidden = false;
  let stop = connect();

  text.value = new URLSearchParams(location.search).get("q") ?? "";
  text.addEventListener("input", () => {
    const query = text.value === "" ? "" : `?${new URLSearchParams({ q: text.value })}`;
    history.replaceState(null, "", location.pathname + query);
    for (const row of body.children) showOrHide(/** @type {HTMLElement} */ (row));
  });
  form.addEventListener("change", (event) => {
    if (/** @type {HTMLInputElement} */ (event.target).type !== "checkbox") return;
    stop();
    stop = connect();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  find("#event-clear").addEventListener("click", () => body.replaceChildren());
  pause.addEventListener("click", () => {
    const isPaused = pause.getAttribute("aria-pressed") !== "true";
    pause.setAttribute("aria-pressed", String(isPaused));
    setText(pause, isPaused ? "Go on" : "Pause");
    stop();
    if (!isPaused) stop = connect();
  });

  function connect() {
    const types = [ALWAYS, ...new FormData(form).getAll("types")].join(",");
    const handlers = Object.fromEntries(KINDS.map((kind) => [kind, add]));
    return follow({ types }, {
      ...handlers,
      // The whole report would fill the list: reason and hint are what one looks for.
      "process-failure": ({ type, at, namespec, reason, hints }) =>
        add({ type, at, namespec, reason, hint: hints[0]?.text }),
      gap: (data) => add({ type: "GAP", ...data }),
      cut: (data) => add({ type: "CUT", ...data }),
    });
  }

  /** @param {Record<string, unknown>} event */
  function add({ type, at, namespec, group, process: _process, ...rest }) {
    const time = at === undefined ? new Date() : new Date(String(at));
    const what = Object.entries(rest)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) =>
        `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`
      )
      .join("  ");
    const row = make(
      "tr",
      {},
      make("td", { class: "time" }, time.toLocaleTimeString()),
      make("th", { scope: "row" }, String(type)),
      make("td", {}, String(namespec ?? group ?? "")),
      make("td", { class: "what" }, what),
    );
    showOrHide(row);
    body.prepend(row);
    if (body.children.length > MOST_ROWS) body.lastElementChild?.remove();
  }

  /** @param {HTMLElement} row */
  function showOrHide(row) {
    const isWanted = (row.textContent ?? "").toLowerCase().includes(text.value.toLowerCase());
    row.hidden = !isWanted;
  }
}
