/** `%(here)s`, `%(program_name)s`, `%(process_num)02d`, `%(ENV_HOME)s`: names and their values. */
import { ValueError } from "./errors.ts";
import {
  BadFormatError,
  formatPercent,
  type FormatValue,
  UnknownNameError,
} from "./percent_format.ts";
import { compareText, repr } from "./python_text.ts";

/** `ENV_` names for an environment. */
export function environmentNames(env: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(env).map(([name, value]) => [`ENV_${name}`, value]));
}

/** A table of names laid over another: own names win, neither is copied. */
export class Names {
  readonly #below: ReadonlyMap<string, FormatValue>;
  readonly #own = new Map<string, FormatValue>();

  constructor(
    below: ReadonlyMap<string, FormatValue>,
    own: Readonly<Record<string, FormatValue>> = {},
  ) {
    this.#below = below;
    for (const [name, value] of Object.entries(own)) this.#own.set(name, value);
  }

  get(name: string): FormatValue | undefined {
    return this.#own.get(name) ?? this.#below.get(name);
  }

  set(name: string, value: FormatValue): void {
    this.#own.set(name, value);
  }

  /** Lets the names below show through again where own ones hide them. */
  uncover(): void {
    for (const name of this.#own.keys()) if (this.#below.has(name)) this.#own.delete(name);
  }

  all(): string[] {
    return [...new Set([...this.#below.keys(), ...this.#own.keys()])].sort(compareText);
  }
}

/** Without the dozens of environment variables that every system has. */
function describeNames(names: Names): string {
  const own = names.all().filter((name) => !name.startsWith("ENV_"));
  const environment = "ENV_ and the name of an environment variable";
  return `Available: ${[...own, environment].join(", ")}`;
}

/**
 * Replaces the names in one value; what comes in is not looked at again.
 * @param label how the error names the value: `program:a.directory`, or just `environment`
 * @throws ValueError with the reference's text
 */
export function expand(text: string, names: Names, label: string): string {
  // Most values hold no percent sign, and large files hold tens of thousands of values.
  if (!text.includes("%")) return text;
  try {
    return formatPercent(text, (name) => names.get(name));
  } catch (error) {
    const what = `Format string ${repr(text)} for ${repr(label)}`;
    if (error instanceof UnknownNameError) {
      throw new ValueError(
        `${what} contains names (${error.message}) which cannot be expanded. ` +
          `Available names: ${names.all().join(", ")}`,
        "a name that is known here; a percent sign itself is written %%",
        `unknown name ${error.message}. ${describeNames(names)}`,
      );
    }
    if (error instanceof BadFormatError) {
      throw new ValueError(
        `${what} is badly formatted: ${error.message}`,
        "%(name)s or %(name)d; a percent sign itself is written %%",
        `badly formatted: ${error.message}`,
      );
    }
    throw error;
  }
}
