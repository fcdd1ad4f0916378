/**
 * Values to XML-RPC documents, byte for byte as Python's xmlrpc.client lays them out: some
 * clients of supervisord read the answer with patterns instead of a parser.
 */
import { Buffer } from "node:buffer";
import { isStruct, type Struct, type Value } from "./value.ts";

const DECLARATION = "<?xml version='1.0'?>\n";

/** The answer to a call that worked. @throws TypeError for a value that XML-RPC cannot express */
export function encodeResponse(value: Value): string {
  if (typeof value !== "object" || value === null) return responseDocument(encodeValue(value));
  // First, because asking whether a large array is frozen takes its time.
  const known = answeredOnce.get(value);
  if (known !== undefined) return known;
  if (!Object.isFrozen(value)) return responseDocument(renderObject(value));
  const text = flat(responseDocument(renderObject(value)));
  answeredOnce.set(value, text);
  return text;
}

function responseDocument(encoded: string): string {
  return DECLARATION + "<methodResponse>\n<params>\n<param>\n" + encoded +
    "</param>\n</params>\n</methodResponse>\n";
}

/** The answer to a call that was refused. */
export function encodeFault(code: number, text: string): string {
  return DECLARATION + "<methodResponse>\n<fault>\n" +
    encodeValue({ faultCode: code, faultString: text }) + "</fault>\n</methodResponse>\n";
}

/** A call, as a client sends it. @throws TypeError for a value that XML-RPC cannot express */
export function encodeCall(method: string, params: readonly Value[]): string {
  let text = DECLARATION + "<methodCall>\n<methodName>" + escapeText(method) +
    "</methodName>\n<params>\n";
  for (const param of params) text += "<param>\n" + encodeValue(param) + "</param>\n";
  return text + "</params>\n</methodCall>\n";
}

function encodeValue(value: Value): string {
  switch (typeof value) {
    case "string":
      return "<value><string>" + escapeText(value) + "</string></value>\n";
    case "number":
      return Number.isInteger(value)
        ? "<value><int>" + integerText(value) + "</int></value>\n"
        : "<value><double>" + value + "</double></value>\n";
    case "boolean":
      return value ? TRUE : FALSE;
    default:
      return encodeObject(value);
  }
}

const TRUE = "<value><boolean>1</boolean></value>\n";
const FALSE = "<value><boolean>0</boolean></value>\n";

/** Plain digits also where `String(1e21)` would use an exponent. */
function integerText(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString();
}

/**
 * Frozen arrays and structs are taken to be immutable all the way down and are rendered once.
 * The info structs of processes that did not change are asked for thousands of times a second
 * by dashboards; this makes such an answer a lookup.
 */
const renderedOnce = new WeakMap<object, string>();
/** The same for whole answers. */
const answeredOnce = new WeakMap<object, string>();

/**
 * Engines put strings off that are made of others until somebody looks at a character: here, once,
 * and not again in each answer.
 */
function flat(text: string): string {
  text.charCodeAt(0);
  return text;
}

function encodeObject(value: Exclude<Value, string | number | boolean>): string {
  if (value === null) throw new TypeError("XML-RPC has no null");
  const known = renderedOnce.get(value);
  if (known !== undefined) return known;
  if (!Object.isFrozen(value)) return renderObject(value);
  const text = flat(renderObject(value));
  renderedOnce.set(value, text);
  return text;
}

function renderObject(value: Exclude<Value, string | number | boolean | null>): string {
  if (Array.isArray(value)) {
    let text = "<value><array><data>\n";
    for (const item of value as readonly Value[]) text += encodeValue(item);
    return text + "</data></array></value>\n";
  }
  if (isStruct(value)) return renderStruct(value);
  if (value instanceof Date) {
    return "<value><dateTime.iso8601>" + dateText(value) + "</dateTime.iso8601></value>\n";
  }
  const base64 = Buffer.from(value as Uint8Array).toString("base64");
  return "<value><base64>\n" + base64 + "\n</base64></value>\n";
}

function renderStruct(struct: Struct): string {
  let text = "<value><struct>\n";
  for (const name in struct) {
    text += "<member>\n<name>" + escapeText(name) + "</name>\n" +
      encodeValue(struct[name] as Value) + "</member>\n";
  }
  return text + "</struct></value>\n";
}

/** `20261123T08:33:00`, without a zone, as XML-RPC has it; we write UTC. */
function dateText(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll("-", "");
}

/** What cannot stand in XML text as it is, or not at all (XML 1.0, production 2, Char). */
// deno-lint-ignore no-control-regex
const SPECIAL = /[&<>\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/;
// deno-lint-ignore no-control-regex
const EVERY_SPECIAL = /[&<>\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/**
 * Escapes `&`, `<` and `>`, and puts U+FFFD in the place of each character that no XML 1.0
 * document may hold (an ESC of a coloured log, half a surrogate pair): the reference sends them
 * as they are and its own client then gives up on the whole answer.
 */
function escapeText(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.toWellFormed().replace(EVERY_SPECIAL, escapeCharacter);
}

function escapeCharacter(character: string): string {
  switch (character) {
    case "&":
      return "&amp;";
    case "<":
      return "&lt;";
    case ">":
      return "&gt;";
    default:
      return "\ufffd";
  }
}
