/** One row of the tables of options: a key, its kind, its default, what it does. */
import type { Kind, ValueHost } from "../values.ts";

export interface Option<T> {
  readonly key: string;
  readonly kind: Kind<unknown>;
  /** As it would be written; null when absence has its own meaning. */
  readonly default: string | null;
  /** What is used when the key is absent, in words, where `default` cannot say it. */
  readonly absent: string;
  readonly doc: string;
  readonly convert: (text: string, host: ValueHost) => T;
}

/** An option that has a value in any case. */
export function option<T>(key: string, kind: Kind<T>, fallback: string, doc: string): Option<T> {
  return { key, kind, default: fallback, absent: fallback, doc, convert: kind.convert };
}

/** An option that may be absent. */
export function optional<T>(
  key: string,
  kind: Kind<T>,
  absent: string,
  doc: string,
): Option<T | null> {
  return { key, kind, default: null, absent, doc, convert: kind.convert };
}
