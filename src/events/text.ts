/** A child's bytes as text: what decodes is text, the rest is shown with a marker. */
import { isUtf8 } from "node:buffer";
import { pythonBytesLiteral } from "./python_literal.ts";

/** A byte order mark is a character like any other here, as it is for Python's "utf-8". */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * UTF-8 decoded; anything else becomes `Undecodable: b'..'` as a whole, the form that
 * listeners and readers of debug logs know from the reference.
 */
export function textOrUndecodable(bytes: Uint8Array): string {
  return isUtf8(bytes) ? decoder.decode(bytes) : undecodable(bytes);
}

export function undecodable(bytes: Uint8Array): string {
  return `Undecodable: ${pythonBytesLiteral(bytes)}`;
}
