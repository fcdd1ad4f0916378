// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Questions, and short messages that go away. */
import { find, make } from "./dom.js";

const SHOWN_MS = 6000;

/**
 * @param {string} text
 * @param {"done" | "problem"} [kind]
 */
export function tell(text, kind = "done") {
  const close = make("button", { type: "button", class: "quiet", "aria-label": "Dismiss" }, "×");
  const message = make("div", { class: `message ${kind}` }, make("span", {}, text), close);
  close.addEventListener("click", () => message.remove());
  find("#messages").append(message);
  // A problem stays until it was read.
  if (kind === "done") setTimeout(() => message.remove(), SHOWN_MS);
}

/**
 * Shows a dialog and resolves to the value of the button that closed it; "" for Escape.
 *
 * @param {string} title
 * @param {Node[]} content
 * @param {{ value: string, text: string, danger?: boolean }[]} buttons the last gets the focus
 * @returns {Promise<{ value: string, form: FormData }>}
 */
export function ask(title, content, buttons) {
  const row = make("div", { class: "buttons" });
  for (const { value, text, danger = false } of buttons) {
    row.append(make("button", { value, class: danger ? "danger" : "" }, text));
  }
  const form = make("form", { method: "dialog" }, make("h2", { id: "dialog-title" }, title));
  form.append(...content, row);
  const dialog = make("dialog", { "aria-labelledby": "dialog-title" }, form);
  document.body.append(dialog);
  dialog.showModal();
  const field = /** @type {HTMLElement | null} */ (form.querySelector("[autofocus]"));
  (field ?? /** @type {HTMLElement} */ (row.lastElementChild)).focus();
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close("");
  });
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve({ value: dialog.returnValue, form: new FormData(form) });
      dialog.remove();
    });
  });
}

/**
 * @param {string} question
 * @param {string} verb what the button says
 * @param {string[]} [names] what it is about; the first ones are listed
 */
export async function confirm(question, verb, names = []) {
  const list = make("ul", { class: "names" });
  for (const name of names.slice(0, 8)) list.append(make("li", {}, name));
  if (names.length > 8) list.append(make("li", {}, `and ${names.length - 8} more`));
  const { value } = await ask(question, names.length > 1 ? [list] : [], [
    { value: "", text: "Cancel" },
    { value: "yes", text: verb, danger: true },
  ]);
  return value === "yes";
}
