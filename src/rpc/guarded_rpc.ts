/** The API in the hands of somebody who may not do everything, or whose deeds are written down. */
import { isStruct, type Value } from "../xmlrpc/value.ts";
import { fault, FAULT_CODES } from "./faults.ts";
import type { Rpc } from "./methods.ts";
import { describeNeed, type Need, needOfCall, type Permission } from "./permissions.ts";
import { MULTICALL, multicall } from "./system_methods.ts";

/** By which way somebody came. */
export type Interface = "xmlrpc" | "api" | "page" | "logs";

export interface Deed {
  readonly by: Interface;
  /** `supervisor.stopProcess`, `stopProcess`, `stop`. */
  readonly action: string;
  /** What it was done to; "" for the daemon. */
  readonly target: string;
}

/** Who is behind a request, and what they may do. */
export interface Access {
  /** `token:deploy`, `user:admin`, `anonymous`. */
  readonly who: string;
  readonly permission: Permission;
  permits(need: Need): boolean;
  /** Writes down what was done, or tried; what only looks is not noted. @param result "ok", or why not */
  note(deed: Deed, result: string): void;
}

export class NotPermittedError extends Error {
  constructor(need: Need) {
    super(describeNeed(need));
    this.name = "NotPermittedError";
  }
}

/**
 * Does something if it may be done, and has it noted with its outcome.
 *
 * @param outcomeOf what is noted of a result; a request can be answered and still have failed
 * @throws NotPermittedError as a rejection, and what `work` throws
 */
export async function doAs<T>(
  access: Access,
  need: Need,
  deed: Deed,
  work: () => T | Promise<T>,
  outcomeOf: (result: T) => string = () => "ok",
): Promise<T> {
  if (!access.permits(need)) {
    access.note(deed, "not permitted");
    throw new NotPermittedError(need);
  }
  if (need.kind === "view") return await work();
  try {
    const result = await work();
    access.note(deed, outcomeOf(result));
    return result;
  } catch (error) {
    access.note(deed, error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** What is done to several answers a struct for each. */
function outcomeOfCall(result: Value): string {
  if (!Array.isArray(result)) return "ok";
  const failed = (result as readonly Value[]).filter((one) =>
    isStruct(one) && typeof one["status"] === "number" && one["status"] !== FAULT_CODES.SUCCESS
  );
  return failed.length === 0 ? "ok" : `${failed.length} of ${result.length} failed`;
}

/** The same methods; what may not be called is fault NOT_PERMITTED. */
export function guardRpc(rpc: Rpc, access: Access): Rpc {
  async function call(name: string, params: readonly Value[]): Promise<Value> {
    // Its calls would come by no guard any more.
    if (name === MULTICALL && params.length === 1) {
      return await multicall({ call }, params[0] ?? null);
    }
    const [first] = params;
    const deed = {
      by: "xmlrpc",
      action: name,
      target: typeof first === "string" ? first : "",
    } as const;
    try {
      return await doAs(
        access,
        needOfCall(name, params),
        deed,
        () => rpc.call(name, params),
        outcomeOfCall,
      );
    } catch (error) {
      if (error instanceof NotPermittedError) throw fault("NOT_PERMITTED", error.message);
      throw error;
    }
  }
  return { ...rpc, call, run: call };
}
