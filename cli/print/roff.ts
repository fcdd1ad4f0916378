/** A manual page in the man(7) macros, put together piece by piece; all text is escaped here. */

export interface PageTitle {
  readonly name: string;
  readonly section: number;
  /** One line for whatis(1), without the name. */
  readonly summary: string;
  /** What stands in the footer. */
  readonly source: string;
  readonly manual: string;
}

/**
 * Text as roff takes it literally. A backslash starts an escape, a dot or a quote at the start
 * of a line a request, and a bare hyphen may be set as another character.
 */
export function roffText(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/[^ -~\n\t]/gu, (letter) => `\\[u${hex(letter)}]`)
    .replaceAll(/^(?=[.'])/gm, "\\&");
}

function hex(letter: string): string {
  return (letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

/** Text as one argument of a macro. */
function argument(text: string): string {
  return `"${roffText(text).replaceAll('"', "\\(dq")}"`;
}

/** Width of the source's lines; a formatter fills them anew. */
const LINE_WIDTH = 80;

/** Text in lines, broken at blanks. */
function filled(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trimStart();
    if (lines.length > 0 && longer.length <= LINE_WIDTH) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return roffText(lines.join("\n"));
}

export class ManualPage {
  readonly #lines: string[] = [];

  constructor({ name, section, summary, source, manual }: PageTitle) {
    // Without a date: the same source makes the same page.
    this.#lines.push(
      `.TH ${argument(name.toUpperCase())} ${section} "" ${argument(source)} ${argument(manual)}`,
      ".SH NAME",
      `${roffText(name)} \\- ${roffText(summary)}`,
    );
  }

  section(title: string): this {
    this.#lines.push(`.SH ${argument(title)}`);
    return this;
  }

  subsection(title: string): this {
    this.#lines.push(`.SS ${argument(title)}`);
    return this;
  }

  paragraph(text: string): this {
    this.#beginParagraph();
    this.#lines.push(filled(text));
    return this;
  }

  /** A heading begins one by itself. */
  #beginParagraph(): void {
    if (!/^\.S[HS] /.test(this.#lines.at(-1) ?? "")) this.#lines.push(".PP");
  }

  /** A command line: what is typed as it is, and what stands for something else. */
  synopsis(command: string, rest: string): this {
    this.#beginParagraph();
    this.#lines.push(`.BR ${argument(command)} ${argument(` ${rest}`)}`);
    return this;
  }

  /** A term in bold, and below it, indented, what it means. */
  item(term: string, ...meaning: readonly string[]): this {
    this.#lines.push(".TP", `.B ${argument(term)}`);
    const [first = "", ...others] = meaning;
    this.#lines.push(filled(first));
    for (const text of others) this.#lines.push(".br", filled(text));
    return this;
  }

  /** Lines as they are, in a typewriter's face. */
  example(text: string): this {
    this.#lines.push(".PP", ".RS 4", ".nf", roffText(text.trimEnd()), ".fi", ".RE");
    return this;
  }

  toString(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}
