/**
 * What a row of the method table says, and what follows from it: the checked arguments, the
 * help text and the signature.
 */
import type { Daemon } from "../daemon/types.ts";
import type { Value } from "../xmlrpc/value.ts";
import { fault } from "./faults.ts";

export type ParamType = "string" | "int" | "boolean" | "array";
export type ReturnType = ParamType | "struct";

export interface Param {
  readonly name: string;
  readonly type: ParamType;
  readonly text: string;
  /** The value of an argument that is left out; optional ones come last. */
  readonly fallback?: Value;
}

/** One method, without its namespace. */
export interface Method {
  /** The first is the name proper, the rest are older names that still work. */
  readonly names: readonly string[];
  /** What it does, in a paragraph. */
  readonly help: string;
  readonly params: readonly Param[];
  readonly returns: { readonly type: ReturnType; readonly text: string };
  /** Not in system.listMethods, which clients compare with Supervisor's. */
  readonly unlisted?: true;
  /** Also answers while the daemon is shutting down or restarting. */
  readonly always?: true;
  /** @throws Fault, now or later */
  run(daemon: Daemon, args: Arguments): Value | Promise<Value>;
}

/** The arguments of one call by position: right in number, checked when they are taken. */
export class Arguments {
  readonly #params: readonly Param[];
  readonly #values: readonly Value[];

  /** @throws Fault INCORRECT_PARAMETERS when there are too few or too many */
  constructor(params: readonly Param[], values: readonly Value[]) {
    const required = params.reduce((n, param) => param.fallback === undefined ? n + 1 : n, 0);
    if (values.length < required || values.length > params.length) {
      throw fault("INCORRECT_PARAMETERS");
    }
    this.#params = params;
    this.#values = values;
  }

  raw(index: number): Value {
    const value = this.#values[index];
    return value !== undefined ? value : this.#params[index]?.fallback ?? null;
  }

  /** @throws Fault INCORRECT_PARAMETERS */
  string(index: number): string {
    const value = this.raw(index);
    if (typeof value !== "string") throw fault("INCORRECT_PARAMETERS");
    return value;
  }

  /** Numbers lose their fraction; text that looks like an integer counts as one. @throws Fault */
  integer(index: number): number {
    const value = this.raw(index);
    if (typeof value === "number" && !Number.isNaN(value)) return clamp(Math.trunc(value));
    if (typeof value === "boolean") return value ? 1 : 0;
    if (typeof value === "string" && /^\s*[+-]?\d{1,15}\s*$/.test(value)) return Number(value);
    throw fault("INCORRECT_PARAMETERS");
  }

  /** What the reference's language takes for true: everything but zero and emptiness. */
  flag(index: number): boolean {
    const value = this.raw(index);
    return Array.isArray(value) ? value.length > 0 : Boolean(value);
  }
}

/** No file is that large: such an offset is simply past the end. */
function clamp(value: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(value, Number.MAX_SAFE_INTEGER));
}

/** A wrong argument as fault texts repeat it. */
export function plainText(value: Value): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

/** The text of system.methodHelp: tools parse its `@param` and `@return` lines. */
export function helpText(method: Method): string {
  const params = method.params.map(({ type, name, text }) => `@param ${type} ${name}  ${text}\n`);
  const { type, text } = method.returns;
  return `${method.help}\n\n${params.join("")}@return ${type} result  ${text}\n`;
}

/** The answer of system.methodSignature: the type of the result, then those of the arguments. */
export function signature(method: Method): string[] {
  return [method.returns.type, ...method.params.map((param) => param.type)];
}
