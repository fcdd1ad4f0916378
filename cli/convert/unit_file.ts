/**
 * systemd's unit files: sections, keys that may stand more than once, lines that go on.
 *
 * @see systemd.syntax(7)
 */

export class UnitFile {
  /** By `Section.Key`; an empty value has taken back what stood before. */
  readonly #values = new Map<string, string[]>();

  constructor(text: string) {
    let section = "";
    // A comment between lines that go on is dropped, and the line goes on behind it.
    const whole = text.split("\n").filter((line) => !/^\s*[#;]/.test(line)).join("\n")
      .replaceAll(/[ \t]*\\\n\s*/g, " ");
    for (const line of whole.split("\n")) {
      const header = /^\s*\[([^\]]+)\]\s*$/.exec(line);
      if (header !== null) section = header[1] ?? "";
      const entry = /^\s*([A-Za-z0-9-]+)\s*=\s*(.*?)\s*$/.exec(line);
      if (entry === null) continue;
      const [, key = "", value = ""] = entry;
      const name = `${section}.${key}`;
      this.#values.set(name, value === "" ? [] : [...this.#values.get(name) ?? [], value]);
    }
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** Where a key counts once, the last one does. */
  last(name: string): string | null {
    return this.all(name).at(-1) ?? null;
  }

  /** `Section.Key` of all that has a value. */
  names(): string[] {
    return [...this.#values].filter(([, values]) => values.length > 0).map(([name]) => name);
  }
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  sec: 1,
  second: 1,
  seconds: 1,
  m: 60,
  min: 60,
  minute: 60,
  minutes: 60,
  h: 3600,
  hr: 3600,
  hour: 3600,
  hours: 3600,
  d: 86400,
  day: 86400,
  days: 86400,
};

/** `1min 30s` in seconds; null for what is no time (`infinity`). @see systemd.time(7) */
export function secondsOf(text: string): number | null {
  const parts = text.trim().match(/[\d.]+\s*[a-z]*/g);
  if (parts === null || parts.join("").replaceAll(/\s/g, "") !== text.replaceAll(/\s/g, "")) {
    return null;
  }
  let total = 0;
  for (const part of parts) {
    const [, number = "", unit = ""] = /^([\d.]+)\s*([a-z]*)$/.exec(part) ?? [];
    const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (factor === undefined || Number.isNaN(Number(number))) return null;
    total += Number(number) * factor;
  }
  return total;
}

/** `A=1 "B=two words"` @see systemd.exec(5), Environment= */
export function assignments(text: string): [string, string][] {
  const words = text.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.flatMap((word): [string, string][] => {
    const plain = word.replaceAll(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_, double, single) => String(double ?? single ?? "").replaceAll(/\\(.)/g, "$1"),
    );
    const equals = plain.indexOf("=");
    return equals < 1 ? [] : [[plain.slice(0, equals), plain.slice(equals + 1)]];
  });
}
