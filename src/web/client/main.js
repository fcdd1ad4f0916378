// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Starts what the page needs. Without this script all pages still show and act. */
import { find } from "./dom.js";

document.documentElement.classList.add("js");
setUpTheme();
// What the server sent is to be read at once: the script takes over after the first paint. A tab
// in the background paints nothing.
if (document.hidden) void start();
else requestAnimationFrame(() => setTimeout(start));

async function start() {
  switch (document.body.dataset["page"]) {
    case "status":
      return (await import("./status.js")).startStatus();
    case "log":
      return (await import("./log.js")).startLogPage();
    case "config":
      return (await import("./config.js")).startConfig();
    case "events":
      return (await import("./events.js")).startEvents();
    case "daemon":
      return (await import("./daemon.js")).startDaemon();
  }
}

/** The choice is kept in a cookie, so that the server sends the next page in its colours. */
function setUpTheme() {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = find("#theme");
  const show = () => {
    const isDark = (root.dataset["theme"] ?? (system.matches ? "dark" : "light")) === "dark";
    button.textContent = isDark ? "Light" : "Dark";
    button.setAttribute("aria-label", `Use ${isDark ? "light" : "dark"} colours`);
    return isDark;
  };
  show();
  button.hidden = false;
  system.addEventListener("change", show);
  button.addEventListener("click", () => {
    const theme = show() ? "light" : "dark";
    root.dataset["theme"] = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; SameSite=Strict`;
    show();
  });
}
