// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The log view: follows, pauses, pages back, colours, wraps. */
import { sendLine } from "./actions.js";
import { plainStyle, renderAnsi } from "./ansi.js";
import { get, post } from "./api.js";
import { confirm, tell } from "./dialogs.js";
import { find, make, setText, wordsOf } from "./dom.js";
import { follow } from "./live.js";
import { startSearch } from "./log_search.js";
import { LogSource } from "./log_source.js";
import { whyOf } from "./table.js";

/** @typedef {{ file: string, offset: number, text: string }} Line */
/** @typedef {import("./log_source.js").Position} Position */

const PAGE_LINES = 400;
/** More lines than this make the page slow; the oldest go when new ones come. */
const MOST_LINES = 4000;
/** Nearer to an edge than this counts as being there, in pixels. */
const EDGE = 40;

export function startLogPage() {
  const view = document.getElementById("log");
  if (view !== null) startLog(view);
  const form = document.getElementById("stdin");
  if (form instanceof HTMLFormElement) startInput(form);
  const namespec = new URLSearchParams(location.search).get("processname");
  const state = document.getElementById("process-state");
  if (namespec === null || state === null) return;
  const showIfOurs = (/** @type {import("./api.js").Process} */ process) => {
    if (process.namespec === namespec) showState(state, process);
  };
  follow({ types: "PROCESS", process: namespec, snapshot: "true" }, {
    snapshot: ({ processes }) => processes.forEach(showIfOurs),
    process: showIfOurs,
  });
}

/** @param {HTMLElement} element @param {import("./api.js").Process} process */
function showState(element, process) {
  const { state, description } = process;
  element.dataset["state"] = state;
  const why = find("#why");
  setText(why, whyOf(process));
  why.hidden = why.textContent === "";
  setText(find(".words", element), state.toLowerCase());
  setText(find(".summary", element), description);
}

/** @param {HTMLFormElement} form */
function startInput(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { processname, text } = Object.fromEntries(new FormData(form));
    const field = /** @type {HTMLInputElement} */ (find("#stdin-text", form));
    if (await sendLine(String(processname), String(text))) field.value = "";
    field.focus();
  });
}

/** @param {HTMLElement} view */
export function startLog(view) {
  const log = new LogView(view);
  void log.showEnd();
}

class LogView {
  #view;
  #base;
  #lines;
  #status;
  #pause;
  /** Where reading back goes on; null: at the very beginning. @type {string | null} */
  #before = null;
  #isLoading = false;
  #style = plainStyle();
  /** The last line, while its line feed has not come. @type {HTMLElement | null} */
  #open = null;
  #openText = "";
  #openStyle = plainStyle();
  /** @type {LogSource | null} */
  #source = null;
  #isPaused = false;
  /** Whether the end of the log is what is shown. */
  #isLive = false;

  /** @param {HTMLElement} view */
  constructor(view) {
    this.#view = view;
    this.#base = view.dataset["base"] ?? "";
    this.#lines = find("pre", view);
    this.#status = find(".log-status", view);
    const toolbar = /** @type {HTMLFormElement} */ (find(".toolbar", view));
    toolbar.hidden = false;
    this.#pause = find('[data-log="pause"]', toolbar);
    this.#pause.addEventListener("click", () => this.#setPaused(!this.#isPaused));
    find('[data-log="clear"]', toolbar).addEventListener("click", () => void this.#clear());
    const wrap = /** @type {HTMLInputElement} */ (find('[name="wrap"]', toolbar));
    wrap.checked = localStorage.getItem("wrap") !== "no";
    const showWrap = () => {
      this.#lines.classList.toggle("is-unwrapped", !wrap.checked);
      localStorage.setItem("wrap", wrap.checked ? "yes" : "no");
    };
    wrap.addEventListener("change", showWrap);
    showWrap();
    this.#lines.addEventListener("scroll", () => this.#onScroll());
    startSearch(view, (match) => void this.showPlace(match));
  }

  /** The end of the log, and what is added to it from now on. */
  async showEnd() {
    this.#source?.stop();
    let position = null;
    try {
      const { lines, before, end } = await get(`${this.#base}/tail`, { lines: PAGE_LINES });
      this.#replace(lines, before);
      position = end;
      // A last line without its end is to grow, not to be followed by its rest.
      const last = lines.at(-1);
      if (last !== undefined && end !== null && last.file === end.file) {
        position = { file: last.file, offset: last.offset };
        this.#lines.lastElementChild?.remove();
      }
    } catch {
      // No file (yet): it may come with the first output.
      this.#replace([], null);
    }
    this.#isLive = true;
    this.#source = new LogSource(this.#base, {
      position,
      onText: (text) => this.#append(text),
      onNotice: (text) => this.#appendNotice(text),
    });
    this.#lines.scrollTop = this.#lines.scrollHeight;
    this.#setPaused(false);
  }

  /**
   * A place further back, with what was around it. Following stops until it is asked for again.
   *
   * @param {Line} match
   */
  async showPlace(match) {
    this.#source?.stop();
    this.#isLive = false;
    try {
      // What comes after the place, then what comes before it.
      const query = { file: match.file, offset: match.offset, length: 32 * 1024 };
      const [after, earlier] = await Promise.all([
        get(`${this.#base}/range`, query),
        get(`${this.#base}/tail`, { lines: 100, before: `${match.file}:${match.offset}` }),
      ]);
      const texts = after.text.replace(/\n$/, "").split("\n");
      const lines = texts.map((/** @type {string} */ text, /** @type {number} */ index) => ({
        file: match.file,
        offset: match.offset + index,
        text,
      }));
      this.#replace([...earlier.lines, ...lines], earlier.before);
      const line = /** @type {HTMLElement} */ (this.#lines.children[earlier.lines.length]);
      line.classList.add("is-found");
      line.scrollIntoView({ block: "center" });
      this.#lines.focus({ preventScroll: true });
      this.#isPaused = true;
      this.#showPaused();
    } catch (error) {
      tell(wordsOf(error), "problem");
    }
  }

  /** @param {boolean} isPaused */
  #setPaused(isPaused) {
    this.#isPaused = isPaused;
    if (isPaused) this.#source?.stop();
    else if (!this.#isLive) return void this.showEnd();
    else this.#source?.start();
    this.#showPaused();
  }

  #showPaused() {
    this.#pause.setAttribute("aria-pressed", String(this.#isPaused));
    setText(this.#pause, this.#isPaused ? "Follow" : "Pause");
    const words = this.#isLive ? "Paused" : "Showing a place further back";
    setText(this.#status, this.#isPaused ? words : "Following");
  }

  /** @param {Line[]} lines @param {string | null} before */
  #replace(lines, before) {
    this.#before = before;
    this.#open = null;
    this.#style = plainStyle();
    this.#lines.replaceChildren(...lines.map(({ text }) => this.#render(text)));
  }

  /** @param {string} text */
  #render(text) {
    const line = make("div", { class: "line" });
    line.append(...renderAnsi(text, this.#style), "\n");
    return line;
  }

  /** @param {string} text what was added, cut anywhere */
  #append(text) {
    const isAtEnd = this.#isAtEnd();
    const whole = this.#openText + text;
    this.#open?.remove();
    if (this.#open !== null) this.#style = this.#openStyle;
    const lines = whole.split("\n");
    // Of a flood only the end can be read.
    const kept = lines.slice(-MOST_LINES);
    this.#openText = kept.pop() ?? "";
    const nodes = kept.map((line) => this.#render(line.replace(/\r$/, "")));
    this.#openStyle = { ...this.#style };
    this.#open = this.#openText === "" ? null : this.#render(this.#openText);
    this.#lines.append(...nodes, ...(this.#open === null ? [] : [this.#open]));
    if (isAtEnd) {
      this.#trim();
      this.#lines.scrollTop = this.#lines.scrollHeight;
    }
  }

  /** @param {string} text */
  #appendNotice(text) {
    const isAtEnd = this.#isAtEnd();
    this.#lines.append(make("div", { class: "line notice" }, `— ${text} —\n`));
    if (isAtEnd) this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  #trim() {
    const extra = this.#lines.children.length - MOST_LINES;
    if (extra <= 0) return;
    for (let i = 0; i < extra; i++) this.#lines.firstElementChild?.remove();
    // Where the first line now begins is not known; the beginning is found by searching.
    this.#before = null;
  }

  #isAtEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.#lines;
    return scrollHeight - scrollTop - clientHeight < EDGE;
  }

  #onScroll() {
    if (this.#lines.scrollTop < EDGE && this.#before !== null) void this.#loadEarlier();
  }

  async #loadEarlier() {
    if (this.#isLoading || this.#before === null) return;
    this.#isLoading = true;
    try {
      const query = { lines: PAGE_LINES, before: this.#before };
      const { lines, before } = await get(`${this.#base}/tail`, query);
      this.#before = before;
      const style = this.#style;
      this.#style = plainStyle();
      const nodes = lines.map((/** @type {Line} */ { text }) => this.#render(text));
      this.#style = style;
      const height = this.#lines.scrollHeight;
      this.#lines.prepend(...nodes);
      this.#lines.scrollTop += this.#lines.scrollHeight - height;
    } catch (error) {
      tell(wordsOf(error), "problem");
    }
    this.#isLoading = false;
  }

  async #clear() {
    const label = this.#view.getAttribute("aria-label") ?? "the log";
    if (!await confirm(`Clear ${label}?`, "Clear")) return;
    try {
      await post(`${this.#base}/clear`);
      tell("Cleared");
    } catch (error) {
      tell(wordsOf(error), "problem");
    }
  }
}
