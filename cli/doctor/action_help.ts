/** What to do about an action of supervisorctl that failed, for who sees it on a terminal. */
import { nearestName } from "../../src/config/nearest.ts";
import { allCommands, findCommand } from "../ctl/commands.ts";

/**
 * @param words the action and what follows it
 * @param configFile null: supervisorctl read none
 * @returns lines; none where the answer says it all
 */
export function actionHelp(words: readonly string[], configFile: string | null): string[] {
  const [action = "", ...names] = words.join(" ").trim().split(/\s+/);
  if (findCommand(action) === null) {
    const near = nearestName(action, allCommands().map(({ name }) => name));
    const list = "supervisorctl help and help more list what there is";
    return near === null ? [list] : [`did you mean ${near}? ${list}`];
  }
  if (action !== "start" && action !== "restart") return [];
  const named = names.filter((name) => !name.startsWith("-") && name !== "all");
  const file = configFile ?? "FILE";
  return [
    `supervisorctl status -v${named.map((name) => ` ${name}`).join("")} tells how a process ended`,
    `supervisord --check -c ${file} names commands and directories that are not there`,
  ];
}
