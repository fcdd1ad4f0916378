/** What a process tells whoever keeps account of the living, where `on_orphans` is set. */
import type { ProcessSpec } from "../../config/types.ts";

/** Our ends of the pipes of a child; -1: none. */
export interface PipeEnds {
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
}

export interface Births {
  /** Whether the pipes of children are to outlive this daemon. */
  readonly keepsPipes: boolean;
  /**
   * Opens the child's end of a pipe for both directions, so that it is never without a reader or
   * a writer while the child lives.
   *
   * @throws Error with `code`
   */
  openBothWays(end: number): number;
  /**
   * A start begins.
   *
   * @param lasting our ends of those pipes that were opened both ways; null: none were
   * @returns what its environment is given
   */
  begin(spec: ProcessSpec, lasting: PipeEnds | null): Readonly<Record<string, string>>;
  /** It has come to a process. */
  born(spec: ProcessSpec, pid: number): void;
  /** Its work is done by another process from now on. */
  movedTo(spec: ProcessSpec, pid: number): void;
  /** It has ended, or nothing came of its start. */
  ended(spec: ProcessSpec): void;
}
