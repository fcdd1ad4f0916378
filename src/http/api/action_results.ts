/** What is said of each process that was acted upon: in the words of the API, not of its faults. */
import type { ManagedProcess } from "../../daemon/types.ts";
import { FAULT_CODES } from "../../rpc/faults.ts";
import { makeNamespec, namespecOf } from "../../rpc/namespec.ts";
import { faultName, faultWords } from "./problem.ts";
import type { ActionResult } from "./schemas/processes.ts";

export function success(process: ManagedProcess, text: string): ActionResult {
  const { name, groupName: group } = process;
  return { namespec: namespecOf(process), name, group, ok: true, code: "OK", text };
}

export function failure(code: number, message: string): { code: string; text: string } {
  const name = faultName(code);
  return { code: name, text: faultWords(name, message) };
}

/** The status structs of the XML-RPC API, in our words. */
export function readResults(structs: unknown, done: string): ActionResult[] {
  return (structs as {
    readonly name: string;
    readonly group: string;
    readonly status: number;
    readonly description: string;
  }[]).map(({ name, group, status, description }) => {
    const ok = status === FAULT_CODES.SUCCESS;
    const words = ok ? { code: "OK", text: done } : failure(status, description);
    return { namespec: makeNamespec(group, name), name, group, ok, ...words };
  });
}
