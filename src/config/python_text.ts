/**
 * The corners of Python's text handling that configuration files and error texts show:
 * what counts as white space, how int() reads a number, how repr() quotes a string.
 */

/** Characters for which `str.isspace()` holds; JavaScript's own set differs in both directions. */
const SPACE =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const LEADING_SPACE = new RegExp(`^[${SPACE}]+`);
const TRAILING_SPACE = new RegExp(`[${SPACE}]+$`);
const ONE_SPACE = new RegExp(`[${SPACE}]`);
const NOT_SPACE = new RegExp(`[^${SPACE}]`);
const SPACES = new RegExp(`[${SPACE}]+`);

/** A character that cannot be white space, told without a regular expression. */
function isPlain(unit: number): boolean {
  return unit > 0x20 && unit < 0x7f;
}

/** `str.strip()`. */
export function strip(text: string): string {
  // Most texts have nothing to strip, and every line of every file comes through here.
  if (isPlain(text.charCodeAt(0)) && isPlain(text.charCodeAt(text.length - 1))) return text;
  return text.replace(LEADING_SPACE, "").replace(TRAILING_SPACE, "");
}

/** `str.rstrip()`. */
export function stripEnd(text: string): string {
  if (isPlain(text.charCodeAt(text.length - 1))) return text;
  return text.replace(TRAILING_SPACE, "");
}

/** `str.isspace()` of one character. */
export function isSpace(character: string): boolean {
  return ONE_SPACE.test(character);
}

/** Index of the first character that is not white space; -1 when there is none. */
export function firstNonSpace(text: string): number {
  if (isPlain(text.charCodeAt(0))) return 0;
  return text.search(NOT_SPACE);
}

/** `str.split()` without arguments. */
export function splitWords(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== "");
}

/** Order by code point, as `sorted()` does; JavaScript's own order is by UTF-16 unit. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above every other unit, so they sort last.
    const xSurrogate = x >= 0xd800 && x <= 0xdfff;
    const ySurrogate = y >= 0xd800 && y <= 0xdfff;
    if (xSurrogate !== ySurrogate) return xSurrogate ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

function hexEscape(point: number): string {
  const hex = point.toString(16);
  if (point < 0x100) return `\\x${hex.padStart(2, "0")}`;
  if (point < 0x10000) return `\\u${hex.padStart(4, "0")}`;
  return `\\U${hex.padStart(8, "0")}`;
}

function quote(text: string, mustEscape: RegExp): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let body = "";
  for (const character of text) {
    if (character === mark) body += `\\${mark}`;
    else if (character in SHORT_ESCAPES) body += SHORT_ESCAPES[character];
    else if (character !== " " && mustEscape.test(character)) {
      body += hexEscape(character.codePointAt(0)!);
    } else body += character;
  }
  return mark + body + mark;
}

/** `repr()` of a string: `'it'`, `"it's"`, `'a\n'`, `'\xa0'`. */
export function repr(text: string): string {
  // Names and paths are nearly always plain; the long way looks at each character.
  if (/^[ !#-&(-[\]-~]*$/.test(text)) return `'${text}'`;
  return quote(text, /[\p{C}\p{Z}]/u);
}

/** `ascii()` of a string: like repr, everything outside ASCII escaped. */
export function asciiRepr(text: string): string {
  return quote(text, /[^\x20-\x7e]/u);
}

/** Value of one decimal digit of any script; -1 for other characters. */
function digitValue(character: string): number {
  if (character >= "0" && character <= "9") return character.charCodeAt(0) - 48;
  if (!/\p{Nd}/u.test(character)) return -1;
  // Digits come in runs of ten (or multiples of ten) that start with a zero.
  const point = character.codePointAt(0)!;
  let start = point;
  while (/\p{Nd}/u.test(String.fromCodePoint(start - 1))) start--;
  return (point - start) % 10;
}

const ASCII_NUMBER = /^[ \t-\r]*([+-]?)([0-9]+(?:_[0-9]+)*)[ \t-\r]*$/;
const ASCII_OCTAL = /^[ \t-\r]*([+-]?)(?:0[oO]_?)?([0-7]+(?:_[0-7]+)*)[ \t-\r]*$/;

/** White space and digits of other scripts become their ASCII twins, as int() sees them. */
function toAscii(text: string): string {
  // deno-lint-ignore no-control-regex -- "is it all ASCII" is the question
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  let ascii = "";
  for (const character of text) {
    const digit = digitValue(character);
    if (digit >= 0) ascii += String(digit);
    else ascii += isSpace(character) ? " " : character;
  }
  return ascii;
}

/**
 * `int(text, base)`: surrounding white space, a sign, digits with single underscores between
 * them; digits of any script.
 * @returns undefined when Python raises ValueError
 */
export function parseInteger(text: string, base: 8 | 10 = 10): bigint | undefined {
  const match = (base === 8 ? ASCII_OCTAL : ASCII_NUMBER).exec(toAscii(text));
  if (match === null) return undefined;
  const digits = match[2]!.replaceAll("_", "");
  const value = BigInt(base === 8 ? `0o${digits}` : digits);
  return match[1] === "-" ? -value : value;
}

/** The text of the ValueError that `int(text)` raises; it shows at most 200 characters. */
export function integerErrorText(text: string): string {
  return `invalid literal for int() with base 10: ${[...repr(text)].slice(0, 200).join("")}`;
}
