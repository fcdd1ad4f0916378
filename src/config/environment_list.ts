/**
 * `environment=KEY=value,KEY2="value"`: a lexer in the manner of Python's shlex (POSIX mode)
 * and the rule that takes its tokens in fours.
 *
 * @see Python docs, shlex, "Parsing Rules"
 */
import { ValueError } from "./errors.ts";

const SPACES = " \t\r\n";
/** Letters of words: ASCII, `_`, Latin-1 letters, and what Supervisor adds. */
const WORD = /[0-9A-Za-z_ßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞ/.+\-():]/;

const WANTED = 'KEY=value or KEY="value", separated by commas';

class Lexer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** null at the end. */
  next(): string | null {
    let token: string | null = null;
    while (this.#at < this.#text.length) {
      const character = this.#take();
      if (SPACES.includes(character)) {
        if (token !== null) return token;
      } else if (character === "#") {
        this.#skipLine();
        if (token !== null) return token;
      } else if (character === "\\") {
        token = (token ?? "") + this.#escaped();
      } else if (character === '"' || character === "'") {
        token = (token ?? "") + this.#quoted(character);
      } else if (WORD.test(character)) {
        token = (token ?? "") + character;
      } else {
        // Anything else is a token by itself; it also ends the word before it.
        if (token === null) return character;
        this.#at -= character.length;
        return token;
      }
    }
    return token;
  }

  #take(): string {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
    this.#at += character.length;
    return character;
  }

  #skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#text.length : end + 1;
  }

  #escaped(): string {
    if (this.#at === this.#text.length) throw new ValueError("No escaped character", WANTED);
    return this.#take();
  }

  #quoted(mark: string): string {
    let text = "";
    for (;;) {
      if (this.#at === this.#text.length) throw new ValueError("No closing quotation", WANTED);
      const character = this.#take();
      if (character === mark) return text;
      if (character !== "\\" || mark === "'") {
        text += character;
        continue;
      }
      const escaped = this.#escaped();
      text += escaped === mark || escaped === "\\" ? escaped : `\\${escaped}`;
    }
  }
}

function tokens(text: string): string[] {
  const lexer = new Lexer(text);
  const found: string[] = [];
  for (let token = lexer.next(); token !== null; token = lexer.next()) found.push(token);
  return found;
}

/**
 * Key-value pairs of an environment list. The token between two pairs is not looked at, so
 * `A=1;B=2` works as well as a comma.
 * @throws ValueError with the reference's text
 */
export function parseEnvironmentList(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  if (text === "") return pairs;
  const all = tokens(text);
  for (let i = 0; i < all.length; i += 4) {
    const key = all[i];
    const value = all[i + 2];
    if (key === undefined || value === undefined || all[i + 1] !== "=") {
      throw new ValueError(`Unexpected end of key/value pairs in value '${text}'`, WANTED);
    }
    // A plain assignment would take the name __proto__ for something else.
    Object.defineProperty(pairs, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return pairs;
}
