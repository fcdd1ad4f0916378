/**
 * One client: requests in, answers out, in order, one at a time.
 *
 *   waiting     no request is being answered; the head of one may have come in part
 *   answering   a request is with the app, or its answer on its way; what else comes has to wait
 *   lingering   the last answer is out, our direction closed; what the client still sends is thrown
 *               away for a while, because closing under it would take the answer away from it
 *   ending      the last answer is on its way and nothing was left unread
 *   closed
 *
 * How long each may last is up to patience.ts. Each holds a bounded amount: a head, a body that the
 * app asked for, one answer.
 */
import { Buffer } from "node:buffer";
import type {
  ConnectionInfo,
  PreparedRequest,
  ServeOptions,
  WholeResponse,
} from "../http_types.ts";
import { type Head, parseHead } from "./head.ts";
import { HeadScanner } from "./head_scanner.ts";
import { IncomingBody } from "./incoming_body.ts";
import { InputBuffer } from "./input_buffer.ts";
import { Patience } from "./patience.ts";
import type { PreparedRequests } from "./prepared_requests.ts";
import { type Framing, refusal, responseHead, textHead } from "./response_head.ts";
import { ServerRequest } from "./server_request.ts";
import type { StreamHandler, StreamSocket } from "./stream_socket.ts";
import { sendStream } from "./stream_body.ts";

/** Largest head, in bytes. */
export const MAX_HEAD_BYTES = 64 * 1024;
/** What is thrown away of a body that nobody read, before the connection is closed. */
const LINGER_BYTES = 1024 * 1024;

export interface ConnectionOptions
  extends Pick<ServeOptions, "fetch" | "maxBodyBytes" | "serverName"> {
  readonly ended: (connection: HttpConnection) => void;
  /** Requests that need not be read again. */
  readonly known?: PreparedRequests;
  /** An answer is out and the connection stays open. */
  readonly settled?: () => void;
}

interface Exchange {
  readonly head: Head;
  readonly body: IncomingBody;
  /** null: nobody has needed one. */
  readonly request: ServerRequest | null;
}

/** Of a request that is known by its bytes. */
const ALL_THERE = new IncomingBody(0, () => {});

export class HttpConnection implements StreamHandler, ConnectionInfo {
  readonly #socket: StreamSocket;
  readonly #options: ConnectionOptions;
  readonly #input = new InputBuffer();
  #phase: "waiting" | "answering" | "lingering" | "ending" | "closed" = "waiting";
  #exchange: Exchange | null = null;
  /** The app is done with what is being answered. */
  #isAnswered = false;
  /** Stops a streamed answer. */
  #streamGone: (() => void) | null = null;
  #isPaused = false;
  /** No request is begun: see HttpServer.freeze(). */
  #isFrozen = false;
  #isPeerEnded = false;
  readonly #head = new HeadScanner(this.#input);
  readonly #patience: Patience;
  #lingered = 0;
  #onDrained: (() => void) | null = null;

  constructor(socket: StreamSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#patience = new Patience(socket, {
      late: () => this.#fail(408),
      over: () => this.destroy(),
    });
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress;
  }

  get remotePort(): number {
    return this.#socket.remotePort;
  }

  get fd(): number | undefined {
    return this.#socket.fd;
  }

  get certificate(): string | undefined {
    return this.#socket.certificate;
  }

  /** Nothing is under way: closing it harms nobody. */
  get isIdle(): boolean {
    return this.#phase === "waiting" && this.#input.length === 0;
  }

  /** An answer is being made, or on its way. */
  get isBusy(): boolean {
    return (this.#phase === "answering" && this.#streamGone === null) || this.#phase === "ending";
  }

  /** The app has not given its answer yet. */
  get isWorking(): boolean {
    return this.#phase === "answering" && !this.#isAnswered;
  }

  get isStreaming(): boolean {
    return this.#phase === "answering" && this.#streamGone !== null;
  }

  freeze(): void {
    this.#isFrozen = true;
    if (this.#phase !== "waiting") return;
    this.#patience.hasCome();
    this.#pause();
  }

  thaw(): void {
    this.#isFrozen = false;
    if (this.#phase === "waiting") this.#continue();
  }

  /** Ends an endless answer as if there were no more of it. */
  endStream(): void {
    this.#streamGone?.();
  }

  /** What is left of it to go on with elsewhere; null when it is not between two requests. */
  handOver(): { readonly fd: number; readonly input: Uint8Array } | null {
    if (this.#phase !== "waiting" || this.#isPeerEnded || this.#onDrained !== null) return null;
    const fd = this.#socket.duplicate();
    return fd === null ? null : { fd, input: this.#input.peek() };
  }

  /** Answers a client that there is no room for. */
  refuse(status: number): void {
    this.#socket.write(refusal(status, this.#options.serverName));
    this.#linger();
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy();
    this.closed();
  }

  received(chunk: Uint8Array): void {
    switch (this.#phase) {
      case "waiting":
        this.#receivedWhileWaiting(chunk);
        return;
      case "answering":
        this.#receivedWhileAnswering(chunk, this.#exchange as Exchange);
        return;
      case "lingering":
        this.#lingered += chunk.length;
        if (this.#lingered > LINGER_BYTES) this.destroy();
    }
  }

  drained(): void {
    this.#patience.isTaken();
    const next = this.#onDrained;
    this.#onDrained = null;
    next?.();
  }

  peerEnded(): void {
    this.#isPeerEnded = true;
    switch (this.#phase) {
      case "waiting":
        this.#close();
        return;
      case "answering":
        // A whole answer still goes out; an endless one would never find out that nobody is there.
        this.#abandon();
        return;
      case "lingering":
        this.destroy();
    }
  }

  closed(): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#patience.end();
    this.#abandon();
    this.#exchange = null;
    this.#input.clear();
    this.drained();
    this.#options.ended(this);
  }

  /** The client takes part no more in what is under way. */
  #abandon(): void {
    this.#exchange?.body.abort("the client went away");
    this.#exchange?.request?.abort();
    this.#streamGone?.();
  }

  #receivedWhileWaiting(chunk: Uint8Array): void {
    const { known } = this.#options;
    const isFirst = this.#input.length === 0 && !this.#isFrozen;
    if (known !== undefined && isFirst) {
      const request = known.find(chunk);
      if (request !== undefined) return this.#answerKnown(request.head, request.prepared);
    }
    this.#input.push(chunk);
    if (this.#isFrozen) return;
    this.#readHead();
    if (known === undefined || !isFirst || this.#input.length > 0) return;
    const exchange = this.#exchange;
    if (exchange?.body.isComplete === true) known.learn(chunk, exchange.head);
  }

  #answerKnown(head: Head, prepared: PreparedRequest): void {
    const exchange: Exchange = { head, body: ALL_THERE, request: null };
    this.#exchange = exchange;
    this.#phase = "answering";
    this.#isAnswered = false;
    const answer = prepared.answer();
    if (answer instanceof Promise) {
      answer.then((one) => this.#answerPrepared(exchange, one, prepared));
    } else {
      this.#answerPrepared(exchange, answer, prepared);
    }
  }

  #answerPrepared(
    exchange: Exchange,
    answer: string | Response,
    { contentType }: PreparedRequest,
  ): void {
    if (typeof answer !== "string") return this.#answer(exchange, answer);
    if (this.#phase !== "answering" || this.#exchange !== exchange) return;
    this.#isAnswered = true;
    const connection = this.#connectionFor(exchange);
    const length = Buffer.byteLength(answer);
    const head = textHead(contentType, this.#options.serverName, length, connection);
    this.#finish(this.#socket.write(head, answer), connection !== "close");
  }

  #receivedWhileAnswering(chunk: Uint8Array, { body, head }: Exchange): void {
    const own = head.isCoded ? 0 : Math.min(chunk.length, body.missing);
    if (own === chunk.length) {
      body.push(chunk);
    } else {
      if (own > 0) body.push(chunk.subarray(0, own));
      this.#input.push(chunk.subarray(own));
    }
    if (body.isComplete) this.#patience.hasCome();
    // The next request, or a body that nobody asked for: it waits in the kernel.
    if (own < chunk.length || (!body.isComplete && !body.isWanted)) this.#pause();
  }

  /** Goes on as far as the input allows. */
  #readHead(): void {
    const input = this.#input;
    const end = this.#head.find();
    if (end === null) {
      if (input.length > MAX_HEAD_BYTES) this.#fail(431);
      else if (input.length === 0) this.#patience.hasCome();
      else this.#patience.awaitHead();
      if (this.#phase === "waiting") this.#resume();
      return;
    }
    this.#patience.hasCome();
    if (end.length > MAX_HEAD_BYTES) return this.#fail(431);
    const head = parseHead(input.takeText(end.length));
    input.take(end.separator);
    if (typeof head === "number") return this.#fail(head);
    if (head.contentLength !== null && head.contentLength > this.#options.maxBodyBytes) {
      return this.#fail(413);
    }
    this.#begin(head);
  }

  #begin(head: Head): void {
    const input = this.#input;
    const length = head.isCoded ? Infinity : head.contentLength ?? 0;
    const body = new IncomingBody(length, () => this.#awaitBody(head));
    if (length > 0 && !head.isCoded && input.length > 0) {
      body.push(input.take(Math.min(input.length, body.length)));
    }
    const request = new ServerRequest(head, body, this.#socket.isSecure === true);
    const exchange: Exchange = { head, body, request };
    this.#exchange = exchange;
    this.#phase = "answering";
    this.#isAnswered = false;
    let answer;
    try {
      answer = this.#options.fetch(request as unknown as Request, this);
    } catch {
      // The app answers its own errors; what is thrown is a defect, and its text nobody's business.
      return this.#fail(500);
    }
    if (!body.isComplete && !body.isWanted) this.#pause();
    else if (input.length === 0) this.#resume();
    if (answer instanceof Response) return this.#answer(exchange, answer);
    answer.then((response) => this.#answer(exchange, response), () => this.#fail(500));
  }

  #awaitBody(head: Head): void {
    if (this.#phase !== "answering") return;
    // As in the reference: what comes in chunks is not read.
    if (head.isCoded) return this.#fail(411);
    if (head.expectsContinue) this.#socket.write("HTTP/1.1 100 Continue\r\n\r\n");
    if (this.#exchange !== null) this.#patience.awaitBody(this.#exchange.body);
    this.#resume();
  }

  #answer(exchange: Exchange, response: Response): void {
    if (this.#phase !== "answering" || this.#exchange !== exchange) {
      // Gone meanwhile.
      discard(response);
      return;
    }
    this.#isAnswered = true;
    try {
      this.#send(exchange, response);
    } catch {
      // A body that was read by somebody else already: a defect, of which a head may be out by now.
      this.destroy();
    }
  }

  #send(exchange: Exchange, response: Response): void {
    const { head } = exchange;
    const whole = (response as Partial<WholeResponse>).whole;
    if (head.method === "HEAD" || whole !== undefined || response.body === null) {
      this.#sendWhole(exchange, response, whole ?? "");
    } else if (response.headers.has("content-length")) {
      response.arrayBuffer().then(
        (bytes) => this.#sendWhole(exchange, response, new Uint8Array(bytes)),
        () => this.#fail(500),
      );
    } else {
      this.#sendStream(exchange, response, response.body);
    }
  }

  #sendWhole(exchange: Exchange, response: Response, content: string | Uint8Array): void {
    if (this.#phase !== "answering") return;
    const { status, headers } = response;
    const isBodiless = status === 204 || status === 304;
    const isHead = exchange.head.method === "HEAD";
    // Bytes are counted, text only where nobody has done so before.
    const isCounted = typeof content !== "string" && !isHead;
    const announced = isCounted ? null : headers.get("content-length");
    const length = announced === null ? byteLength(content) : Number(announced);
    const connection = this.#connectionFor(exchange, response);
    const head = responseHead(status, headers, { body: isBodiless ? "none" : length, connection });
    if (isHead || isBodiless) {
      discard(response);
      this.#finish(this.#socket.write(head), connection !== "close");
    } else {
      this.#finish(this.#socket.write(head, content), connection !== "close");
    }
  }

  #sendStream(exchange: Exchange, response: Response, body: ReadableStream<Uint8Array>): void {
    const isChunked = exchange.head.isHttp11;
    const connection = isChunked ? this.#connectionFor(exchange, response) : "close";
    const framing: Framing = { body: isChunked ? "chunked" : "to the end", connection };
    const isSent = this.#socket.write(responseHead(response.status, response.headers, framing));
    const stream = sendStream(body, {
      isChunked,
      write: (bytes) => this.#socket.write(bytes),
      drained: () => new Promise((resolve) => this.#onDrained = resolve),
      isSent,
    });
    this.#streamGone = stream.stop;
    if (this.#isPeerEnded) stream.stop();
    stream.done.then((outcome) => {
      this.#streamGone = null;
      if (this.#phase !== "answering") return;
      // Broken off in the middle: only the end of the connection can say so.
      if (outcome === "failed") this.destroy();
      else this.#finish(true, connection !== "close");
    });
  }

  #connectionFor({ head, body }: Exchange, response?: Response): Framing["connection"] {
    const isKept = head.keepAlive && body.isComplete && !this.#isPeerEnded &&
      response?.headers.get("connection")?.toLowerCase() !== "close";
    if (!isKept) return "close";
    // HTTP/1.1 keeps connections unless told otherwise.
    return head.isHttp11 ? null : "keep-alive";
  }

  /** The answer is out, or kept to be sent: then the next one has to wait. */
  #finish(isSent: boolean, isKept: boolean): void {
    this.#patience.hasCome();
    if (!isSent || !isKept) this.#patience.awaitTaking();
    if (!isKept) return this.#close();
    if (!isSent) {
      this.#onDrained = () => this.#finish(true, true);
      return;
    }
    this.#exchange = null;
    if (this.#isOver()) return;
    if (this.#isPeerEnded && this.#input.length === 0) return this.#close();
    this.#phase = "waiting";
    if (this.#isFrozen) {
      this.#pause();
      this.#options.settled?.();
    } else {
      this.#continue();
    }
  }

  #continue(): void {
    if (this.#input.length > 0) this.#readHead();
    else this.#resume();
  }

  #fail(status: number): void {
    if (this.#isOver()) return;
    const { body } = this.#exchange ?? {};
    this.#exchange = null;
    body?.abort("refused");
    this.#socket.write(refusal(status, this.#options.serverName));
    this.#linger();
  }

  /** Ends the connection so that the client gets the last answer whole. */
  #close(): void {
    const { body } = this.#exchange ?? {};
    const owesNothing = this.#isPeerEnded ||
      ((body?.isComplete ?? true) && this.#input.length === 0 && !this.#isPaused);
    if (!owesNothing) return this.#linger();
    this.#exchange = null;
    this.#input.clear();
    this.#phase = "ending";
    this.#socket.end();
  }

  #linger(): void {
    this.#exchange = null;
    this.#input.clear();
    this.#phase = "lingering";
    this.#patience.awaitTaking();
    this.#resume();
    this.#socket.shutdown();
    this.#patience.linger();
  }

  #isOver(): boolean {
    return this.#phase !== "waiting" && this.#phase !== "answering";
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }
}

function byteLength(content: string | Uint8Array): number {
  return typeof content === "string" ? Buffer.byteLength(content) : content.length;
}

function discard(response: Response): void {
  // A stream that is in use or broken already needs no cancelling.
  response.body?.cancel().catch(() => {});
}
