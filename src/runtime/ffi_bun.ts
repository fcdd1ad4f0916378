/** The C library through `bun:ffi`. */
import {
  firstLibrary,
  type LibcFunctions,
  type LoadedLibrary,
  paddedArguments,
  signaturesFor,
} from "./libc.ts";
import type { Platform } from "./platform.ts";

/** The part of `Bun.FFI` (which is `bun:ffi`) in use; declared here because deno check reads this too. */
export interface BunFfi {
  dlopen(
    library: string,
    symbols: Record<string, { args: readonly string[]; returns: string }>,
  ): { symbols: Record<string, (...args: readonly unknown[]) => unknown> };
  ptr(view: ArrayBufferView): number;
  toArrayBuffer(address: number, offset: number, length: number): ArrayBuffer;
}

/** `ptr` takes a typed array, a number and null alike. `u64_fast`: a number whenever it fits one. */
const BUN_KIND = {
  i32: "i32",
  u32: "u32",
  i64: "i64",
  u64: "u64",
  buffer: "ptr",
  pointer: "u64",
} as const;
const BUN_RESULT = { i32: "i32", u32: "u32", pointer: "u64_fast", void: "void" } as const;

export function loadWithBun(ffi: BunFfi, platform: Platform): LoadedLibrary {
  const table: Record<string, { args: readonly string[]; returns: string }> = {
    [platform.errnoFunction]: { args: [], returns: "u64_fast" },
  };
  for (const [name, signature] of signaturesFor(platform)) {
    const { args } = paddedArguments(signature, platform);
    table[name] = {
      args: args.map((kind) => BUN_KIND[kind]),
      returns: BUN_RESULT[signature.result],
    };
  }
  const handle = firstLibrary(platform.libraries, (name) => ffi.dlopen(name, table));
  const symbols = { ...handle.symbols };
  const errnoAddress = Number(symbols[platform.errnoFunction]?.());
  if (platform.variadicOnStack) {
    for (const [name, signature] of signaturesFor(platform)) {
      const raw = symbols[name];
      const { pad } = paddedArguments(signature, platform);
      if (raw !== undefined && signature.fixed !== undefined) {
        symbols[name] = (...args) => raw(...pad(args));
      }
    }
  }
  return {
    functions: symbols as unknown as LibcFunctions,
    addressOf: (bytes) => ffi.ptr(bytes),
    errno: new Int32Array(ffi.toArrayBuffer(errnoAddress, 0, 4)),
    handle,
  };
}
