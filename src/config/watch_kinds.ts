/** The kinds of values of the keys about watched files. */
import { signalNumber } from "../process/signals.ts";
import type { WatchAction } from "../process/watch.ts";
import { ValueError } from "./errors.ts";
import { nearestName } from "./nearest.ts";
import { repr } from "./python_text.ts";
import type { Kind } from "./values.ts";

const ACTION = "restart, reload-program or signal:NAME";

export const watchAction: Kind<WatchAction> = {
  name: "action",
  wanted: ACTION,
  convert(text) {
    const word = text.trim().toLowerCase();
    if (word === "restart" || word === "reload-program") return { kind: word };
    const signal = word.startsWith("signal:") ? signalNumber(word.slice(7).trim()) : undefined;
    if (signal !== undefined) return { kind: "signal", signal };
    const nearest = nearestName(word, ["restart", "reload-program", "signal:HUP"]);
    const hint = nearest === null ? ACTION : `${ACTION}; did you mean ${nearest}?`;
    throw new ValueError(`not an action: ${repr(text)}`, hint);
  },
};
