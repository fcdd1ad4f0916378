/** The C library through `Deno.dlopen`. */
import {
  firstLibrary,
  type LibcFunctions,
  type LoadedLibrary,
  paddedArguments,
  type Signature,
  signaturesFor,
} from "./libc.ts";
import type { Platform } from "./platform.ts";

/** Deno takes numbers for 64 bit arguments, but always gives bigints back. */
const DENO_KIND = {
  i32: "i32",
  u32: "u32",
  i64: "i64",
  u64: "u64",
  buffer: "buffer",
  pointer: "u64",
} as const;
const DENO_RESULT = { i32: "i32", u32: "u32", pointer: "u64", void: "void" } as const;

type Call = (...args: readonly unknown[]) => unknown;
type Table = Record<string, Deno.ForeignFunction>;

export function loadWithDeno(platform: Platform): LoadedLibrary {
  const table: Table = { [platform.errnoFunction]: { parameters: [], result: "u64" } };
  for (const [name, signature] of signaturesFor(platform)) {
    const { args } = paddedArguments(signature, platform);
    table[name] = {
      parameters: args.map((kind) => DENO_KIND[kind]),
      result: DENO_RESULT[signature.result],
    };
  }
  const handle = firstLibrary(platform.libraries, (name) => Deno.dlopen(name, table));
  const symbols = { ...handle.symbols } as unknown as Record<string, Call>;
  const errnoAddress = symbols[platform.errnoFunction]?.() as bigint;
  const errnoPointer = Deno.UnsafePointer.create(errnoAddress);
  if (errnoPointer === null) throw new Error("The C library has no errno");

  const functions: Record<string, Call> = {};
  for (const [name, signature] of signaturesFor(platform)) {
    const raw = symbols[name];
    if (raw !== undefined) functions[name] = adapt(raw, signature, platform);
  }
  return {
    functions: functions as unknown as LibcFunctions,
    addressOf: (bytes) => Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes))),
    errno: new Int32Array(Deno.UnsafePointerView.getArrayBuffer(errnoPointer, 4)),
    handle,
  };
}

/** Calls that need nothing (nearly all) stay the engine's own function, which it can inline. */
function adapt(raw: Call, signature: Signature, platform: Platform): Call {
  const padded = platform.variadicOnStack && signature.fixed !== undefined;
  const { pad } = paddedArguments(signature, platform);
  const call: Call = padded ? (...args) => raw(...pad(args)) : raw;
  return signature.result === "pointer" ? (...args) => Number(call(...args)) : call;
}
