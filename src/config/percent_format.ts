/**
 * Python's `%` operator with a mapping on its right: `%(name)s`, flags, width, precision and
 * every conversion, with Python's error texts.
 *
 * @see Python docs, "printf-style String Formatting"
 */
import { asciiRepr, repr } from "./python_text.ts";

export type FormatValue = string | number;

/** A name that the mapping does not have. */
export class UnknownNameError extends Error {
  readonly unknown: string;
  constructor(unknown: string) {
    super(repr(unknown));
    this.unknown = unknown;
  }
}

/** The format itself is wrong; the message is Python's. */
export class BadFormatError extends Error {}

/** Far above any sensible padding, far below what would exhaust memory. */
const MAX_PADDING = 1_000_000;

interface Conversion {
  readonly alternate: boolean;
  readonly left: boolean;
  readonly plus: boolean;
  readonly blank: boolean;
  readonly zero: boolean;
  /** -1: none. */
  readonly width: number;
  /** -1: none. */
  readonly precision: number;
  readonly type: string;
}

/** What an unnamed conversion gets: the mapping itself, once, as long as no name was used. */
type Argument = { readonly value: FormatValue } | "mapping" | "none";

function isDigit(character: string): boolean {
  return character >= "0" && character <= "9" && character.length === 1;
}

class Formatter {
  readonly #format: string;
  readonly #lookUp: (name: string) => FormatValue | undefined;
  #at = 0;
  #argument: Argument = "mapping";

  constructor(format: string, lookUp: (name: string) => FormatValue | undefined) {
    this.#format = format;
    this.#lookUp = lookUp;
  }

  run(): string {
    let out = "";
    for (;;) {
      const percent = this.#format.indexOf("%", this.#at);
      if (percent === -1) return out + this.#format.slice(this.#at);
      out += this.#format.slice(this.#at, percent);
      this.#at = percent + 1;
      out += this.#one();
    }
  }

  #peek(): string {
    return this.#format.charAt(this.#at);
  }

  #one(): string {
    if (this.#peek() === "%") {
      this.#at++;
      return "%";
    }
    if (this.#peek() === "(") this.#name();
    const conversion = this.#conversion();
    const argument = this.#take();
    return format(conversion, argument, () => this.#indexOfConversion());
  }

  /** Position of the conversion character, counted in code points as Python does. */
  #indexOfConversion(): number {
    return [...this.#format.slice(0, this.#at)].length - 1;
  }

  #name(): void {
    const start = ++this.#at;
    for (let depth = 1; depth > 0; this.#at++) {
      const character = this.#peek();
      if (character === "") throw new BadFormatError("incomplete format key");
      if (character === "(") depth++;
      if (character === ")") depth--;
    }
    const name = this.#format.slice(start, this.#at - 1);
    const value = this.#lookUp(name);
    if (value === undefined) throw new UnknownNameError(name);
    this.#argument = { value };
  }

  #take(): FormatValue | "mapping" {
    const argument = this.#argument;
    if (argument === "none") throw new BadFormatError("not enough arguments for format string");
    this.#argument = "none";
    return argument === "mapping" ? argument : argument.value;
  }

  #conversion(): Conversion {
    let flags = "";
    while (this.#peek() !== "" && "-+ #0".includes(this.#peek())) {
      flags += this.#peek();
      this.#at++;
    }
    let left = flags.includes("-");
    let width = this.#number("width");
    if (width < -1) {
      left = true;
      width = -width;
    }
    let precision = -1;
    if (this.#peek() === ".") {
      this.#at++;
      precision = Math.max(this.#number("precision"), 0);
    }
    if (["h", "l", "L"].includes(this.#peek())) this.#at++;
    const point = this.#format.codePointAt(this.#at);
    if (point === undefined) throw new BadFormatError("incomplete format");
    const type = String.fromCodePoint(point);
    this.#at += type.length;
    return {
      alternate: flags.includes("#"),
      left,
      plus: flags.includes("+"),
      blank: flags.includes(" "),
      zero: flags.includes("0"),
      width,
      precision,
      type,
    };
  }

  /** Digits, or `*` for the next argument; -1 when there is neither. */
  #number(what: "width" | "precision"): number {
    if (this.#peek() === "*") {
      this.#at++;
      const value = this.#take();
      if (typeof value !== "number") throw new BadFormatError("* wants int");
      return value;
    }
    const start = this.#at;
    while (isDigit(this.#peek())) this.#at++;
    if (this.#at === start) return -1;
    const number = Number(this.#format.slice(start, this.#at));
    if (number > MAX_PADDING) throw new BadFormatError(`${what} too big`);
    return number;
  }
}

function typeName(value: FormatValue | "mapping", argument: boolean): string {
  if (!argument) return "dict";
  return typeof value === "number" ? "int" : "str";
}

function format(
  conversion: Conversion,
  argument: FormatValue | "mapping",
  index: () => number,
): string {
  // The mapping is told apart by identity in Python; here no name can stand for it.
  const named = argument !== "mapping";
  const { type } = conversion;
  switch (type) {
    case "s":
    case "r":
    case "a":
      // Python prints the whole table for a bare %s, environment and all. Nobody means that.
      if (!named) throw new BadFormatError("not enough arguments for format string");
      return formatText(conversion, argument);
    case "d":
    case "i":
    case "u":
    case "o":
    case "x":
    case "X":
      if (typeof argument !== "number") {
        const wanted = "oxX".includes(type) ? "an integer" : "a real number";
        throw new BadFormatError(
          `%${type} format: ${wanted} is required, not ${typeName(argument, named)}`,
        );
      }
      return pad(conversion, ...integerDigits(conversion, argument));
    case "e":
    case "E":
    case "f":
    case "F":
    case "g":
    case "G":
      if (typeof argument !== "number") {
        throw new BadFormatError(`must be real number, not ${typeName(argument, named)}`);
      }
      return pad(conversion, argument < 0 ? "-" : "", "", floatDigits(conversion, argument));
    case "c":
      return justify(conversion, formatCharacter(argument, named));
    default: {
      const point = type.codePointAt(0)!;
      const shown = point >= 31 && point <= 126 ? type : "?";
      throw new BadFormatError(
        `unsupported format character '${shown}' (0x${point.toString(16)}) at index ${index()}`,
      );
    }
  }
}

function justify({ left, width }: Conversion, text: string): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  return left ? text + " ".repeat(missing) : " ".repeat(missing) + text;
}

function formatText(conversion: Conversion, value: FormatValue): string {
  let text = String(value);
  if (typeof value === "string" && conversion.type === "r") text = repr(value);
  if (typeof value === "string" && conversion.type === "a") text = asciiRepr(value);
  if (conversion.precision >= 0) text = [...text].slice(0, conversion.precision).join("");
  return justify(conversion, text);
}

function formatCharacter(value: FormatValue | "mapping", named: boolean): string {
  if (named && typeof value === "string" && [...value].length === 1) return value;
  if (typeof value !== "number") throw new BadFormatError("%c requires int or char");
  if (value < 0 || value > 0x10ffff) throw new BadFormatError("%c arg not in range(0x110000)");
  return String.fromCodePoint(value);
}

/** Sign, radix prefix, digits. */
function integerDigits(conversion: Conversion, value: number): [string, string, string] {
  const { type, alternate, precision } = conversion;
  const base = type === "o" ? 8 : type === "x" || type === "X" ? 16 : 10;
  let digits = Math.abs(value).toString(base).padStart(Math.max(precision, 0), "0");
  let prefix = alternate && base !== 10 ? `0${type}` : "";
  if (type === "X") {
    digits = digits.toUpperCase();
    prefix = prefix.toUpperCase();
  }
  return [value < 0 ? "-" : "", prefix, digits];
}

function pad(conversion: Conversion, minus: string, prefix: string, digits: string): string {
  const sign = minus !== "" ? minus : conversion.plus ? "+" : conversion.blank ? " " : "";
  if (conversion.zero && !conversion.left) {
    const room = conversion.width - sign.length - prefix.length;
    return sign + prefix + digits.padStart(Math.max(room, 0), "0");
  }
  return justify(conversion, sign + prefix + digits);
}

/** Digits of a whole number in the style of C's %e, %f, %g, without sign. */
function floatDigits(conversion: Conversion, value: number): string {
  const precision = conversion.precision < 0 ? 6 : conversion.precision;
  const whole = Math.abs(value);
  const style = conversion.type.toLowerCase();
  let text: string;
  if (style === "f") text = fixed(whole, precision, conversion.alternate);
  else if (style === "e") text = exponential(whole, precision, conversion.alternate);
  else text = general(whole, precision, conversion.alternate);
  return conversion.type === style ? text : text.toUpperCase();
}

function fixed(whole: number, precision: number, alternate: boolean): string {
  const fraction = "0".repeat(precision);
  return BigInt(whole).toString() + (precision > 0 || alternate ? `.${fraction}` : "");
}

/** The first `count` digits of a whole number, half rounded to even, and its exponent of ten. */
function significantDigits(whole: number, count: number): { digits: string; exponent: number } {
  const all = BigInt(whole).toString();
  const exponent = all.length - 1;
  if (all.length <= count) return { digits: all.padEnd(count, "0"), exponent };
  const unit = 10n ** BigInt(all.length - count);
  const value = BigInt(whole);
  const half = (value % unit) * 2n;
  let kept = value / unit;
  if (half > unit || (half === unit && kept % 2n === 1n)) kept++;
  const digits = kept.toString();
  // 99 rounded to one digit is 1 with one zero more.
  if (digits.length > count) return { digits: digits.slice(0, count), exponent: exponent + 1 };
  return { digits, exponent };
}

function exponential(whole: number, precision: number, alternate: boolean): string {
  const { digits, exponent } = significantDigits(whole, precision + 1);
  const point = precision > 0 || alternate ? "." : "";
  return `${digits.charAt(0)}${point}${digits.slice(1)}e+${String(exponent).padStart(2, "0")}`;
}

function general(whole: number, precision: number, alternate: boolean): string {
  const significant = Math.max(precision, 1);
  const { exponent } = significantDigits(whole, significant);
  const style = exponent >= significant
    ? exponential(whole, significant - 1, alternate)
    : fixed(whole, significant - 1 - exponent, alternate);
  if (alternate || !style.includes(".")) return style;
  const [mantissa, tail] = style.split("e") as [string, string | undefined];
  const short = mantissa.replace(/0+$/, "").replace(/\.$/, "");
  return tail === undefined ? short : `${short}e${tail}`;
}

/**
 * `format % names` for a mapping.
 * @throws UnknownNameError, BadFormatError
 */
export function formatPercent(
  format: string,
  lookUp: (name: string) => FormatValue | undefined,
): string {
  if (!format.includes("%")) return format;
  return new Formatter(format, lookUp).run();
}
