/** `system.*`: what this server can do, and several calls in one. */
import { isStruct, type Struct, type Value } from "../xmlrpc/value.ts";
import { Fault, fault, FAULT_CODES } from "./faults.ts";
import { helpText, type Method, signature } from "./method_table.ts";

/** What the methods need of the registry that they are part of. */
export interface Registry {
  methodNames(): string[];
  find(name: string): Method | undefined;
  call(name: string, params: readonly Value[]): Promise<Value>;
}

export const MULTICALL = "system.multicall";

export function systemMethods(registry: Registry): Method[] {
  return [
    {
      names: ["listMethods"],
      help: "Lists the names of all methods.",
      params: [],
      returns: { type: "array", text: "the names, sorted" },
      run: () => registry.methodNames(),
    },
    {
      names: ["methodHelp"],
      help: "Explains a method, its parameters and its result.",
      params: [{ name: "name", type: "string", text: "the method" }],
      returns: { type: "string", text: "the explanation" },
      run: (_, args) => helpText(known(registry, args.raw(0))),
    },
    {
      names: ["methodSignature"],
      help: "Tells the types of a method's result and parameters.",
      params: [{ name: "name", type: "string", text: "the method" }],
      returns: { type: "array", text: "the type of the result, then those of the parameters" },
      run: (_, args) => signature(known(registry, args.raw(0))),
    },
    {
      names: ["multicall"],
      help: "Makes several calls, each after the one before has finished, and returns what each " +
        "returned, or a struct of int faultCode and string faultString.",
      params: [{
        name: "calls",
        type: "array",
        text: "structs of string methodName and array params",
      }],
      returns: { type: "array", text: "one result for each call" },
      run: (_, args) => multicall(registry, args.raw(0)),
    },
  ];
}

/** @throws Fault SIGNATURE_UNSUPPORTED */
function known(registry: Registry, name: Value): Method {
  const method = typeof name === "string" ? registry.find(name) : undefined;
  if (method === undefined) throw fault("SIGNATURE_UNSUPPORTED");
  return method;
}

/**
 * Results are bare, not wrapped in arrays of one as elsewhere: clients of the reference rely on
 * what it does, not on what its help says.
 */
export async function multicall(
  registry: Pick<Registry, "call">,
  calls: Value,
): Promise<Value> {
  if (!Array.isArray(calls)) throw fault("INCORRECT_PARAMETERS");
  const results: Value[] = [];
  for (const call of calls as readonly Value[]) {
    try {
      results.push(await oneOf(registry, call));
    } catch (error) {
      results.push(faultStruct(error));
    }
  }
  return results;
}

function oneOf(registry: Pick<Registry, "call">, call: Value): Promise<Value> {
  if (!isStruct(call)) throw fault("INCORRECT_PARAMETERS");
  const { methodName, params = [] } = call;
  if (methodName === undefined || methodName === null) {
    throw fault("INCORRECT_PARAMETERS", "No methodName");
  }
  if (methodName === MULTICALL) {
    throw fault("INCORRECT_PARAMETERS", `Recursive ${MULTICALL} forbidden`);
  }
  if (typeof methodName !== "string" || !Array.isArray(params)) throw fault("INCORRECT_PARAMETERS");
  return registry.call(methodName, params);
}

function faultStruct(error: unknown): Struct {
  if (error instanceof Fault) return { faultCode: error.code, faultString: error.message };
  const text = error instanceof Error ? error.message : String(error);
  return { faultCode: FAULT_CODES.FAILED, faultString: `FAILED: ${text}` };
}
