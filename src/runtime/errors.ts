/** Numbers of errors to their symbols and back. */
import { constants } from "node:os";
import { SystemError } from "./system_error.ts";

let codeByNumber: ReadonlyMap<number, string> | undefined;

/** Two names for one number on Linux: the first is the one people know. */
const PREFERRED = ["EAGAIN", "ENOTSUP"];

function numbers(): Readonly<Record<string, number>> {
  return constants.errno as unknown as Record<string, number>;
}

/** `ENOENT` for 2; `errno 1234` for a number without a name. */
export function errnoCode(errno: number): string {
  if (codeByNumber === undefined) {
    const codes = new Map(Object.entries(numbers()).map(([code, number]) => [number, code]));
    for (const code of PREFERRED) {
      const number = numbers()[code];
      if (number !== undefined) codes.set(number, code);
    }
    codeByNumber = codes;
  }
  return codeByNumber.get(errno) ?? `errno ${errno}`;
}

/** The number of a symbol on this platform; 0 for one it does not have. */
export function errnoNumber(code: string): number {
  return numbers()[code] ?? 0;
}

export function systemError(code: string, call: string, detail = ""): SystemError {
  return new SystemError(code, errnoNumber(code), call, detail);
}
