/** A pattern as a program of small steps, for the machines that follow all its ways at once. */
import {
  type Assertion,
  type CharSet,
  type Node,
  PatternError,
  type Range,
  WORD,
} from "./pattern_tree.ts";

/** Instructions that a pattern may become; with lines of 4 KiB some 20 ms for one at worst. */
const MAX_PROGRAM = 500;

/** @throws PatternError when it would be too large */
export function compileTree(tree: Node): Instruction[] {
  const program: Instruction[] = [];
  emit(tree, program);
  push(program, { op: "match" });
  return program;
}

export type Instruction =
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

/** Whether a set has a UTF-16 unit. */
export function has({ ranges, negated }: CharSet, code: number, ignoreCase: boolean): boolean {
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

export function isWordUnit(code: number): boolean {
  return within(WORD, code);
}
