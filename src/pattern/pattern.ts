/**
 * Search patterns that cannot run away. JavaScript's own engine backtracks: `(a+)+$` against a
 * few dozen letters a keeps it busy for hours, and the daemon with it. Here a pattern takes at
 * most (its size) x (length of the text) steps, by following all ways through it at once.
 *
 * The language is JavaScript's without the `u` flag, but for what only backtracking can do: no
 * back-references, no looking ahead or behind. (How far a match goes may differ where a repeated
 * part can match nothing at all.) A pattern so simple that the runtime's engine
 * cannot run away with it is given to that one: it is some twenty times as fast.
 *
 * @see Russ Cox, "Regular Expression Matching: the Virtual Machine Approach"
 */
import { createPrefilter } from "./pattern_automaton.ts";
import { compileTree, has, type Instruction, isWordUnit } from "./pattern_program.ts";
import { type Assertion, type Node, parsePattern, PatternError } from "./pattern_tree.ts";

export { PatternError };

/** The first match at or after `from`, as [start, end) in UTF-16 units; null when there is none. */
export type Find = (text: string, from: number) => readonly [number, number] | null;

export interface PatternOptions {
  readonly ignoreCase: boolean;
}

/** @throws PatternError with a sentence for who wrote the pattern */
export function compilePattern(source: string, { ignoreCase }: PatternOptions): Find {
  const tree = parsePattern(source);
  if (isHarmless(tree)) {
    const native = new RegExp(source, ignoreCase ? "gi" : "g");
    return (text, from) => {
      native.lastIndex = from;
      const match = native.exec(text);
      return match === null ? null : [match.index, match.index + match[0].length];
    };
  }
  const program = compileTree(tree);
  const mayMatch = createPrefilter(program, ignoreCase);
  return (text, from) =>
    from === 0 && !mayMatch(text) ? null : run(program, text, from, ignoreCase);
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
  return at >= 0 && at < text.length && isWordUnit(text.charCodeAt(at));
}
