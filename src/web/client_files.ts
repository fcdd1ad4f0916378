/** The script of the pages: plain modules, served as they are written. */
import actions from "./client/actions.js" with { type: "text" };
import ansi from "./client/ansi.js" with { type: "text" };
import api from "./client/api.js" with { type: "text" };
import chart from "./client/chart.js" with { type: "text" };
import config from "./client/config.js" with { type: "text" };
import daemon from "./client/daemon.js" with { type: "text" };
import dialogs from "./client/dialogs.js" with { type: "text" };
import dom from "./client/dom.js" with { type: "text" };
import events from "./client/events.js" with { type: "text" };
import live from "./client/live.js" with { type: "text" };
import log from "./client/log.js" with { type: "text" };
import logSearch from "./client/log_search.js" with { type: "text" };
import logSource from "./client/log_source.js" with { type: "text" };
import main from "./client/main.js" with { type: "text" };
import status from "./client/status.js" with { type: "text" };
import table from "./client/table.js" with { type: "text" };

/** By file name; pages start `main.js`, which imports the others. */
export const CLIENT_FILES: Readonly<Record<string, string>> = {
  "main.js": main,
  "actions.js": actions,
  "ansi.js": ansi,
  "api.js": api,
  "chart.js": chart,
  "config.js": config,
  "daemon.js": daemon,
  "dialogs.js": dialogs,
  "dom.js": dom,
  "events.js": events,
  "live.js": live,
  "log.js": log,
  "log_search.js": logSearch,
  "log_source.js": logSource,
  "status.js": status,
  "table.js": table,
};
