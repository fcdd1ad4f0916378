/** The limit for request bodies where the server has none of its own (Deno.serve). */

const TOO_LARGE = 413;

/** Thrown at a handler that reads on; what it makes of it does not matter, the answer is 413. */
class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/**
 * Answers 413 for a body of more than `maxBytes`: at once if its length is announced, else as soon as
 * too much of it has come.
 */
export async function limitBody(
  request: Request,
  maxBytes: number,
  handler: (request: Request) => Response | Promise<Response>,
): Promise<Response> {
  const announced = request.headers.get("content-length");
  if (announced !== null) {
    return Number(announced) > maxBytes ? tooLarge() : await handler(request);
  }
  if (request.body === null) return await handler(request);
  let received = 0;
  const counted = request.body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        received += chunk.length;
        if (received > maxBytes) controller.error(new BodyTooLarge(`more than ${maxBytes} bytes`));
        else controller.enqueue(chunk);
      },
    }),
  );
  try {
    // Not `new Request(request, …)`: it looks at the signal, which Deno warns about.
    const { url, method, headers } = request;
    const response = await handler(new Request(url, { method, headers, body: counted }));
    if (received <= maxBytes) return response;
    await response.body?.cancel();
    return tooLarge();
  } catch (error) {
    if (received > maxBytes) return tooLarge();
    throw error;
  }
}

function tooLarge(): Response {
  return new Response("Request body too large", { status: TOO_LARGE });
}
