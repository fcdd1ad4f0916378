/**
 * Bytes as Python prints them (`b'caf\xe9'`): listeners and people who read the logs know
 * undecodable output in this form.
 * @see Python language reference, "String and Bytes literals"; bytes.__repr__
 */

const BACKSLASH = 0x5c;
const SINGLE_QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;

const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x09, "\\t"],
  [0x0a, "\\n"],
  [0x0d, "\\r"],
  [BACKSLASH, "\\\\"],
]);

/**
 * Single quotes, unless the bytes contain a single and no double quote. Everything but
 * printable ASCII is escaped.
 */
export function pythonBytesLiteral(bytes: Uint8Array): string {
  const quote = bytes.includes(SINGLE_QUOTE) && !bytes.includes(DOUBLE_QUOTE)
    ? DOUBLE_QUOTE
    : SINGLE_QUOTE;
  const quoteText = String.fromCharCode(quote);
  let text = `b${quoteText}`;
  for (const byte of bytes) {
    const short = SHORT_ESCAPES.get(byte);
    if (short !== undefined) text += short;
    else if (byte === quote) text += `\\${quoteText}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return text + quoteText;
}
