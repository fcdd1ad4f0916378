/**
 * `command=` to words, as a POSIX shell would split them, without running a shell: nothing
 * is expanded, `#` is an ordinary character.
 *
 * @see Python docs, shlex, "Parsing Rules", POSIX mode with whitespace_split
 */
export type Split =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly reason: "No closing quotation" | "No escaped character" };

const SPACES = " \t\r\n";
/** Without one of these, words are what is between spaces. */
const SPECIAL = /["'\\]/;
const PLAIN_WORDS = /[^ \t\r\n]+/g;

/**
 * Splits at white space. Single quotes are literal; in double quotes a backslash escapes only
 * `"` and `\`; elsewhere it escapes anything. `""` is an empty word.
 */
export function splitCommand(text: string): Split {
  if (!SPECIAL.test(text)) return { ok: true, words: text.match(PLAIN_WORDS) ?? [] };
  const words: string[] = [];
  /** null: between words. */
  let word: string | null = null;
  let i = 0;
  while (i < text.length) {
    const character = text.charAt(i++);
    if (SPACES.includes(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === "\\") {
      if (i === text.length) return { ok: false, reason: "No escaped character" };
      word = (word ?? "") + text.charAt(i++);
    } else if (character === "'" || character === '"') {
      word ??= "";
      for (;;) {
        if (i === text.length) return { ok: false, reason: "No closing quotation" };
        const inner = text.charAt(i++);
        if (inner === character) break;
        if (inner !== "\\" || character === "'") {
          word += inner;
          continue;
        }
        if (i === text.length) return { ok: false, reason: "No escaped character" };
        const escaped = text.charAt(i++);
        word += escaped === '"' || escaped === "\\" ? escaped : `\\${escaped}`;
      }
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== null) words.push(word);
  return { ok: true, words };
}
