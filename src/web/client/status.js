// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The status page: rows that follow events, the filter in the address, the selection. */
import { askMore, perform } from "./actions.js";
import { get } from "./api.js";
import { find, make, setText } from "./dom.js";
import { follow } from "./live.js";
import {
  addUsage,
  logLink,
  makeGroupRow,
  rowOf,
  showProcess,
  showUptime,
  showUsage,
} from "./table.js";

/** @typedef {import("./table.js").Entry} Entry */

const ROWS_PER_PAGE = 50;

/** By namespec, in the order of the table: by group, then name. @type {Map<string, Entry>} */
let entries = new Map();
/** @type {Set<string>} */
const picked = new Set();
/** The entries on this page of the table. @type {Entry[]} */
let shown = [];
/** What the filter lets through. @type {Entry[]} */
let matching = [];
/** Heads of groups by name. @type {Map<string, HTMLTableRowElement>} */
const groupRows = new Map();
let page = 1;

export function startStatus() {
  for (const link of document.querySelectorAll("a[data-all]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const action = /** @type {HTMLElement} */ (link).dataset["all"] ?? "";
      void perform(action, ["all"], { names: [...entries.keys()], label: "all processes" });
    });
  }
  follow(
    { types: "PROCESS,PROCESS_GROUP,SUPERVISOR_STATE_CHANGE,USAGE", snapshot: "true" },
    {
      snapshot: ({ processes }) => replaceAll(processes),
      process: updateOne,
      usage: ({ usage }) => updateUsage(usage),
      "process-group": () => void reload(),
      gap: () => void reload(),
    },
  );
  if (document.getElementById("processes") === null) return;
  startTable();
}

function startTable() {
  find("#pick-all").hidden = false;
  const filter = filterForm();
  filter.addEventListener("input", () => {
    page = 1;
    arrange();
    writeAddress(false);
  });
  filter.addEventListener("change", () => writeAddress(true));
  filter.addEventListener("submit", (event) => event.preventDefault());
  readAddress();
  addEventListener("popstate", () => {
    readAddress();
    arrange();
  });
  find("#processes").addEventListener("click", onTableClick);
  find("#processes").addEventListener("change", onPick);
  find("#selection").addEventListener("submit", onSelectionSubmit);
  find("#paging").addEventListener("click", onPage);
  addEventListener("keydown", (event) => {
    // As in many lists: the slash goes to the search field.
    const isTyping = event.target instanceof HTMLElement &&
      event.target.closest("input, select, textarea, dialog") !== null;
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    find("#q").focus();
  });
  setInterval(() => {
    if (!document.hidden) { for (const entry of shown) showUptime(entry); }
  }, 1000);
}

async function reload() {
  const { processes } = await get("api/v1/processes");
  replaceAll(processes);
}

/** @param {import("./api.js").Process[]} processes sorted as they are to be shown */
function replaceAll(processes) {
  if (processes.length > 0 && document.getElementById("processes") === null) {
    // The page was made when there was nothing to show.
    location.reload();
    return;
  }
  const old = entries;
  const seenAt = performance.now();
  entries = new Map(processes.map((process) => {
    const known = old.get(process.namespec);
    const { cpu = [], memory = [], row = null } = known ?? {};
    return [process.namespec, { process, seenAt, cpu, memory, row }];
  }));
  for (const name of picked) if (!entries.has(name)) picked.delete(name);
  arrange();
}

/** @param {import("./api.js").Process} process */
function updateOne(process) {
  const entry = entries.get(process.namespec);
  if (entry === undefined) return void reload();
  const isSameState = entry.process.state === process.state;
  entry.process = process;
  entry.seenAt = performance.now();
  if (process.pid === null) addUsage(entry, null);
  // Only a change of state can change what the filter lets through.
  if (!isSameState && wantedStates().size > 0) return arrange();
  if (shown.includes(entry)) showProcess(entry);
  if (!isSameState) showCounts();
}

/** @param {Record<string, import("./api.js").Usage>} usage */
function updateUsage(usage) {
  for (const [name, entry] of entries) addUsage(entry, usage[name] ?? null);
  if (!document.hidden) { for (const entry of shown) showUsage(entry); }
}

function filterForm() {
  return /** @type {HTMLFormElement} */ (find("#filter"));
}

function searchText() {
  return /** @type {HTMLInputElement} */ (find("#q")).value.toLowerCase();
}

/** @returns {Set<string>} */
function wantedStates() {
  const form = document.getElementById("filter");
  if (!(form instanceof HTMLFormElement)) return new Set();
  return new Set(new FormData(form).getAll("state").map((state) => String(state).toUpperCase()));
}

function readAddress() {
  const query = new URLSearchParams(location.search);
  const states = new Set(query.getAll("state").flatMap((list) => list.toLowerCase().split(",")));
  /** @type {HTMLInputElement} */ (find("#q")).value = query.get("q") ?? "";
  for (const box of filterForm().querySelectorAll("input")) {
    if (box.name === "state") box.checked = states.has(box.value);
  }
  page = Math.max(1, Number.parseInt(query.get("page") ?? "1") || 1);
}

/** @param {boolean} isStep whether the browser's back button should come back here */
function writeAddress(isStep) {
  const query = new URLSearchParams();
  const text = /** @type {HTMLInputElement} */ (find("#q")).value;
  const states = [...wantedStates()];
  if (text !== "") query.set("q", text);
  if (states.length > 0) query.set("state", states.join(",").toLowerCase());
  if (page > 1) query.set("page", String(page));
  const address = `${location.pathname}${query.size === 0 ? "" : "?"}${query}`;
  if (isStep) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

/** Decides which rows there are; rows that stay are not touched but for their content. */
function arrange() {
  if (document.getElementById("processes") === null) return;
  const text = searchText();
  const states = wantedStates();
  matching = [...entries.values()].filter(({ process }) =>
    (states.size === 0 || states.has(process.state)) &&
    process.namespec.toLowerCase().includes(text)
  );
  const pages = Math.max(1, Math.ceil(matching.length / ROWS_PER_PAGE));
  page = Math.min(page, pages);
  shown = matching.slice((page - 1) * ROWS_PER_PAGE, page * ROWS_PER_PAGE);
  const rows = [];
  let group = "";
  for (const entry of shown) {
    const { process } = entry;
    if (process.group !== group) {
      group = process.group;
      if (process.namespec !== process.name) rows.push(groupRow(group));
    }
    showProcess(entry);
    const { element, pick } = rowOf(entry);
    pick.checked = picked.has(process.namespec);
    rows.push(element);
  }
  if (rows.length === 0) {
    const cell = make("td", { colspan: "9" }, "No process matches.");
    rows.push(make("tr", { class: "nothing" }, cell));
  }
  const body = find("#processes tbody");
  const isSame = body.children.length === rows.length &&
    rows.every((row, index) => body.children[index] === row);
  if (!isSame) body.replaceChildren(...rows);
  showPaging(pages);
  showCounts();
  showSelection();
}

/** @param {string} name @returns {HTMLTableRowElement} */
function groupRow(name) {
  let row = groupRows.get(name);
  if (row === undefined) {
    row = makeGroupRow(name);
    groupRows.set(name, row);
  }
  return row;
}

function showCounts() {
  /** @type {Map<string, number>} */
  const counts = new Map();
  /** @type {Map<string, [running: number, all: number]>} */
  const groups = new Map();
  for (const { process } of entries.values()) {
    counts.set(process.state, (counts.get(process.state) ?? 0) + 1);
    const [running, all] = groups.get(process.group) ?? [0, 0];
    groups.set(process.group, [running + (process.state === "RUNNING" ? 1 : 0), all + 1]);
  }
  setText(find("#summary"), `${counts.get("RUNNING") ?? 0} of ${entries.size} running`);
  for (const count of document.querySelectorAll("[data-count]")) {
    const { count: state = "" } = /** @type {HTMLElement} */ (count).dataset;
    setText(count, String(counts.get(state) ?? 0));
  }
  for (const [name, row] of groupRows) {
    const [running, all] = groups.get(name) ?? [0, 0];
    setText(find(".summary", row), `${running} of ${all} running`);
  }
}

/** @param {number} pages */
function showPaging(pages) {
  const paging = find("#paging");
  paging.hidden = pages === 1;
  setText(find("span", paging), `Page ${page} of ${pages}, ${matching.length} processes`);
  find('[rel="prev"]', paging).hidden = page === 1;
  find('[rel="next"]', paging).hidden = page === pages;
}

/** @param {Event} event */
function onPage(event) {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null) return;
  event.preventDefault();
  page += link.rel === "next" ? 1 : -1;
  arrange();
  writeAddress(true);
  find("#processes").scrollIntoView();
}

/** @param {Event} event */
function onTableClick(event) {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  const row = button?.closest("tr");
  if (!button || !row) return;
  const { action = "" } = button.dataset;
  const { name, group } = row.dataset;
  if (name !== undefined) {
    if (action === "more") {
      const program = entries.get(name)?.process.program;
      void askMore(name, [name], [name], logLink(name), program);
    } else void perform(action, [name]);
  } else if (group !== undefined) {
    const names = [...entries.values()]
      .filter(({ process }) => process.group === group)
      .map(({ process }) => process.namespec);
    const label = `group ${group}`;
    if (action === "more") void askMore(label, [`${group}:*`], names, null);
    else void perform(action, [`${group}:*`], { names, label });
  }
}

/** @param {Event} event */
function onPick(event) {
  const box = event.target;
  if (!(box instanceof HTMLInputElement)) return;
  const group = box.closest("tr")?.dataset["group"];
  const names = box.id === "pick-all"
    ? matching.map(({ process }) => process.namespec)
    : group !== undefined
    ? matching.filter(({ process }) => process.group === group).map((entry) =>
      entry.process.namespec
    )
    : [box.value];
  for (const name of names) {
    if (box.checked) picked.add(name);
    else picked.delete(name);
  }
  showSelection();
}

function showSelection() {
  for (const { process, row } of shown) if (row) row.pick.checked = picked.has(process.namespec);
  for (const [name, row] of groupRows) {
    const members = matching.filter(({ process }) => process.group === name);
    showBox(/** @type {HTMLInputElement} */ (find("input", row)), members);
  }
  showBox(/** @type {HTMLInputElement} */ (find("#pick-all")), matching);
  const form = find("#selection");
  form.classList.toggle("is-open", picked.size > 0);
  setText(find("#selected"), `${picked.size} selected`);
}

/** @param {HTMLInputElement} box @param {Entry[]} members */
function showBox(box, members) {
  const count = members.filter(({ process }) => picked.has(process.namespec)).length;
  box.checked = count > 0 && count === members.length;
  box.indeterminate = count > 0 && count < members.length;
}

/** @param {SubmitEvent} event */
function onSelectionSubmit(event) {
  event.preventDefault();
  const button = event.submitter;
  if (!(button instanceof HTMLButtonElement)) return;
  // "clearlog" and "rotatelog" are names of the page without a script.
  const action = button.value.replace(/log$/, "");
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  const signal = String(new FormData(form).get("signal"));
  // In the order of the table, not of the clicks.
  const targets = [...entries.keys()].filter((name) => picked.has(name));
  void perform(action, targets, action === "signal" ? { signal } : {});
}
