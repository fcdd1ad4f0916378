// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Searching a log back through its rotated files. */
import { withoutControls } from "./ansi.js";
import { get } from "./api.js";
import { find, make, setText, wordsOf } from "./dom.js";

/**
 * @typedef {object} Match
 * @property {string} file
 * @property {number} rotation
 * @property {number} offset
 * @property {string} text
 * @property {[from: number, to: number][]} ranges
 */

const PAGE_MATCHES = 100;

/**
 * @param {HTMLElement} view
 * @param {(match: Match) => void} show called for a match that was chosen
 */
export function startSearch(view, show) {
  const base = view.dataset["base"] ?? "";
  const form = /** @type {HTMLFormElement} */ (find(".toolbar", view));
  const panel = find(".matches", view);
  const title = find(".matches-title", panel);
  const list = find(".match-list", panel);
  const more = find('[data-log="more-matches"]', panel);
  /** @type {Record<string, string | number | boolean>} */
  let query = {};
  /** @type {string | null} */
  let cursor = null;
  /** A later search ends an earlier one. */
  let serial = 0;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    const q = String(fields.get("q"));
    if (q === "") return close();
    query = {
      q,
      regex: fields.has("regex"),
      ignoreCase: fields.has("ignoreCase"),
      limit: PAGE_MATCHES,
    };
    list.replaceChildren();
    panel.hidden = false;
    cursor = null;
    void search();
  });
  more.addEventListener("click", () => void search());
  find('[data-log="close-matches"]', panel).addEventListener("click", close);

  function close() {
    serial++;
    panel.hidden = true;
  }

  /** Until a page of matches is found or there is no more; each answer takes bounded time. */
  async function search() {
    const own = ++serial;
    const wanted = list.children.length + PAGE_MATCHES;
    setText(title, "Searching…");
    more.hidden = true;
    let scanned = 0;
    try {
      do {
        const answer = await get(`${base}/search`, cursor === null ? query : { ...query, cursor });
        if (own !== serial) return;
        list.append(.../** @type {Match[]} */ (answer.matches).map(makeMatch));
        cursor = answer.cursor;
        scanned += answer.scannedBytes;
        setText(title, `Searching… ${list.children.length} matches in ${scanned} bytes`);
      } while (cursor !== null && list.children.length < wanted);
      const count = list.children.length;
      const words = count === 1 ? "1 match" : `${count} matches`;
      setText(title, cursor === null ? words : `${words} so far`);
      more.hidden = cursor === null;
    } catch (error) {
      if (own === serial) setText(title, wordsOf(error));
    }
  }

  /** @param {Match} match */
  function makeMatch(match) {
    const where = match.rotation === 0 ? "current" : `.${match.rotation}`;
    const button = make("button", { type: "button", class: "match" });
    const text = make("code");
    const part = (/** @type {number} */ start, /** @type {number} */ end) =>
      withoutControls(match.text.slice(start, end));
    let from = 0;
    for (const [start, end] of match.ranges) {
      text.append(part(from, start), make("mark", {}, part(start, end)));
      from = end;
    }
    text.append(part(from, match.text.length));
    button.append(make("span", { class: "where" }, where), text);
    button.addEventListener("click", () => show(match));
    return make("li", {}, button);
  }
}
