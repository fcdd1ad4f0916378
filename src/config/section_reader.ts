/** Reads the keys of one section by their option rows, and says where a bad one stands. */
import { ConfigError, type Place, type Problems, ValueError } from "./errors.ts";
import { expand, type Names } from "./expand.ts";
import type { IniDocument, IniEntry } from "./ini.ts";
import type { Option } from "./options/option.ts";
import type { LoadEnvironment } from "./types.ts";

/** Defaults are constants; converting them once for each of a thousand programs would add up. */
const CONVERTED_DEFAULTS = new WeakMap<Option<unknown>, unknown>();

/** How one value is read where the rule differs from the section's own. */
export interface ReadRule {
  readonly names?: Names;
  /** How an expansion error names the value; default `SECTION.KEY`. */
  readonly label?: string;
  /** Replaces the text of a conversion error; gets the expanded value. */
  readonly sayInstead?: (value: string) => string;
}

export interface SectionReaderOptions {
  readonly document: IniDocument;
  readonly section: string;
  readonly environment: LoadEnvironment;
  readonly problems: Problems;
  readonly names: Names;
  /** Added to every error text: ` in section 'program:a' (file: 'PATH')`. */
  readonly suffix?: string;
}

export class SectionReader {
  readonly section: string;
  readonly #document: IniDocument;
  readonly #environment: LoadEnvironment;
  readonly #problems: Problems;
  readonly #names: Names;
  readonly #suffix: string;

  constructor(options: SectionReaderOptions) {
    this.section = options.section;
    this.#document = options.document;
    this.#environment = options.environment;
    this.#problems = options.problems;
    this.#names = options.names;
    this.#suffix = options.suffix ?? "";
  }

  /** A reader for another section, with the same names and the same words behind its errors. */
  inSection(section: string): SectionReader {
    return new SectionReader({
      document: this.#document,
      section,
      environment: this.#environment,
      problems: this.#problems,
      names: this.#names,
      suffix: this.#suffix,
    });
  }

  entry(key: string): IniEntry | undefined {
    return this.#document.entry(this.section, key);
  }

  /** As written; the default where the key is absent. */
  raw(option: Option<string>): string {
    return this.entry(option.key)?.value ?? option.default ?? "";
  }

  /**
   * Expanded and converted; the default where the key is absent.
   * @throws ConfigError
   */
  read<T>(option: Option<T>, rule: ReadRule = {}): T {
    const entry = this.entry(option.key);
    if (entry === undefined) return this.#default(option);
    return this.#problems.attempt(
      () => this.#convert(option, entry, rule),
      () => this.#default(option),
    );
  }

  /**
   * Like read(), for a key that must be there. What is wrong is thrown in any case: what the
   * value is for cannot be without it.
   * @param missing the text for an absent key
   * @throws ConfigError
   */
  required<T>(option: Option<T | null>, missing: string, rule: ReadRule = {}): T {
    const entry = this.entry(option.key);
    if (entry === undefined) throw this.error(new ValueError(missing), option.key);
    // Only the default of an absent key is null.
    return this.#convert(option, entry, rule) as T;
  }

  /**
   * Runs a rule that looks at more than one key; what it throws is reported at `key`.
   * @throws ConfigError
   */
  rule<T, U>(key: string | null, check: () => T, otherwise: () => U): T | U {
    return this.#problems.attempt(() => {
      try {
        return check();
      } catch (error) {
        if (error instanceof ValueError) throw this.error(error, key);
        throw error;
      }
    }, otherwise);
  }

  error(error: ValueError, key: string | null): ConfigError {
    const entry = key === null ? undefined : this.entry(key);
    return new ConfigError(error.message + this.#suffix, {
      place: entry ?? this.#header(),
      section: this.section,
      key: key ?? undefined,
      found: entry?.value,
      wanted: error.wanted,
      reason: error.reason,
    });
  }

  #header(): Place | undefined {
    const section = this.#document.section(this.section);
    return section === undefined
      ? undefined
      : { file: section.file, line: section.line, column: 1 };
  }

  #default<T>(option: Option<T>): T {
    // A row without a default is of type `Option<T | null>` (options/option.ts).
    if (option.default === null) return null as T;
    if (!CONVERTED_DEFAULTS.has(option)) {
      CONVERTED_DEFAULTS.set(option, option.convert(option.default, this.#environment));
    }
    return CONVERTED_DEFAULTS.get(option) as T;
  }

  #convert<T>(option: Option<T>, entry: IniEntry, rule: ReadRule): T {
    const label = rule.label ?? `${this.section}.${option.key}`;
    let value = entry.value;
    let expanded = false;
    try {
      value = expand(value, rule.names ?? this.#names, label);
      expanded = true;
      return option.convert(value, this.#environment);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      const instead = expanded ? rule.sayInstead?.(value) : undefined;
      throw this.error(
        instead === undefined ? error : new ValueError(instead, error.wanted),
        option.key,
      );
    }
  }
}
