// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The daemon's page: its state, its log, its end. */
import { get, post } from "./api.js";
import { confirm, tell } from "./dialogs.js";
import { find, formatUptime, make, wordsOf } from "./dom.js";
import { follow } from "./live.js";
import { startLog } from "./log.js";

export function startDaemon() {
  const view = document.getElementById("log");
  if (view !== null) startLog(view);
  const form = /** @type {HTMLFormElement} */ (find("#daemon"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button instanceof HTMLButtonElement) void end(button.value);
  });
  follow({ types: "PROCESS,SUPERVISOR_STATE_CHANGE", snapshot: "true" }, {
    snapshot: ({ daemon }) => show(daemon),
    process: () => void refresh(),
    "daemon-state": () => void refresh(),
  });
}

/** @param {string} action */
async function end(action) {
  const question = action === "restart"
    ? "Restart the daemon? All processes stop, and start again from the configuration as it is now."
    : "Shut the daemon down? All processes stop, and nothing starts them again.";
  if (!await confirm(question, action === "restart" ? "Restart" : "Shut down")) return;
  try {
    await post(`api/v1/daemon/${action}`);
    tell(action === "restart" ? "The daemon restarts" : "The daemon shuts down");
  } catch (error) {
    tell(wordsOf(error), "problem");
  }
}

let isAsking = false;

/** However fast events come, one question at a time. */
async function refresh() {
  if (isAsking) return;
  isAsking = true;
  try {
    show(await get("api/v1/daemon"));
  } catch {
    // It is just going away; the sign in the title bar says so.
  }
  isAsking = false;
}

/** @param {any} daemon */
function show(daemon) {
  const { processes, runtime, build } = daemon;
  const states = Object.entries(processes.byState)
    .filter(([, count]) => Number(count) > 0)
    .map(([state, count]) => `${count} ${state.toLowerCase()}`)
    .join(", ");
  const facts = [
    ["State", daemon.state],
    ["Identifier", daemon.identifier],
    ["PID", daemon.pid],
    [
      "Running since",
      `${new Date(daemon.startedAt).toLocaleString()} (${
        formatUptime(Math.floor(daemon.uptimeSeconds))
      })`,
    ],
    ["Version", daemon.version],
    ["Compatible with Supervisor", daemon.compatibilityVersion],
    ["Runtime", `${runtime?.name ?? ""} ${runtime?.version ?? ""}`],
    ["Commit", build?.commit || "–"],
    ["Configuration", daemon.configFile],
    ["Main log", daemon.logPath ?? "–"],
    ["Log level", daemon.logLevel],
    ["Processes", states === "" ? "none" : states],
  ];
  find("#facts").replaceChildren(
    ...facts.map(([name, value]) =>
      make("div", {}, make("dt", {}, String(name)), make("dd", {}, String(value)))
    ),
  );
}
