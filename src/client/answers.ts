/** Answers of the supervisor namespace, checked and typed: a server may be anything. */
import type { Struct, Value } from "../xmlrpc/value.ts";
import { isStruct } from "../xmlrpc/value.ts";
import { MalformedAnswerError } from "./errors.ts";

/** What supervisorctl uses of getProcessInfo's struct. */
export interface ProcessInfo {
  readonly name: string;
  readonly group: string;
  readonly state: number;
  readonly stateName: string;
  readonly description: string;
  /** 0 when it does not run. */
  readonly pid: number;
}

/** One process in the answer to a request for a group or for all. */
export interface ProcessResult {
  readonly name: string;
  readonly group: string;
  /** A fault code, or 80 for success. */
  readonly status: number;
  readonly description: string;
}

/** What supervisorctl uses of getAllConfigInfo's structs. */
export interface ConfigInfo {
  readonly name: string;
  readonly group: string;
  readonly inUse: boolean;
  readonly autostart: boolean;
  readonly groupPriority: number;
  readonly processPriority: number;
}

/** Names of groups, as reloadConfig answers. */
export interface ConfigChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** @throws MalformedAnswerError, as all functions here */
export function readProcessInfo(value: Value): ProcessInfo {
  const info = structOf(value);
  return {
    name: stringOf(info, "name"),
    group: stringOf(info, "group"),
    state: numberOf(info, "state"),
    stateName: stringOf(info, "statename"),
    description: stringOf(info, "description"),
    pid: numberOf(info, "pid"),
  };
}

/**
 * In one piece: six calls for each of 200 processes would make the engine compile what they call,
 * and a `status` that is over after 15 ms never gets that time back.
 */
export function readProcessInfos(value: Value): ProcessInfo[] {
  const infos: ProcessInfo[] = [];
  for (const item of arrayOf(value)) {
    const { name, group, state, statename, description, pid } = (item ?? {}) as Struct;
    const isComplete = typeof name === "string" && typeof group === "string" &&
      typeof state === "number" && typeof statename === "string" &&
      typeof description === "string" && typeof pid === "number";
    infos.push(
      isComplete
        ? { name, group, state, stateName: statename, description, pid }
        : readProcessInfo(item),
    );
  }
  return infos;
}

export function readProcessResults(value: Value): ProcessResult[] {
  return arrayOf(value).map((item) => {
    const result = structOf(item);
    return {
      name: stringOf(result, "name"),
      group: stringOf(result, "group"),
      status: numberOf(result, "status"),
      description: stringOf(result, "description"),
    };
  });
}

export function readConfigInfos(value: Value): ConfigInfo[] {
  return arrayOf(value).map((item) => {
    const info = structOf(item);
    return {
      name: stringOf(info, "name"),
      group: stringOf(info, "group"),
      inUse: Boolean(info["inuse"]),
      autostart: Boolean(info["autostart"]),
      groupPriority: numberOf(info, "group_prio"),
      processPriority: numberOf(info, "process_prio"),
    };
  });
}

/** The three lists come in one more array than one would think. */
export function readConfigChanges(value: Value): ConfigChanges {
  const [lists] = arrayOf(value);
  const [added, changed, removed] = arrayOf(lists).map((list) => arrayOf(list).map(textOf));
  if (added === undefined || changed === undefined || removed === undefined) {
    throw unexpected("three lists of groups");
  }
  return { added, changed, removed };
}

export function readText(value: Value): string {
  return textOf(value);
}

function structOf(value: Value | undefined): Struct {
  if (!isStruct(value)) throw unexpected("a struct");
  return value;
}

function arrayOf(value: Value | undefined): readonly Value[] {
  if (!Array.isArray(value)) throw unexpected("an array");
  return value;
}

function textOf(value: Value | undefined): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  throw unexpected("a text");
}

function stringOf(struct: Struct, member: string): string {
  const value = struct[member];
  if (typeof value !== "string") throw unexpected(`a text as "${member}"`);
  return value;
}

function numberOf(struct: Struct, member: string): number {
  const value = struct[member];
  if (typeof value !== "number") throw unexpected(`a number as "${member}"`);
  return value;
}

function unexpected(wanted: string): MalformedAnswerError {
  return new MalformedAnswerError(`Unexpected answer: ${wanted} was expected`);
}
