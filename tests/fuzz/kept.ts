/** Inputs that once did harm, each with what it did. They are tried before anything else. */
export interface Kept {
  readonly target: string;
  readonly why: string;
  /** One character for each byte. */
  readonly input: string;
}

export const KEPT: readonly Kept[] = [];
