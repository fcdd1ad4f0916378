/** One route of the API: its description, its schemas and what answers it, in one place. */
import * as v from "valibot";
import type { Access } from "../../rpc/guarded_rpc.ts";
import type { COMPONENTS } from "./schemas/components.ts";
import { type InputError, ProblemError } from "./problem.ts";

export type ObjectSchema = v.GenericSchema & {
  readonly entries: Readonly<Record<string, v.GenericSchema>>;
};

/** What comes back when all is well. */
export type Answer =
  | { readonly json: keyof typeof COMPONENTS }
  | { readonly contentType: string; readonly text: string };

export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: Request;
  /** Who asks; null: anybody, and they may do everything. */
  readonly access: Access | null;
}

/** A route as the router and the description see it. */
export interface Route {
  readonly method: "GET" | "POST";
  /** Below /api/v1, `{name}` for parameters. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly params: ObjectSchema;
  readonly query: ObjectSchema;
  readonly body: ObjectSchema | null;
  readonly answer: Answer;
  /** Codes of the problems that are this route's own. */
  readonly problems: readonly string[];
  readonly handle: (input: RouteInput<unknown, unknown, unknown>) => unknown;
}

interface RouteSpec<P extends ObjectSchema, Q extends ObjectSchema, B extends ObjectSchema | null>
  extends Omit<Route, "params" | "query" | "body" | "handle" | "problems"> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly problems?: readonly string[];
  /** Gives the JSON value of the answer, or a whole Response. */
  readonly handle: (
    input: RouteInput<
      v.InferOutput<P>,
      v.InferOutput<Q>,
      B extends ObjectSchema ? v.InferOutput<B> : null
    >,
  ) => unknown;
}

const NONE = v.strictObject({});
type None = typeof NONE;

/** Ties the types of a handler to the schemas of its route. */
export function route<
  P extends ObjectSchema = None,
  Q extends ObjectSchema = None,
  B extends ObjectSchema | null = null,
>(spec: RouteSpec<P, Q, B>): Route {
  return {
    ...spec,
    params: spec.params ?? NONE,
    query: spec.query ?? NONE,
    body: spec.body ?? null,
    problems: spec.problems ?? [],
    // The router calls it with what these very schemas made of the request.
    handle: spec.handle as Route["handle"],
  };
}

/** @throws ProblemError INVALID_REQUEST, naming each thing that does not fit */
export function validate(
  schema: ObjectSchema,
  value: unknown,
  where: "path" | "query" | "body",
): unknown {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const errors: InputError[] = result.issues.map((issue) => ({
    path: [where, v.getDotPath(issue) ?? ""].filter((part) => part !== "").join("."),
    message: issue.message,
  }));
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new ProblemError("INVALID_REQUEST", detail, errors);
}

/**
 * The texts of a query as the values that the schema speaks of: numbers, booleans, lists (repeated
 * or with commas). What cannot be read stays a text, for the schema to object to.
 */
export function readQuery(schema: ObjectSchema, query: URLSearchParams): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const texts = query.getAll(name);
    const entry = schema.entries[name];
    values[name] = entry === undefined ? texts[0] : convert(kindOf(entry), texts);
  }
  return values;
}

function convert(kind: string, texts: readonly string[]): unknown {
  const text = texts.at(-1) ?? "";
  switch (kind) {
    case "number":
      return /^[+-]?\d+$/.test(text) ? Number(text) : text;
    case "boolean":
      return /^(?:true|1|yes|)$/i.test(text) ? true : /^(?:false|0|no)$/i.test(text) ? false : text;
    case "array":
      return texts.flatMap((part) => part.split(",")).map((part) => part.trim())
        .filter((part) => part !== "");
    default:
      return text;
  }
}

/** `number` for an optional, described, limited number. */
function kindOf(schema: v.GenericSchema): string {
  const { wrapped } = schema as { readonly wrapped?: v.GenericSchema };
  return wrapped === undefined ? schema.type : kindOf(wrapped);
}
