/**
 * XML-RPC documents to values. The reference does not validate: it looks at the elements it
 * knows wherever they stand, and so do we, because clients came to rely on it. An element's
 * value is made when it ends, from its text before the first child and its children's values.
 */
import { Buffer } from "node:buffer";
import { Fault, isStruct, type Value, XmlRpcError } from "./value.ts";
import { readXml, type XmlHandler } from "./xml.ts";

export interface Call {
  readonly method: string;
  readonly params: readonly Value[];
}

/**
 * Reads a call. `<params>` may be missing; untyped values are strings; base64 becomes text.
 *
 * @throws XmlRpcError when it is not well-formed, a value is malformed, or no method is named
 */
export function decodeCall(document: string | Uint8Array): Call {
  const { method, params } = read(document);
  if (method === null || method === "") {
    throw new XmlRpcError("no method is named", "no method name");
  }
  return { method, params: params ?? [] };
}

/**
 * Reads an answer.
 *
 * @throws Fault when the answer is one
 * @throws XmlRpcError when it is not an XML-RPC answer
 */
export function decodeResponse(document: string | Uint8Array): Value {
  const { params, fault } = read(document);
  if (isStruct(fault)) {
    const { faultCode, faultString } = fault;
    throw new Fault(Number(faultCode), String(faultString));
  }
  const value = params?.[0];
  if (value === undefined) throw new XmlRpcError("neither a value nor a fault in the answer");
  return value;
}

interface Found {
  readonly method: string | null;
  readonly params: readonly Value[] | null;
  readonly fault: Value | undefined;
}

function read(document: string | Uint8Array): Found {
  const reader = new ValueReader();
  readXml(typeof document === "string" ? document : decodeText(document), reader);
  return reader;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Bytes to text: UTF-8 whatever the document declares, as in the reference (where a client that
 * declares something else but sends ASCII or UTF-8 works); Latin-1 only if that fails and the
 * document says so.
 */
function decodeText(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    if (/^<\?xml[^>]*encoding\s*=\s*["'](?:iso-8859-1|latin-?1)["']/i.test(text)) return text;
    throw new XmlRpcError("not UTF-8");
  }
}

/** An element that is still open. */
interface Frame {
  text: string;
  /** The values of its children, in order. */
  readonly children: Value[];
  /** Only for a struct: the children of each of its members. */
  readonly members: Value[][] | null;
}

function newFrame(tag: string): Frame {
  return { text: "", children: [], members: tag === "struct" ? [] : null };
}

class ValueReader implements XmlHandler {
  method: string | null = null;
  params: readonly Value[] | null = null;
  fault: Value | undefined = undefined;
  readonly #stack: Frame[] = [newFrame("")];

  start(tag: string): void {
    this.#stack.push(newFrame(tag));
  }

  text(text: string): void {
    const frame = this.#stack[this.#stack.length - 1] as Frame;
    // Text behind a child belongs to nobody.
    if (frame.children.length === 0) frame.text += text;
  }

  end(tag: string): void {
    const frame = this.#stack.pop() as Frame;
    const parent = this.#stack[this.#stack.length - 1] as Frame;
    const value = this.#valueOf(tag, frame);
    parent.children.push(value);
    parent.members?.push(frame.children);
  }

  #valueOf(tag: string, frame: Frame): Value {
    const { text, children } = frame;
    switch (tag) {
      case "value":
        return children.length > 0 ? children[0] as Value : text;
      case "string":
        return text;
      case "int":
      case "i4":
        return integerOf(text);
      case "boolean":
        return text === "1";
      case "double":
        return doubleOf(text);
      case "array":
      case "param":
        if (children.length === 0) throw new XmlRpcError(`empty <${tag}>`);
        return children[0] as Value;
      case "data":
        return children;
      case "struct":
        return structOf(frame.members ?? []);
      case "base64":
        return base64Of(text);
      case "dateTime.iso8601":
        return dateOf(text);
      case "params":
        this.params = children;
        return null;
      case "methodName":
        this.method = text;
        return text;
      case "fault":
        this.fault = children[0];
        return null;
      default:
        // <name>, <member>, and whatever we do not know: its plain text, if it has any.
        return text === "" ? null : text;
    }
  }
}

/** What Python's int() reads: spaces around, a sign, underscores between digits. */
const INTEGER = /^\s*[+-]?\d+(?:_\d+)*\s*$/;

function integerOf(text: string): number {
  if (!INTEGER.test(text)) throw new XmlRpcError(`not an integer: '${text}'`);
  return Number(text.replaceAll("_", "")) || 0;
}

const DOUBLE = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

function doubleOf(text: string): number {
  if (!DOUBLE.test(text)) throw new XmlRpcError(`not a number: '${text}'`);
  return Number(text);
}

function structOf(members: readonly (readonly Value[])[]): Value {
  const struct: Record<string, Value> = {};
  for (const member of members) {
    const [name, value] = member;
    if (member.length !== 2 || value === undefined) throw new XmlRpcError("malformed <member>");
    if (name !== null && typeof name !== "string") throw new XmlRpcError("malformed <name>");
    const key = name ?? "";
    // Assigning to "__proto__" would change what the object is instead of what it holds.
    if (key === "__proto__") {
      Object.defineProperty(struct, key, { value, enumerable: true, configurable: true });
    } else {
      struct[key] = value;
    }
  }
  return struct;
}

/** Text if it is UTF-8, as in the reference; else the bytes, where the reference answers 400. */
function base64Of(text: string): Value {
  const digits = text.replace(/[^A-Za-z0-9+/=]/g, "");
  if (!/^[^=]*={0,2}$/.test(digits) || digits.length % 4 !== 0) {
    throw new XmlRpcError("malformed base64");
  }
  const bytes = Buffer.from(digits, "base64");
  try {
    return UTF8.decode(bytes);
  } catch {
    return new Uint8Array(bytes);
  }
}

function dateOf(text: string): Date {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(text);
  if (match !== null) {
    const [, year, month, day, hour, minute, second] = match;
    const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    if (!Number.isNaN(date.getTime())) return date;
  }
  throw new XmlRpcError(`not a date: '${text}'`);
}
