/** What can be wrong with a configuration, as values that callers tell apart by type. */

/** Where a value stands. Lines and columns count from 1. */
export interface Place {
  /** Path of the file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

export interface ConfigErrorDetails {
  readonly place?: Place | undefined;
  readonly section?: string | undefined;
  readonly key?: string | undefined;
  /** The offending text, as written. */
  readonly found?: string | undefined;
  /** What would have been right, e.g. "a whole number". */
  readonly wanted?: string | undefined;
  /** The sentence without ` in section … (file: …)`, for output that shows the place anyway. */
  readonly reason?: string | undefined;
}

/**
 * The configuration cannot be used. `message` is the reference's text without its `Error: `
 * prefix, because it goes over the wire (fault 92) and people grep for it; the other fields
 * say the same for programs and for the rich form.
 */
export class ConfigError extends Error {
  /** Path of the file; null: no place is known. */
  readonly file: string | null;
  /** From 1; null: no place is known. */
  readonly line: number | null;
  /** From 1; null: no place is known. */
  readonly column: number | null;
  /** Name of the section, without its brackets; null: it concerns none. */
  readonly section: string | null;
  /** Name of the key; null: it concerns none. */
  readonly key: string | null;
  /** The offending text, as written; null: there is none to show. */
  readonly found: string | null;
  /** What would have been right; null: that cannot be said in few words. */
  readonly wanted: string | null;
  /** The sentence without section and file. */
  readonly reason: string;

  /**
   * Makes one to be thrown.
   *
   * @param message the whole sentence
   */
  constructor(message: string, details: ConfigErrorDetails = {}) {
    super(message);
    this.name = "ConfigError";
    this.file = details.place?.file ?? null;
    this.line = details.place?.line ?? null;
    this.column = details.place?.column ?? null;
    this.section = details.section ?? null;
    this.key = details.key ?? null;
    this.found = details.found ?? null;
    this.wanted = details.wanted ?? null;
    this.reason = details.reason ?? message;
  }
}

/** One value is wrong; whoever knows the place turns this into a ConfigError. */
export class ValueError extends Error {
  readonly wanted: string | undefined;
  /** The same in fewer words, for output that shows the value anyway. */
  readonly reason: string;

  constructor(message: string, wanted?: string, reason = message) {
    super(message);
    this.name = "ValueError";
    this.wanted = wanted;
    this.reason = reason;
  }
}

/**
 * What to do about an error: loading stops at the first, as the reference does; checking
 * notes it and goes on with `otherwise`.
 */
export interface Problems {
  attempt<T, U>(read: () => T, otherwise: () => U): T | U;
}

export const stopAtFirst: Problems = {
  attempt: (read) => read(),
};

/** Notes every ConfigError instead of stopping. */
export class ProblemCollector implements Problems {
  readonly errors: ConfigError[] = [];

  attempt<T, U>(read: () => T, otherwise: () => U): T | U {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.errors.push(error);
      return otherwise();
    }
  }
}
