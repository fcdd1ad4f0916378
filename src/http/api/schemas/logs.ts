/** Answers about logs. */
import * as v from "valibot";
import { maybeText, text } from "./values.ts";

const Position = v.object({ file: text, offset: v.number() });
export const LogInfo = v.object({
  path: text,
  size: v.number(),
  files: v.array(v.object({
    file: text,
    path: text,
    size: v.number(),
    modifiedAt: text,
    rotation: v.number(),
  })),
});
export const LogRange = v.object({
  file: text,
  offset: v.number(),
  end: v.number(),
  size: v.number(),
  text,
});
export const LogLines = v.object({
  lines: v.array(v.object({ file: text, offset: v.number(), text })),
  before: maybeText,
  end: v.nullable(Position),
});
export const LogMatches = v.object({
  matches: v.array(v.object({
    file: text,
    path: text,
    rotation: v.number(),
    offset: v.number(),
    text,
    ranges: v.array(v.tuple([v.number(), v.number()])),
  })),
  cursor: maybeText,
  scannedBytes: v.number(),
});
