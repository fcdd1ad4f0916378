/** What the schemas of requests and answers are made of. */
import * as v from "valibot";

/** A number from a query or a body, with its limits told in both the error and the description. */
export const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
export const text = v.string();
export const maybeText = v.nullable(v.string());

export const maybeNumber = v.nullable(v.number());
export const flag = v.boolean();

export const described = <S extends v.GenericSchema>(schema: S, words: string) =>
  v.pipe(schema, v.description(words));

export const Source = v.object({ file: text, line: v.number() });
