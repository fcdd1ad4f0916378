/**
 * A small XML 1.0 reader for documents that come from anybody: start tags, end tags and text,
 * told to a handler in one pass. Everything XML-RPC needs is understood (CDATA, character
 * references, comments, processing instructions, attributes, which are checked and dropped);
 * DOCTYPE is refused, and with it entities, external files and expansion bombs.
 *
 * What is well-formed here is what expat, the parser of the reference, takes for well-formed.
 */
import { XmlRpcError } from "./value.ts";

export interface XmlHandler {
  start(tag: string): void;
  text(text: string): void;
  end(tag: string): void;
}

/** Elements inside each other; a multicall of structs needs about a dozen. */
export const MAX_DEPTH = 200;

/** Elements in one document: what each costs in memory is many times its four bytes of text. */
const MAX_ELEMENTS = 500_000;

const NAME_START = "A-Za-z_:\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d" +
  "\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf" +
  "\\ufdf0-\\ufffd";
const NAME = `[${NAME_START}][${NAME_START}\\-.0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040]*`;
const TAG_NAME = new RegExp(NAME, "y");
const ATTRIBUTE = new RegExp(`\\s+(${NAME})\\s*=\\s*(?:"([^<"]*)"|'([^<']*)')`, "y");
const TAG_END = /\s*(\/?)>/y;
const END_TAG = new RegExp(`</(${NAME})\\s*>`, "y");
const DECLARATION =
  /^<\?xml\s+version\s*=\s*(["'])[A-Za-z0-9_.:-]+\1(?:\s+encoding\s*=\s*(["'])[A-Za-z][A-Za-z0-9._-]*\2)?(?:\s+standalone\s*=\s*(["'])(?:yes|no)\3)?\s*\?>/;
const INSTRUCTION = new RegExp(`<\\?(${NAME})(?:\\s[^]*?)?\\?>`, "y");
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

const NAMED: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

/** Reads one document. @throws XmlRpcError when it is not well-formed */
export function readXml(document: string, handler: XmlHandler): void {
  const xml = normalize(document);
  const open: string[] = [];
  let at = DECLARATION.exec(xml)?.[0].length ?? 0;
  let elements = 0;

  while (at < xml.length) {
    const mark = xml.indexOf("<", at);
    const textEnd = mark === -1 ? xml.length : mark;
    if (textEnd > at) {
      const text = xml.slice(at, textEnd);
      if (open.length > 0) handler.text(plainText(text));
      else if (!isBlank(text)) throw new XmlRpcError("text outside of the root element");
      at = textEnd;
      continue;
    }

    switch (xml.charCodeAt(at + 1)) {
      case 0x2f: { // </
        const match = matchAt(END_TAG, xml, at);
        const tag = open.pop();
        if (match === null || match[1] !== tag) throw new XmlRpcError("mismatched end tag");
        handler.end(tag as string);
        at += match[0].length;
        break;
      }
      case 0x21: // <!
        at = readDeclaration(xml, at, open.length > 0 ? handler : null);
        break;
      case 0x3f: { // <?
        const match = matchAt(INSTRUCTION, xml, at);
        if (match === null || /^xml$/i.test(match[1] as string)) {
          throw new XmlRpcError("malformed processing instruction");
        }
        at += match[0].length;
        break;
      }
      default: {
        if (open.length === 0 && elements > 0) throw new XmlRpcError("junk after the root element");
        if (open.length === MAX_DEPTH) throw new XmlRpcError("elements are nested too deeply");
        if (++elements > MAX_ELEMENTS) throw new XmlRpcError("too many elements");
        at = readStartTag(xml, at, open, handler);
      }
    }
  }
  if (elements === 0) throw new XmlRpcError("no element found");
  if (open.length > 0) throw new XmlRpcError("the document ends inside an element");
}

/** Checks the characters once for all; line ends become LF (XML 1.0, 2.11). */
function normalize(document: string): string {
  const text = document.charCodeAt(0) === 0xfeff ? document.slice(1) : document;
  if (FORBIDDEN.test(text) || !text.isWellFormed()) {
    throw new XmlRpcError("a character that XML does not allow");
  }
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

function isBlank(text: string): boolean {
  return !/[^ \t\n]/.test(text);
}

function matchAt(pattern: RegExp, xml: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(xml);
}

/** Comment or CDATA; anything else that starts like this is a DOCTYPE or an error. */
function readDeclaration(xml: string, at: number, inside: XmlHandler | null): number {
  if (xml.startsWith("<!--", at)) {
    const end = xml.indexOf("--", at + 4);
    if (end === -1 || xml[end + 2] !== ">") throw new XmlRpcError("malformed comment");
    return end + 3;
  }
  if (inside !== null && xml.startsWith("<![CDATA[", at)) {
    const end = xml.indexOf("]]>", at + 9);
    if (end === -1) throw new XmlRpcError("CDATA without an end");
    inside.text(xml.slice(at + 9, end));
    return end + 3;
  }
  throw new XmlRpcError("document type declarations are not accepted");
}

function readStartTag(xml: string, start: number, open: string[], handler: XmlHandler): number {
  const name = matchAt(TAG_NAME, xml, start + 1);
  if (name === null) throw new XmlRpcError("malformed tag");
  const tag = name[0];
  let at = start + 1 + tag.length;

  // Nearly every tag of XML-RPC ends right after its name.
  if (xml.charCodeAt(at) === 0x3e) {
    open.push(tag);
    handler.start(tag);
    return at + 1;
  }

  const names = new Set<string>();
  for (;;) {
    const attribute = matchAt(ATTRIBUTE, xml, at);
    if (attribute === null) break;
    const attributeName = attribute[1] as string;
    if (names.has(attributeName)) throw new XmlRpcError("duplicate attribute");
    names.add(attributeName);
    resolveReferences(attribute[2] ?? attribute[3] ?? "");
    at += attribute[0].length;
  }
  const end = matchAt(TAG_END, xml, at);
  if (end === null) throw new XmlRpcError("malformed tag");
  handler.start(tag);
  if (end[1] === "/") handler.end(tag);
  else open.push(tag);
  return at + end[0].length;
}

function plainText(text: string): string {
  if (text.includes("]]>")) throw new XmlRpcError("']]>' in text");
  return resolveReferences(text);
}

function resolveReferences(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&([^;&]*)(;?)/g, (_, name: string, end: string) => {
    if (end === "") throw new XmlRpcError("malformed reference");
    return NAMED[name] ?? characterReference(name);
  });
}

function characterReference(name: string): string {
  const match = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name);
  if (match === null) throw new XmlRpcError("undefined entity");
  const code = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16);
  if (!isCharacter(code)) throw new XmlRpcError("reference to a character XML does not allow");
  return String.fromCodePoint(code);
}

function isCharacter(code: number): boolean {
  return code === 0x9 || code === 0xa || code === 0xd || (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}
