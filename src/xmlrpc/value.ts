/** What travels over the wire, and the two ways a document can disappoint. */

/**
 * A value of XML-RPC. Integers and doubles are both `number`: an integral number is written as
 * `<int>`. `Uint8Array` only comes out of a base64 parameter that is not UTF-8 text; `null` only
 * out of an element without content that is not one of XML-RPC's (`<nil/>`).
 */
export type Value =
  | string
  | number
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly Value[]
  | Struct;

/** A struct of XML-RPC. */
export interface Struct {
  /** By name of the member. */
  readonly [member: string]: Value;
}

export function isStruct(value: Value | undefined): value is Struct {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date) && !(value instanceof Uint8Array);
}

/** The document is not XML, or not an XML-RPC document; HTTP 400 on the server's side. */
export class XmlRpcError extends Error {
  /** A document without a fault but without a `<methodName>` either is logged in other words. */
  readonly reason: "unmarshallable" | "no method name";
  constructor(message: string, reason: "unmarshallable" | "no method name" = "unmarshallable") {
    super(message);
    this.name = "XmlRpcError";
    this.reason = reason;
  }
}

/** An answer that says no: a number that programs read and a text for people. */
export class Fault extends Error {
  /** The number that programs read. */
  readonly code: number;
  /**
   * Makes one to be thrown.
   *
   * @param text for people
   */
  constructor(code: number, text: string) {
    super(text);
    this.name = "Fault";
    this.code = code;
  }
}
