/**
 * Search patterns that cannot run away. JavaScript's own engine backtracks: `(a+)+$` against a
 * few dozen letters a keeps it busy for hours, and the daemon with it. Here a pattern takes at
 * most (its size) x (length of the text) steps, by following all ways through it at once.
 *
 * The language is JavaScript's without the `u` flag, but for what only backtracking can do: no
 * back-references, no looking ahead or behind. A pattern so simple that the runtime's engine
 * cannot run away with it is given to that one: it is some twenty times as fast.
 *
 * @see Russ Cox, "Regular Expression Matching: the Virtual Machine Approach"
 */
import {
  type Assertion,
  type CharSet,
  type Node,
  PatternError,
  PatternParser,
  type Range,
  WORD,
} from "./pattern_tree.ts";

export { PatternError };

/** The first match at or after `from`, as [start, end) in UTF-16 units; null when there is none. */
export type Find = (text: string, from: number) => readonly [number, number] | null;

export interface PatternOptions {
  readonly ignoreCase: boolean;
}

/** Instructions that a pattern may become; with lines of 4 KiB some 20 ms for one at worst. */
const MAX_PROGRAM = 500;
const MAX_SOURCE = 1000;

/** @throws PatternError with a sentence for who wrote the pattern */
export function compilePattern(source: string, { ignoreCase }: PatternOptions): Find {
  if (source.length > MAX_SOURCE) {
    throw new PatternError(`the pattern has more than ${MAX_SOURCE} characters`);
  }
  const tree = new PatternParser(source).parse();
  if (isHarmless(tree)) {
    const native = new RegExp(source, ignoreCase ? "gi" : "g");
    return (text, from) => {
      native.lastIndex = from;
      const match = native.exec(text);
      return match === null ? null : [match.index, match.index + match[0].length];
    };
  }
  const program: Instruction[] = [];
  emit(tree, program);
  push(program, { op: "match" });
  return (text, from) => run(program, text, from, ignoreCase);
}

/** At most one choice in the whole pattern: there is nothing that could multiply. */
function isHarmless(tree: Node): boolean {
  return choices(tree) <= 1;
}

function choices(node: Node): number {
  switch (node.type) {
    case "set":
    case "assert":
      return 0;
    case "sequence":
      return node.items.reduce((sum, item) => sum + choices(item), 0);
    case "either":
      return node.items.reduce((sum, item) => sum + choices(item), 1);
    case "repeat":
      // Something fixed and repeated multiplies nothing either, but can be long.
      return node.item.type === "set" ? (node.min === node.max ? 0 : 1) : Infinity;
  }
}

// ---- the program

type Instruction =
  | { op: "set"; readonly set: CharSet }
  | { op: "assert"; readonly what: Assertion }
  /** Goes both ways; the first is preferred. */
  | { op: "split"; first: number; second: number }
  | { op: "jump"; to: number }
  | { op: "match" };

function push(program: Instruction[], instruction: Instruction): void {
  if (program.length >= MAX_PROGRAM) throw new PatternError("the pattern is too large");
  program.push(instruction);
}

function emit(node: Node, program: Instruction[]): void {
  switch (node.type) {
    case "set":
      return push(program, { op: "set", set: node.set });
    case "assert":
      return push(program, { op: "assert", what: node.what });
    case "sequence":
      for (const item of node.items) emit(item, program);
      return;
    case "either":
      return emitEither(node.items, program);
    case "repeat":
      return emitRepeat(node, program);
  }
}

function emitEither(items: readonly Node[], program: Instruction[]): void {
  const ends: { op: "jump"; to: number }[] = [];
  items.forEach((item, i) => {
    if (i === items.length - 1) return emit(item, program);
    const split = { op: "split" as const, first: program.length + 1, second: 0 };
    push(program, split);
    emit(item, program);
    const jump = { op: "jump" as const, to: 0 };
    push(program, jump);
    ends.push(jump);
    split.second = program.length;
  });
  for (const jump of ends) jump.to = program.length;
}

function emitRepeat(node: Node & { type: "repeat" }, program: Instruction[]): void {
  const { item, min, max, lazy } = node;
  for (let i = 0; i < min; i++) emit(item, program);
  const splits: { op: "split"; first: number; second: number }[] = [];
  const split = () => {
    const instruction = { op: "split" as const, first: program.length + 1, second: -1 };
    push(program, instruction);
    splits.push(instruction);
    return program.length - 1;
  };
  if (max === Infinity) {
    const loop = split();
    emit(item, program);
    push(program, { op: "jump", to: loop });
  } else {
    for (let i = min; i < max; i++) {
      split();
      emit(item, program);
    }
  }
  for (const instruction of splits) {
    instruction.second = program.length;
    if (lazy) [instruction.first, instruction.second] = [instruction.second, instruction.first];
  }
}

// ---- the machine

/** The ways through the program that are open at one place of the text, preferred ones first. */
class Threads {
  readonly pcs: number[] = [];
  readonly starts: number[] = [];
  readonly #seen: Uint32Array;
  #mark = 0;

  constructor(size: number) {
    this.#seen = new Uint32Array(size);
  }

  clear(): void {
    this.pcs.length = 0;
    this.starts.length = 0;
    this.#mark++;
  }

  /** @returns false when somebody preferred is there already */
  visit(pc: number): boolean {
    if (this.#seen[pc] === this.#mark) return false;
    this.#seen[pc] = this.#mark;
    return true;
  }
}

function run(
  program: readonly Instruction[],
  text: string,
  from: number,
  ignoreCase: boolean,
): readonly [number, number] | null {
  let now = new Threads(program.length);
  let later = new Threads(program.length);
  const stack: number[] = [];
  const open = (threads: Threads, entry: number, start: number, at: number): void => {
    stack.push(entry);
    while (stack.length > 0) {
      const pc = stack.pop() as number;
      if (!threads.visit(pc)) continue;
      const instruction = program[pc] as Instruction;
      if (instruction.op === "jump") stack.push(instruction.to);
      else if (instruction.op === "split") stack.push(instruction.second, instruction.first);
      else if (instruction.op === "assert") {
        if (holds(instruction.what, text, at)) stack.push(pc + 1);
      } else {
        threads.pcs.push(pc);
        threads.starts.push(start);
      }
    }
  };

  let found: readonly [number, number] | null = null;
  now.clear();
  for (let at = from; at <= text.length; at++) {
    // Later starts are only of interest while nothing was found.
    if (found === null) open(now, 0, at, at);
    if (now.pcs.length === 0 && found !== null) break;
    later.clear();
    const code = text.charCodeAt(at);
    for (let i = 0; i < now.pcs.length; i++) {
      const pc = now.pcs[i] as number;
      const start = now.starts[i] as number;
      const instruction = program[pc] as Instruction;
      if (instruction.op === "match") {
        found = [start, at];
        break; // what follows is less preferred
      }
      if (at < text.length && instruction.op === "set" && has(instruction.set, code, ignoreCase)) {
        open(later, pc + 1, start, at + 1);
      }
    }
    [now, later] = [later, now];
  }
  return found;
}

function has({ ranges, negated }: CharSet, code: number, ignoreCase: boolean): boolean {
  return (within(ranges, code) || (ignoreCase && hasOtherCase(ranges, code))) !== negated;
}

function within(ranges: readonly Range[], code: number): boolean {
  for (const [from, to] of ranges) if (code >= from && code <= to) return true;
  return false;
}

function hasOtherCase(ranges: readonly Range[], code: number): boolean {
  const char = String.fromCharCode(code);
  const [upper, lower] = [char.toUpperCase(), char.toLowerCase()];
  return (upper.length === 1 && within(ranges, upper.charCodeAt(0))) ||
    (lower.length === 1 && within(ranges, lower.charCodeAt(0)));
}

function holds(what: Assertion, text: string, at: number): boolean {
  switch (what) {
    case "begin":
      return at === 0;
    case "end":
      return at === text.length;
    case "boundary":
      return isWordAt(text, at - 1) !== isWordAt(text, at);
    case "inside":
      return isWordAt(text, at - 1) === isWordAt(text, at);
  }
}

function isWordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && within(WORD, text.charCodeAt(at));
}
