// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The rows of the table of processes: made once, then kept up to date. */
import { drawChart, HISTORY, makeChart } from "./chart.js";
import { formatBytes, formatUptime, make, setText } from "./dom.js";

/** @typedef {import("./api.js").Process} Process */

/**
 * One process: what is known of it, and its row once it was shown.
 *
 * @typedef {object} Entry
 * @property {Process} process
 * @property {number} seenAt when `process` was told, by performance.now()
 * @property {number[]} cpu
 * @property {number[]} memory
 * @property {Row | null} row
 *
 * @typedef {object} Row
 * @property {HTMLTableRowElement} element
 * @property {HTMLElement} status
 * @property {HTMLElement} description
 * @property {Meter} cpu
 * @property {Meter} memory
 * @property {HTMLElement} restarts
 * @property {HTMLElement} lastExit
 * @property {HTMLElement} why
 * @property {HTMLInputElement} pick
 * @property {HTMLButtonElement[]} buttons
 *
 * @typedef {{ text: HTMLElement, chart: SVGSVGElement, cell: HTMLElement }} Meter
 */

const STATE_CLASSES = /** @type {Record<string, string>} */ ({
  RUNNING: "statusrunning",
  FATAL: "statuserror",
  BACKOFF: "statuserror",
});

/** Of others the latest failure is history. The server has the same list: process_row.ts. */
const FAILED_STATES = ["BACKOFF", "EXITED", "FATAL"];

const ACTIONS_IN_STATE = /** @type {Record<string, string[]>} */ ({
  RUNNING: ["restart", "stop"],
  STARTING: ["stop"],
  BACKOFF: ["stop"],
  STOPPING: [],
  UNKNOWN: [],
});

/** @param {Entry} entry @returns {Row} */
export function rowOf(entry) {
  return entry.row ??= makeRow(entry.process.namespec);
}

/**
 * In the shape that the server gives rows, but for the actions: see status_page.tsx.
 *
 * @param {string} namespec
 * @returns {Row}
 */
function makeRow(namespec) {
  const label = `Select ${namespec}`;
  const pick = make("input", { type: "checkbox", value: namespec, "aria-label": label });
  const status = make("span");
  const description = make("td", { class: "description" });
  const cpu = make("td", { class: "number live-only", "data-cell": "cpu" });
  const memory = make("td", { class: "number live-only", "data-cell": "memory" });
  const restarts = make("td", { class: "number", "data-label": "Restarts" });
  const lastExit = make("span");
  const why = make("small", { class: "why" });
  const actions = makeActions(namespec);
  const element = make(
    "tr",
    { "data-name": namespec },
    make("td", { class: "pick" }, pick),
    make("td", { class: "status" }, status),
    make("th", { scope: "row", class: "name" }, make("a", { href: logLink(namespec) }, namespec)),
    description,
    cpu,
    memory,
    restarts,
    make("td", { class: "last-exit", "data-label": "Last exit" }, lastExit, why),
    make("td", { class: "action" }, actions),
  );
  const buttons = [...actions.querySelectorAll("button")];
  return {
    element,
    pick,
    buttons,
    status,
    description,
    cpu: makeMeter(cpu),
    memory: makeMeter(memory),
    restarts,
    lastExit,
    why,
  };
}

/** @param {string} name what the buttons act on, for those who hear and do not see */
function makeActions(name) {
  const actions = make("div", { class: "actions" });
  for (const text of ["Start", "Restart", "Stop", "More"]) {
    const attributes = {
      type: "button",
      "data-action": text.toLowerCase(),
      "aria-label": `${text} ${name}`,
    };
    actions.append(make("button", attributes, text));
  }
  return actions;
}

/**
 * The head of a group of several processes.
 *
 * @param {string} group
 */
export function makeGroupRow(group) {
  const label = `Select all of group ${group}`;
  return make(
    "tr",
    { class: "group", "data-group": group },
    make("td", { class: "pick" }, make("input", { type: "checkbox", "aria-label": label })),
    make(
      "th",
      { scope: "rowgroup", colspan: "7" },
      make("span", { class: "group-name" }, group),
      make("span", { class: "summary" }),
    ),
    make("td", { class: "action" }, makeActions(`group ${group}`)),
  );
}

/** @param {HTMLElement} cell @returns {Meter} */
function makeMeter(cell) {
  const text = document.createElement("span");
  const chart = makeChart();
  cell.append(chart, text);
  return { cell, text, chart };
}

/** @param {string} namespec */
export function logLink(namespec) {
  return `tail.html?processname=${encodeURIComponent(namespec)}`;
}

/** What probably is the matter with a process that failed. @param {Process} process */
export function whyOf({ state, lastFailure }) {
  if (lastFailure === null || !FAILED_STATES.includes(state)) return "";
  return lastFailure.hint ?? lastFailure.reason;
}

/** Brings the whole row up to date. @param {Entry} entry */
export function showProcess(entry) {
  const { process } = entry;
  const row = rowOf(entry);
  const { state } = process;
  row.element.dataset["state"] = state;
  const className = STATE_CLASSES[state] ?? "statusnominal";
  if (row.status.className !== className) row.status.className = className;
  setText(row.status, state.toLowerCase());
  setText(row.restarts, String(process.restarts));
  setText(row.lastExit, process.lastExit?.text ?? "–");
  setText(row.why, whyOf(process));
  const when = process.stoppedAt === null ? "" : new Date(process.stoppedAt).toLocaleString();
  if (row.lastExit.title !== when) row.lastExit.title = when;
  const wanted = ACTIONS_IN_STATE[state] ?? ["start"];
  for (const button of row.buttons) {
    const { action = "" } = button.dataset;
    button.hidden = action !== "more" && !wanted.includes(action);
  }
  showUptime(entry);
  showUsage(entry);
}

/** The clock of a running process goes on without news from the server. @param {Entry} entry */
export function showUptime({ process, seenAt, row }) {
  if (row === null) return;
  const { state, pid, uptimeSeconds, description } = process;
  const more = healthWords(process) + scheduleWords(process) +
    (process.disabled === true ? ", disabled" : "");
  if (state !== "RUNNING" || uptimeSeconds === null) {
    return setText(row.description, description + more);
  }
  const uptime = Math.floor(uptimeSeconds + (performance.now() - seenAt) / 1000);
  setText(row.description, `pid ${pid}, uptime ${formatUptime(uptime)}${more}`);
}

/** What its checks say, where it has any. @param {Process} process */
function healthWords({ health, pid }) {
  if (health === undefined || pid === null) return "";
  if (health.status === "unhealthy") return `, unhealthy: ${health.detail}`;
  if (!health.ready) return `, not ready: ${health.detail}`;
  return health.status === "healthy" ? ", healthy" : ", ready";
}

/** When it runs next, where it has a schedule. @param {Process} process */
function scheduleWords({ schedule }) {
  if (!schedule?.next) return "";
  return `, next run ${schedule.next.replace("T", " ").slice(0, 19)} UTC`;
}

/** @param {Entry} entry @param {import("./api.js").Usage | null} usage */
export function addUsage(entry, usage) {
  if (usage === null) {
    entry.cpu.length = entry.memory.length = 0;
    return;
  }
  for (
    const [list, value] of /** @type {const} */ ([
      [entry.cpu, usage.cpuPercent ?? 0],
      [entry.memory, usage.residentBytes],
    ])
  ) {
    list.push(value);
    if (list.length > HISTORY) list.shift();
  }
}

/** @param {Entry} entry */
export function showUsage({ row, cpu, memory }) {
  if (row === null) return;
  const [lastCpu, lastMemory] = [cpu.at(-1), memory.at(-1)];
  setText(row.cpu.text, lastCpu === undefined ? "–" : `${lastCpu.toFixed(lastCpu < 10 ? 1 : 0)} %`);
  setText(row.memory.text, lastMemory === undefined ? "–" : formatBytes(lastMemory));
  for (const { cell, chart } of [row.cpu, row.memory]) {
    cell.classList.toggle("is-empty", lastCpu === undefined);
    chart.toggleAttribute("hidden", cpu.length < 2);
  }
  drawChart(row.cpu.chart, cpu, 10);
  drawChart(row.memory.chart, memory, Math.max(1, ...memory) * 1.25);
}
