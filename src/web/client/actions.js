// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** What can be done to processes, and the question before what hurts. */
import { post } from "./api.js";
import { ask, confirm, tell } from "./dialogs.js";
import { make, wordsOf } from "./dom.js";

const VERBS = /** @type {Record<string, [verb: string, done: string]>} */ ({
  start: ["Start", "started"],
  stop: ["Stop", "stopped"],
  restart: ["Restart", "restarted"],
  clear: ["Clear logs", "cleared"],
  rotate: ["Rotate logs", "rotated"],
  signal: ["Send signal", "signalled"],
  enable: ["Enable", "enabled"],
  disable: ["Disable", "disabled"],
});

/** A start and most signals can be taken back. */
const HURTS = new Set(["stop", "restart", "clear"]);
const DEADLY_SIGNALS = new Set(["KILL", "TERM", "QUIT", "INT", "STOP"]);

/**
 * Does something to processes once it is confirmed, and tells how it went.
 *
 * @param {string} action
 * @param {string[]} targets namespecs, `group:*`, or `all`
 * @param {{ names?: string[], label?: string, signal?: string }} [options] names: what the targets
 *   stand for; label: a word for them
 */
export async function perform(action, targets, { names = targets, label, signal } = {}) {
  const [verb = action, done = action] = VERBS[action] ?? [];
  const what = label ?? (names.length === 1 ? names[0] : `${names.length} processes`);
  const isDeadly = signal !== undefined && DEADLY_SIGNALS.has(signal);
  if (HURTS.has(action) || isDeadly) {
    const words = action === "clear"
      ? `Clear the logs of ${what}?`
      : isDeadly
      ? `Send ${signal} to ${what}?`
      : `${verb} ${what}?`;
    if (!await confirm(words, verb, names)) return;
  }
  try {
    const body = { action, targets, ...(signal === undefined ? {} : { signal }) };
    /** @type {{ results: import("./api.js").Result[] }} */
    const { results } = await post("api/v1/actions", body);
    const failed = results.filter(({ ok }) => !ok);
    const count = results.length - failed.length;
    if (count === 1) tell(`${results.find(({ ok }) => ok)?.namespec} ${done}`);
    else if (count > 1 || failed.length === 0) {
      tell(count === 0 ? `Nothing to be ${done}` : `${count} processes ${done}`);
    }
    if (failed.length > 0) {
      const texts = failed.slice(0, 5).map(({ namespec, text }) => `${namespec}: ${text}`);
      tell(
        texts.join("\n") + (failed.length > 5 ? `\nand ${failed.length - 5} more` : ""),
        "problem",
      );
    }
  } catch (error) {
    tell(wordsOf(error), "problem");
  }
}

const SIGNALS = ["HUP", "USR1", "USR2", "INT", "QUIT", "TERM", "KILL", "STOP", "CONT"];

/**
 * The rarer actions: signal, standard input, number of processes, start with the daemon, logs.
 *
 * @param {string} label
 * @param {string[]} targets
 * @param {string[]} names
 * @param {string | null} logLink null: not for a single process
 * @param {string} [program] of a single process
 */
export async function askMore(label, targets, names, logLink, program) {
  const select = make("select", { id: "more-signal", name: "signal" });
  for (const name of SIGNALS) select.append(make("option", { value: name }, name));
  const content = [
    make(
      "div",
      { class: "field" },
      make("label", { for: "more-signal" }, "Signal"),
      select,
      make("button", { value: "signal" }, "Send signal"),
    ),
  ];
  if (logLink !== null) {
    content.push(
      make(
        "div",
        { class: "field" },
        make("label", { for: "more-text" }, "Input"),
        make("input", { id: "more-text", name: "text", autocomplete: "off" }),
        make("button", { value: "stdin" }, "Send line"),
      ),
      make(
        "p",
        { class: "links" },
        make("a", { href: logLink }, "Standard output"),
        make("a", { href: `${logLink}&channel=stderr` }, "Standard error"),
      ),
    );
  }
  if (program !== undefined) {
    const number = { id: "more-number", name: "number", type: "number", min: "0", step: "1" };
    content.push(
      make(
        "div",
        { class: "field" },
        make("label", { for: "more-number" }, `Processes of ${program}`),
        make("input", { ...number, placeholder: "as in the file" }),
        make("button", { value: "scale" }, "Scale"),
      ),
    );
  }
  const { value, form } = await ask(label, content, [
    { value: "enable", text: "Enable" },
    { value: "disable", text: "Disable" },
    { value: "rotate", text: "Rotate logs" },
    { value: "clear", text: "Clear logs…", danger: true },
    { value: "", text: "Close" },
  ]);
  if (value === "signal") {
    await perform("signal", targets, { names, label, signal: String(form.get("signal")) });
  } else if (value === "clear") await perform("clear", targets, { names, label });
  else if (value === "enable" || value === "disable" || value === "rotate") {
    await perform(value, targets, { names, label });
  } else if (value === "scale") await scale(program ?? "", String(form.get("number")));
  else if (value === "stdin") await sendLine(targets[0] ?? "", String(form.get("text")));
}

/**
 * @param {string} program
 * @param {string} number "" for what the file says
 */
async function scale(program, number) {
  try {
    const path = `api/v1/programs/${encodeURIComponent(program)}/scale`;
    /** @type {{ numprocs: number, steps: { process?: string, ok: boolean, text: string }[] }} */
    const { numprocs, steps } = await post(path, {
      numprocs: number === "" ? null : Number(number),
    });
    for (const { process, ok, text } of steps) if (!ok) tell(`${process}: ${text}`, "problem");
    tell(`${program}: ${numprocs} processes`);
  } catch (error) {
    tell(wordsOf(error), "problem");
  }
}

/**
 * @param {string} namespec
 * @param {string} text without its line feed
 */
export async function sendLine(namespec, text) {
  try {
    const path = `api/v1/processes/${encodeURIComponent(namespec)}/stdin`;
    await post(path, { text: `${text}\n` });
    tell(`Sent to ${namespec}`);
    return true;
  } catch (error) {
    tell(wordsOf(error), "problem");
    return false;
  }
}
