/** A search pattern taken apart: what it is made of, without any idea how it is run. */

export class PatternError extends Error {
  override readonly name = "PatternError";
}

const MAX_REPEAT = 500;

export type Node =
  | { readonly type: "set"; readonly set: CharSet }
  | { readonly type: "assert"; readonly what: Assertion }
  | { readonly type: "sequence"; readonly items: readonly Node[] }
  | { readonly type: "either"; readonly items: readonly Node[] }
  | {
    readonly type: "repeat";
    readonly item: Node;
    readonly min: number;
    readonly max: number;
    readonly lazy: boolean;
  };

export type Assertion = "begin" | "end" | "boundary" | "inside";

export type Range = readonly [number, number];

export interface CharSet {
  readonly ranges: readonly Range[];
  readonly negated: boolean;
}

const DIGITS: readonly Range[] = [[0x30, 0x39]];
export const WORD: readonly Range[] = [[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const SPACE: readonly Range[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const LINE_ENDS: readonly Range[] = [[0x0a, 0x0a], [0x0d, 0x0d], [0x2028, 0x2029]];
const CLASSES: Readonly<Record<string, readonly Range[]>> = { d: DIGITS, w: WORD, s: SPACE };
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, "0": 0 };

/** The ranges between these. */
function complement(ranges: readonly Range[]): Range[] {
  const out: Range[] = [];
  let next = 0;
  for (const [from, to] of ranges) {
    if (from > next) out.push([next, from - 1]);
    next = to + 1;
  }
  out.push([next, 0xffff]);
  return out;
}

const MAX_SOURCE = 1000;

/** @throws PatternError with a sentence for who wrote the pattern */
export function parsePattern(source: string): Node {
  if (source.length > MAX_SOURCE) {
    throw new PatternError(`the pattern has more than ${MAX_SOURCE} characters`);
  }
  return new PatternParser(source).parse();
}

/** Use it once. */
class PatternParser {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Node {
    const tree = this.#either();
    if (this.#at < this.#source.length) throw new PatternError("unmatched )");
    return tree;
  }

  #either(): Node {
    if (++this.#depth > 100) throw new PatternError("the groups are nested too deeply");
    const items = [this.#sequence()];
    while (this.#take("|")) items.push(this.#sequence());
    this.#depth--;
    return items.length === 1 ? items[0] as Node : { type: "either", items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    for (
      let next = this.#peek();
      next !== "" && next !== "|" && next !== ")";
      next = this.#peek()
    ) {
      items.push(this.#repeats(this.#atom()));
    }
    return items.length === 1 ? items[0] as Node : { type: "sequence", items };
  }

  #repeats(item: Node): Node {
    const bounds = this.#quantifier();
    if (bounds === null) return item;
    if (item.type === "assert") throw new PatternError("nothing to repeat");
    const [min, max] = bounds;
    const lazy = this.#take("?");
    if (this.#quantifier() !== null) throw new PatternError("nothing to repeat");
    return { type: "repeat", item, min, max, lazy };
  }

  #quantifier(): [number, number] | null {
    if (this.#take("*")) return [0, Infinity];
    if (this.#take("+")) return [1, Infinity];
    if (this.#take("?")) return [0, 1];
    const braces = /^\{(\d+)(,(\d*))?\}/.exec(this.#source.slice(this.#at, this.#at + 24));
    if (braces === null) return null;
    this.#at += braces[0].length;
    const min = Number(braces[1]);
    const max = braces[2] === undefined ? min : braces[3] === "" ? Infinity : Number(braces[3]);
    if (max < min) throw new PatternError("the numbers of a quantifier are out of order");
    if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT)) {
      throw new PatternError(`more than ${MAX_REPEAT} repetitions`);
    }
    return [min, max];
  }

  #atom(): Node {
    const char = this.#next();
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return { type: "set", set: this.#class() };
      case ".":
        return { type: "set", set: { ranges: LINE_ENDS, negated: true } };
      case "^":
        return { type: "assert", what: "begin" };
      case "$":
        return { type: "assert", what: "end" };
      case "*":
      case "+":
      case "?":
        throw new PatternError("nothing to repeat");
      case "\\":
        return this.#escape();
      default:
        if (char === "{" && /^\d+(,\d*)?\}/.test(this.#source.slice(this.#at, this.#at + 24))) {
          throw new PatternError("nothing to repeat");
        }
        return literal(char.charCodeAt(0));
    }
  }

  #group(): Node {
    if (this.#take("?")) {
      const rest = this.#source.slice(this.#at);
      if (/^(?:[=!]|<[=!])/.test(rest)) {
        throw new PatternError("looking ahead or behind is not supported");
      }
      const opening = /^(?::|<[A-Za-z_$][\w$]*>)/.exec(rest);
      if (opening === null) throw new PatternError("invalid group");
      this.#at += opening[0].length;
    }
    const inside = this.#either();
    if (!this.#take(")")) throw new PatternError("missing )");
    // An assertion alone cannot be repeated; one in a group can, for what that is worth.
    return inside.type === "assert" ? { type: "sequence", items: [inside] } : inside;
  }

  #escape(): Node {
    const char = this.#next();
    if (char === "b") return { type: "assert", what: "boundary" };
    if (char === "B") return { type: "assert", what: "inside" };
    if (/[1-9k]/.test(char)) throw new PatternError("back-references are not supported");
    const ranges = this.#classEscape(char);
    return ranges === null
      ? literal(this.#charEscape(char))
      : { type: "set", set: { ranges, negated: false } };
  }

  /** The ranges of `\d` and the like; null for an escaped single character. */
  #classEscape(char: string): readonly Range[] | null {
    const ranges = Object.hasOwn(CLASSES, char.toLowerCase()) ? CLASSES[char.toLowerCase()] : null;
    if (ranges === null || ranges === undefined) return null;
    return char === char.toLowerCase() ? ranges : complement(ranges);
  }

  #charEscape(char: string): number {
    if (char === "") throw new PatternError("\\ at the end of the pattern");
    const control = Object.hasOwn(CONTROLS, char) ? CONTROLS[char] : undefined;
    if (control !== undefined) return control;
    if (char === "x" || char === "u") {
      const digits = char === "x" ? 2 : 4;
      const hex = this.#source.slice(this.#at, this.#at + digits);
      if (hex.length === digits && /^[0-9a-fA-F]+$/.test(hex)) {
        this.#at += digits;
        return Number.parseInt(hex, 16);
      }
      return char.charCodeAt(0);
    }
    if (/[A-Za-z0-9]/.test(char)) throw new PatternError(`unknown escape \\${char}`);
    return char.charCodeAt(0);
  }

  #class(): CharSet {
    const negated = this.#take("^");
    const ranges: Range[] = [];
    while (!this.#take("]")) {
      if (this.#at >= this.#source.length) throw new PatternError("missing ]");
      const low = this.#classItem();
      if (typeof low !== "number" || this.#peek() !== "-" || this.#source[this.#at + 1] === "]") {
        ranges.push(...(typeof low === "number" ? [[low, low] as const] : low));
        continue;
      }
      this.#at++;
      if (this.#at >= this.#source.length) throw new PatternError("missing ]");
      const high = this.#classItem();
      if (typeof high !== "number") ranges.push([low, low], [0x2d, 0x2d], ...high);
      else if (high < low) throw new PatternError("a range in [] is out of order");
      else ranges.push([low, high]);
    }
    return { ranges, negated };
  }

  #classItem(): number | readonly Range[] {
    const char = this.#next();
    if (char !== "\\") return char.charCodeAt(0);
    const escaped = this.#next();
    if (escaped === "b") return 8;
    if (/[1-9]/.test(escaped)) throw new PatternError("octal escapes are not supported");
    return this.#classEscape(escaped) ?? this.#charEscape(escaped);
  }

  #peek(): string {
    return this.#source[this.#at] ?? "";
  }

  #next(): string {
    return this.#source[this.#at++] ?? "";
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }
}

function literal(code: number): Node {
  return { type: "set", set: { ranges: [[code, code]], negated: false } };
}
