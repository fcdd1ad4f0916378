/**
 * Plain data to bytes and back: JSON, and what JSON cannot say. Byte arrays and infinite numbers are
 * objects with one key that begins with `$`; an object of somebody else that looks like that is
 * written as a list of its pairs.
 */
import { Buffer } from "node:buffer";

const BYTES = "$bytes";
const NUMBER = "$number";
const PAIRS = "$pairs";

export function encodePlain(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(wrap(value)));
}

/** @throws SyntaxError for what encodePlain() has not written */
export function decodePlain(bytes: Uint8Array): unknown {
  return unwrap(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
}

function wrap(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    const { buffer, byteOffset, byteLength } = value;
    return { [BYTES]: Buffer.from(buffer, byteOffset, byteLength).toString("base64") };
  }
  if (typeof value === "number" && !Number.isFinite(value)) return { [NUMBER]: String(value) };
  if (Array.isArray(value)) return value.map(wrap);
  if (typeof value !== "object" || value === null) return value;
  const pairs = Object.entries(value).filter(([, one]) => one !== undefined)
    .map(([key, one]) => [key, wrap(one)] as const);
  const isOurs = pairs.some(([key]) => key.startsWith("$") || key === "__proto__");
  return isOurs ? { [PAIRS]: pairs } : Object.fromEntries(pairs);
}

function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== "object" || value === null) return value;
  const [first, ...more] = Object.entries(value);
  if (first !== undefined && more.length === 0) {
    const [key, content] = first;
    if (key === BYTES && typeof content === "string") {
      return new Uint8Array(Buffer.from(content, "base64"));
    }
    if (key === NUMBER && typeof content === "string") return Number(content);
    if (key === PAIRS && Array.isArray(content)) return fromPairs(content);
  }
  return fromPairs(Object.entries(value));
}

/** Not an assignment: a key `__proto__` would be none. */
function fromPairs(pairs: readonly unknown[]): unknown {
  return Object.fromEntries(pairs.map((pair) => {
    if (!Array.isArray(pair) || typeof pair[0] !== "string") throw new SyntaxError("no pair");
    return [pair[0], unwrap(pair[1])];
  }));
}
