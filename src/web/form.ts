/** What a request says in its query and its form. */
import { requestQuery } from "./request_url.ts";

export class Form {
  readonly #values: ReadonlyMap<string, string>;
  /** The query alone, with all values of a name. */
  readonly query: URLSearchParams;
  /** The check boxes of the selection, from the body. */
  readonly targets: readonly string[];

  constructor(query: URLSearchParams, body: URLSearchParams) {
    const values = new Map<string, string>();
    for (const [name, value] of query) {
      if (value !== "" && !values.has(name)) values.set(name, value);
    }
    for (const [name, value] of body) {
      if (value !== "") values.set(name, value);
    }
    this.#values = values;
    this.query = query;
    this.targets = body.getAll("target").filter((name) => name !== "");
  }

  /** Empty values count as absent. */
  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** Every field but the token, for a form that asks again. */
  fields(): [name: string, value: string][] {
    const single = [...this.#values].filter(([name]) => name !== "token" && name !== "target");
    return [...single, ...this.targets.map((name): [string, string] => ["target", name])];
  }
}

/**
 * Query and urlencoded body together. Of equal names the first counts in the query and the last
 * in the body, which wins.
 *
 * @returns the answer to give when the body cannot be had
 */
export async function readForm(
  request: Request,
  readBody: (request: Request) => Promise<Uint8Array | Response>,
): Promise<Form | Response> {
  let body = new URLSearchParams();
  if (request.method === "POST") {
    const bytes = await readBody(request);
    if (bytes instanceof Response) return bytes;
    body = new URLSearchParams(new TextDecoder().decode(bytes));
  }
  return new Form(requestQuery(request.url), body);
}
