// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The configuration page: the difference setting by setting, and the update from it. */
import { get, post } from "./api.js";
import { confirm, tell } from "./dialogs.js";
import { find, make, wordsOf } from "./dom.js";
import { showConnection } from "./live.js";

/**
 * @typedef {{ file: string, line: number }} Source
 * @typedef {{ process: string | null, key: string, old: unknown, new: unknown }} Change
 *
 * @typedef {object} Difference
 * @property {{ group: string, source: Source }[]} added
 * @property {{ group: string }[]} removed
 * @property {{ group: string, source: Source, changes: Change[] }[]} changed
 */

export function startConfig() {
  const form = /** @type {HTMLFormElement} */ (find("#config"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement)) return;
    if (button.value === "reread") void reread();
    else void (button.value === "update" ? update() : updateMinimally());
  });
  get("api/v1/config/difference").then((difference) => {
    showConnection("live");
    show(difference);
  }, () => showConnection("lost"));
}

/** @returns {Promise<Difference | null>} null: the files cannot be read; it was told why */
async function reread() {
  try {
    const difference = await post("api/v1/config/reread");
    show(difference);
    tell("Read again");
    return difference;
  } catch (error) {
    tell(wordsOf(error), "problem");
    return null;
  }
}

const PLANNED = /** @type {Record<string, string>} */ ({
  start: "start",
  add: "add",
  stop: "stop",
  remove: "remove",
  restart: "restart",
  adopt: "go on with other settings:",
});

/** Only processes that have changed, and each of them is named before. */
async function updateMinimally() {
  try {
    /** @type {{ isEmpty: boolean, groups: { group: string, processes: { namespec: string, action: string, reason: string }[] }[] }} */
    const { isEmpty, groups } = await get("api/v1/config/plan?minimal=true");
    if (isEmpty) {
      tell("Nothing to update");
      return;
    }
    const names = groups.flatMap(({ group, processes }) =>
      processes.length === 0
        ? [`group ${group}: other settings`]
        : processes.map(({ namespec, action, reason }) =>
          `${PLANNED[action] ?? action} ${namespec}: ${reason}`
        )
    );
    const question = names.length === 1 ? `Update: ${names[0]}?` : "Update these?";
    if (!await confirm(question, "Update", names)) return;
    await carryOut({ minimal: true });
  } catch (error) {
    tell(wordsOf(error), "problem");
  }
}

async function update() {
  const difference = await reread();
  if (difference === null || isEmpty(difference)) return;
  const { added, changed, removed } = difference;
  const names = [
    ...added.map(({ group }) => `add ${group}`),
    ...changed.map(({ group }) => `stop and replace ${group}`),
    ...removed.map(({ group }) => `stop and remove ${group}`),
  ];
  const question = names.length === 1 ? `Update: ${names[0]}?` : `Update ${names.length} groups?`;
  if (!await confirm(question, "Update", names)) return;
  try {
    await carryOut({});
  } catch (error) {
    tell(wordsOf(error), "problem");
  }
}

/** @param {{ minimal?: boolean }} request */
async function carryOut(request) {
  /** @type {{ steps: { group: string, ok: boolean, text: string }[] }} */
  const { steps } = await post("api/v1/config/update", request);
  const failed = steps.filter(({ ok }) => !ok);
  for (const { group, text } of failed) tell(`${group}: ${text}`, "problem");
  if (failed.length === 0) tell("Updated");
  show(await get("api/v1/config/difference"));
}

/** @param {Difference} difference */
function isEmpty({ added, changed, removed }) {
  return added.length + changed.length + removed.length === 0;
}

/** @param {Difference} difference */
function show(difference) {
  const place = find("#difference");
  if (isEmpty(difference)) {
    const words = "No difference: what runs is what was read.";
    place.replaceChildren(make("p", { class: "card empty" }, words));
    return;
  }
  const { added, changed, removed } = difference;
  place.replaceChildren(
    ...added.map(({ group, source }) => groupCard("added", group, source, [])),
    ...changed.map(({ group, source, changes }) => groupCard("changed", group, source, changes)),
    ...removed.map(({ group }) => groupCard("removed", group, null, [])),
  );
}

/**
 * @param {"added" | "changed" | "removed"} kind
 * @param {string} group
 * @param {Source | null} source
 * @param {Change[]} changes
 */
function groupCard(kind, group, source, changes) {
  const head = make(
    "h2",
    {},
    make("span", { class: `badge ${kind}` }, kind),
    " ",
    group,
    " ",
    make("span", { class: "summary" }, source === null ? "" : `${source.file}:${source.line}`),
  );
  const card = make(
    "section",
    { class: "card difference", "aria-label": `${kind} ${group}` },
    head,
  );
  if (changes.length === 0) return card;
  const list = make("dl", {});
  for (const { process, key, old, new: now } of changes) {
    list.append(make(
      "div",
      {},
      make("dt", {}, process === null ? key : `${process} ${key}`),
      make("dd", {}, make("del", {}, words(old)), " ", make("ins", {}, words(now))),
    ));
  }
  card.append(list);
  return card;
}

/** @param {unknown} value */
function words(value) {
  if (value === null || value === undefined) return "(none)";
  return typeof value === "string" ? value : JSON.stringify(value);
}
