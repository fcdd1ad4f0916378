/** Names as they are typed to the processes they stand for. */
import { type ProcessInfo, readProcessInfos } from "../../src/client/answers.ts";
import { splitNamespec } from "../../src/rpc/namespec.ts";
import { makeNamespec } from "./names.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

export interface Target extends ProcessInfo {
  readonly namespec: string;
}

export interface Targets {
  readonly targets: readonly Target[];
  /** Names that nobody has. They fail the action. */
  readonly unknown: readonly { readonly namespec: string; readonly error: string }[];
}

/**
 * `all`, `group:*` and names, each process once.
 *
 * @param isQuiet whether the unknown ones are not complained about here, as the action's document
 *   has them. Default: when JSON is wanted
 */
export async function expandTargets(
  session: Session,
  names: readonly string[],
  { isQuiet = session.isJson }: { readonly isQuiet?: boolean } = {},
): Promise<Targets> {
  const all = readProcessInfos(await session.call("getAllProcessInfo")).map((info) => ({
    ...info,
    namespec: makeNamespec(info.group, info.name),
  }));
  if (names.includes("all")) return { targets: all, unknown: [] };
  const unknown: { namespec: string; error: string }[] = [];
  const found = new Map<string, Target>();
  for (const name of names) {
    const { group, process } = splitNamespec(name);
    const matching = all.filter((info) =>
      info.group === group && (process === null || info.name === process)
    );
    if (matching.length === 0) {
      const [namespec, error] = process === null
        ? [group, "no such group"]
        : [name, "no such process"];
      if (!isQuiet) session.output.line(`${namespec}: ERROR (${error})`);
      session.exitStatus = EXIT.GENERIC;
      unknown.push({ namespec, error });
    }
    for (const target of matching) found.set(target.namespec, target);
  }
  return { targets: [...found.values()], unknown };
}
