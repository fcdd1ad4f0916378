/**
 * Whether a program matches anywhere in a text, by an automaton that is made while it runs: sets of
 * places in the program are its states, and where a character leads from a set is worked out once.
 * Most lines do not match, and most text takes the same few ways, so this is many times as fast as
 * following the places one by one; at worst it is as slow.
 *
 * @see Russ Cox, "Regular Expression Matching Can Be Simple And Fast", caching the NFA
 */
import { has, type Instruction, isWordUnit } from "./pattern_program.ts";

/** Then all is forgotten and begun anew: a pattern cannot make it grow without bound. */
const MAX_STATES = 500;
const MAX_UNITS = 4096;

/** What came before: nothing, part of a word, anything else. Assertions look at it. */
type Before = "begin" | "word" | "other";

interface State {
  /** Where to go on in the program, before anything that takes no character is followed. */
  readonly entries: readonly number[];
  readonly before: Before;
  /** By class of the next character; 0 is the end of the text. */
  readonly next: (State | typeof MATCH | undefined)[];
}

const MATCH = Symbol("match");

/** UTF-16 units that no set of the program tells apart, by an example. */
interface UnitClass {
  readonly number: number;
  readonly example: number;
}

export function createPrefilter(
  program: readonly Instruction[],
  ignoreCase: boolean,
): (text: string) => boolean {
  const classes = new Map<string, UnitClass>();
  const classOfUnit = new Map<number, UnitClass>();
  const classOfAscii: (UnitClass | undefined)[] = new Array(128).fill(undefined);
  let states = new Map<string, State>();

  function classify(code: number): UnitClass {
    const known = code < 128 ? classOfAscii[code] : classOfUnit.get(code);
    if (known !== undefined) return known;
    let signature = isWordUnit(code) ? "w" : "-";
    for (const instruction of program) {
      if (instruction.op === "set") signature += has(instruction.set, code, ignoreCase) ? "1" : "0";
    }
    let found = classes.get(signature);
    if (found === undefined) {
      found = { number: classes.size + 1, example: code };
      classes.set(signature, found);
    }
    if (code < 128) classOfAscii[code] = found;
    else if (classOfUnit.size < MAX_UNITS) classOfUnit.set(code, found);
    return found;
  }

  function stateOf(entries: readonly number[], before: Before): State {
    const key = `${before} ${entries.join()}`;
    let state = states.get(key);
    if (state === undefined) {
      if (states.size >= MAX_STATES) states = new Map();
      states.set(key, state = { entries, before, next: [] });
    }
    return state;
  }

  /** @param code null: the end of the text */
  function advance(state: State, code: number | null): State | typeof MATCH {
    const isWord = code !== null && isWordUnit(code);
    const reached = new Set<number>();
    const seen = new Set<number>();
    const open = [...state.entries];
    while (open.length > 0) {
      const pc = open.pop() as number;
      if (seen.has(pc)) continue;
      seen.add(pc);
      const instruction = program[pc] as Instruction;
      switch (instruction.op) {
        case "match":
          return MATCH;
        case "jump":
          open.push(instruction.to);
          break;
        case "split":
          open.push(instruction.first, instruction.second);
          break;
        case "assert": {
          const changes = (state.before === "word") !== isWord;
          const holds = instruction.what === "begin"
            ? state.before === "begin"
            : instruction.what === "end"
            ? code === null
            : changes === (instruction.what === "boundary");
          if (holds) open.push(pc + 1);
          break;
        }
        case "set":
          if (code !== null && has(instruction.set, code, ignoreCase)) reached.add(pc + 1);
      }
    }
    // A match may begin at every place of the text.
    reached.add(0);
    return stateOf([...reached].sort((a, b) => a - b), isWord ? "word" : "other");
  }

  return function mayMatch(text) {
    let state = stateOf([0], "begin");
    for (let at = 0; at < text.length; at++) {
      const { number, example } = classify(text.charCodeAt(at));
      const next = state.next[number] ??= advance(state, example);
      if (next === MATCH) return true;
      state = next;
    }
    return (state.next[0] ??= advance(state, null)) === MATCH;
  };
}
