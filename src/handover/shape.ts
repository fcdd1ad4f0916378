/**
 * What data from outside must look like. A shape checks a value and says where it differs; keys
 * that it does not know are left alone, so that a newer program may write more.
 */

/** Says where, what was wanted, and what was found. */
export class ShapeError extends Error {}

/** @throws ShapeError */
export type Shape = (value: unknown, at: string) => void;

function wanted(what: string, isIt: (value: unknown) => boolean): Shape {
  return (value, at) => {
    if (!isIt(value)) throw new ShapeError(`${at} is ${nameOf(value)} and not ${what}`);
  };
}

function nameOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Uint8Array) return "bytes";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

export const text = wanted("text", (value) => typeof value === "string");
export const flag = wanted("true or false", (value) => typeof value === "boolean");
export const number = wanted("a number", (value) => typeof value === "number");
export const count = wanted(
  "a count",
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);
export const bytes = wanted("bytes", (value) => value instanceof Uint8Array);
/** An open file; -1 is none. */
export const descriptor = wanted(
  "a file descriptor",
  (value) => Number.isInteger(value) && Number(value) >= -1 && Number(value) < 2 ** 31,
);
const record = wanted("an object", isRecord);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Uint8Array);
}

export function oneOf(...words: readonly string[]): Shape {
  return wanted(`one of ${words.join(", ")}`, (value) => words.includes(String(value)));
}

export function nullable(shape: Shape): Shape {
  return (value, at) => {
    if (value !== null) shape(value, at);
  };
}

/** What an older program did not write. */
export function optional(shape: Shape): Shape {
  return (value, at) => {
    if (value !== undefined) shape(value, at);
  };
}

export function list(shape: Shape): Shape {
  const isList = wanted("a list", Array.isArray);
  return (value, at) => {
    isList(value, at);
    for (const [index, one] of (value as unknown[]).entries()) shape(one, `${at}[${index}]`);
  };
}

export function object(shapes: Readonly<Record<string, Shape>>): Shape {
  return (value, at) => {
    record(value, at);
    for (const [key, shape] of Object.entries(shapes)) {
      shape((value as Record<string, unknown>)[key], `${at}.${key}`);
    }
  };
}

/** Any keys, values of one shape. */
export function map(shape: Shape): Shape {
  return (value, at) => {
    record(value, at);
    for (const [key, one] of Object.entries(value as object)) shape(one, `${at}.${key}`);
  };
}
