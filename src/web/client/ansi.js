// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Colours that programs write into their output (ECMA-48, "select graphic rendition"). */

/**
 * @typedef {object} Style
 * @property {boolean} bold
 * @property {boolean} dim
 * @property {boolean} italic
 * @property {boolean} underline
 * @property {boolean} inverse
 * @property {string | null} color class suffix `0`…`15`, or `#rrggbb`
 * @property {string | null} background likewise
 */

/** @returns {Style} */
export function plainStyle() {
  return {
    bold: false,
    dim: false,
    italic: false,
    underline: false,
    inverse: false,
    color: null,
    background: null,
  };
}

// Escape sequences of any kind, and control characters but tab; only those that end in "m" and
// have plain numbers are colours, the rest is for terminals and left out.
const CONTROLS =
  // deno-lint-ignore no-control-regex -- it is control characters that are looked for
  /\x1b\[([0-9;:]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]?|[\x00-\x08\x0b-\x1f\x7f]/g;

/**
 * One line as nodes. Text only ever becomes text nodes.
 *
 * @param {string} text
 * @param {Style} style changed to what holds at the end of the line
 * @returns {(Node | string)[]}
 */
export function renderAnsi(text, style) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(CONTROLS)) {
    if (match.index > from) nodes.push(styled(text.slice(from, match.index), style));
    if (match[1] !== undefined) change(style, match[1]);
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push(styled(text.slice(from), style));
  return nodes;
}

/** What remains for a reader. @param {string} text */
export function withoutControls(text) {
  return text.replaceAll(CONTROLS, "");
}

/** @param {string} text @param {Style} style */
function styled(text, style) {
  const classes = [];
  for (const name of /** @type {const} */ (["bold", "dim", "italic", "underline", "inverse"])) {
    if (style[name]) classes.push(`ansi-${name}`);
  }
  for (
    const [prefix, value] of /** @type {const} */ ([["fg", style.color], ["bg", style.background]])
  ) {
    if (value !== null && !value.startsWith("#")) classes.push(`ansi-${prefix}-${value}`);
  }
  const hasOwnColors = style.color?.startsWith("#") || style.background?.startsWith("#");
  if (classes.length === 0 && !hasOwnColors) return text;
  const span = document.createElement("span");
  span.className = classes.join(" ");
  // Through the object model: the page's policy allows no style attributes.
  if (style.color?.startsWith("#")) span.style.color = style.color;
  if (style.background?.startsWith("#")) span.style.backgroundColor = style.background;
  span.textContent = text;
  return span;
}

/** @param {Style} style @param {string} codes */
function change(style, codes) {
  const numbers = codes.split(/[;:]/).map(Number);
  for (let i = 0; i < numbers.length; i++) {
    const code = numbers[i] ?? 0;
    if (code === 0) Object.assign(style, plainStyle());
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 3) style.italic = true;
    else if (code === 4) style.underline = true;
    else if (code === 7) style.inverse = true;
    else if (code === 22) style.bold = style.dim = false;
    else if (code === 23) style.italic = false;
    else if (code === 24) style.underline = false;
    else if (code === 27) style.inverse = false;
    else if (code >= 30 && code <= 37) style.color = String(code - 30);
    else if (code >= 90 && code <= 97) style.color = String(code - 82);
    else if (code === 39) style.color = null;
    else if (code >= 40 && code <= 47) style.background = String(code - 40);
    else if (code >= 100 && code <= 107) style.background = String(code - 92);
    else if (code === 49) style.background = null;
    else if (code === 38 || code === 48) {
      const [color, used] = extendedColor(numbers.slice(i + 1));
      if (code === 38) style.color = color;
      else style.background = color;
      i += used;
    }
  }
}

/** @param {number[]} rest @returns {[string | null, number]} the colour, how many numbers it took */
function extendedColor(rest) {
  const [kind, first = 0, second = 0, third = 0] = rest;
  if (kind === 2) return [hex(first, second, third), 4];
  if (kind !== 5) return [null, 0];
  if (first < 16) return [String(first), 2];
  if (first >= 232) return [hex(...gray(first)), 2];
  const index = first - 16;
  const level = (/** @type {number} */ step) => step === 0 ? 0 : 55 + step * 40;
  const red = level(Math.floor(index / 36));
  return [hex(red, level(Math.floor(index / 6) % 6), level(index % 6)), 2];
}

/** @param {number} index @returns {[number, number, number]} */
function gray(index) {
  const level = 8 + (index - 232) * 10;
  return [level, level, level];
}

/** @param {number[]} parts */
function hex(...parts) {
  const digits = parts.map((part) => (Math.min(255, part) | 0).toString(16).padStart(2, "0"));
  return `#${digits.join("")}`;
}
