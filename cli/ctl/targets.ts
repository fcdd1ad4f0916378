/** Names as they are typed to the processes they stand for. */
import { type ProcessInfo, readProcessInfos } from "../../src/client/answers.ts";
import { splitNamespec } from "../../src/rpc/namespec.ts";
import { makeNamespec } from "./names.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

export interface Target extends ProcessInfo {
  readonly namespec: string;
}

/** `all`, `group:*` and names, each process once; complains about the unknown ones. */
export async function expandTargets(
  session: Session,
  names: readonly string[],
): Promise<{ readonly targets: readonly Target[]; readonly isComplete: boolean }> {
  const all = readProcessInfos(await session.call("getAllProcessInfo")).map((info) => ({
    ...info,
    namespec: makeNamespec(info.group, info.name),
  }));
  if (names.includes("all")) return { targets: all, isComplete: true };
  let isComplete = true;
  const found = new Map<string, Target>();
  for (const name of names) {
    const { group, process } = splitNamespec(name);
    const matching = all.filter((info) =>
      info.group === group && (process === null || info.name === process)
    );
    if (matching.length === 0) {
      const text = process === null
        ? `${group}: ERROR (no such group)`
        : `${name}: ERROR (no such process)`;
      session.output.line(text);
      session.exitStatus = EXIT.GENERIC;
      isComplete = false;
    }
    for (const target of matching) found.set(target.namespec, target);
  }
  return { targets: [...found.values()], isComplete };
}
