/** What can be wrong with a configuration, as values that callers tell apart by type. */

/** Where a value stands. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
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
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly section: string | null;
  readonly key: string | null;
  readonly found: string | null;
  readonly wanted: string | null;
  readonly reason: string;

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
