/** The description of the API, made of the schemas that validate its requests. */
import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { buildInfo } from "../../build_info.ts";
import type { ObjectSchema, Route } from "./route.ts";
import { COMPONENTS } from "./schemas/components.ts";

type Json = Record<string, unknown>;

const PROBLEM = {
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

/** An OpenAPI 3.1 document. @see https://spec.openapis.org/oas/v3.1.0 */
export function describeApi(routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = paths[`/api/v1${route.path}`] ??= {};
    path[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "supervisord",
      version: buildInfo.version,
      description: "State, control, logs and live events of a supervisord.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{}, { basic: [] }, { token: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        basic: { type: "http", scheme: "basic" },
        token: { type: "http", scheme: "bearer", description: "NAME.SECRET of a [token:NAME]" },
      },
      schemas: Object.fromEntries(
        Object.entries(COMPONENTS).map(([name, schema]) => [name, component(schema, name)]),
      ),
    },
  };
}

function operation(route: Route): Json {
  const { id, tag, summary, params, query, body, answer, problems } = route;
  const parameters = [...parametersOf(params, "path"), ...parametersOf(query, "query")];
  const content = "json" in answer
    ? { "application/json": { schema: { $ref: `#/components/schemas/${answer.json}` } } }
    : { [answer.contentType]: { schema: { type: "string" } } };
  const own = problems.length === 0 ? "" : ` (${problems.join(", ")})`;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null ? {} : {
      requestBody: {
        required: hasRequired(body),
        content: { "application/json": { schema: schemaOf(body) } },
      },
    }),
    responses: {
      "200": { description: "text" in answer ? answer.text : "All is well.", content },
      "default": { description: `A problem${own}.`, ...PROBLEM },
    },
  };
}

function parametersOf(schema: ObjectSchema, place: "path" | "query"): Json[] {
  return Object.entries(schema.entries).map(([name, entry]) => {
    const { description, ...rest } = schemaOf(entry);
    return {
      name,
      in: place,
      required: place === "path" || entry.type !== "optional",
      ...(description === undefined ? {} : { description }),
      ...(rest["type"] === "array" ? { style: "form", explode: false } : {}),
      schema: rest,
    };
  });
}

function hasRequired(schema: ObjectSchema): boolean {
  return Object.values(schema.entries).some(({ type }) => type !== "optional");
}

const CONVERSION = { target: "draft-2020-12", typeMode: "input" } as const;

function schemaOf(schema: GenericSchema): Json {
  return withoutDialect({ ...toJsonSchema(schema, CONVERSION) });
}

/** Components refer to each other by name instead of repeating each other. */
function component(schema: GenericSchema, name: string): Json {
  const others = Object.fromEntries(Object.entries(COMPONENTS).filter(([other]) => other !== name));
  const { $defs: _, ...rest } = withoutDialect(
    { ...toJsonSchema(schema, { ...CONVERSION, definitions: others }) },
  );
  return JSON.parse(JSON.stringify(rest).replaceAll("#/$defs/", "#/components/schemas/")) as Json;
}

function withoutDialect({ $schema: _, ...rest }: Json): Json {
  return rest;
}
