/**
 * How long a client is waited for, whatever it owes: the rest of a head or a body, or taking an
 * answer. There is a timer only while it owes something.
 */
import { Deadline } from "./deadline.ts";
import type { IncomingBody } from "./incoming_body.ts";
import type { StreamSocket } from "./stream_socket.ts";

/** From the first byte of a head to its last. */
const HEAD_TIMEOUT_MS = 60_000;
/** How often one looks how a body that is waited for gets on: some of it must have come, … */
const BODY_LOOK_MS = 60_000;
/** … and after this many looks as much as this: a byte a second for years is no slow line. */
const BODY_PATIENT_LOOKS = 10;
const BODY_PACE_BYTES = 1024;
/** Without a byte taken of a whole answer: then nobody reads it any more. */
const TAKE_STALL_MS = 60_000;
/** For what the client still sends behind the last answer. */
const LINGER_MS = 1000;

export interface PatienceOptions {
  /** What it was to send has not come. */
  readonly late: () => void;
  /** There is nothing left to wait for: the connection is to be closed. */
  readonly over: () => void;
}

export class Patience {
  readonly #socket: Pick<StreamSocket, "unsent">;
  readonly #options: PatienceOptions;
  /** For what the client has yet to send. */
  readonly #incoming = new Deadline();
  /** For what it has yet to take. */
  readonly #outgoing = new Deadline();

  constructor(socket: Pick<StreamSocket, "unsent">, options: PatienceOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** A head has begun to come. The time runs from the first call on. */
  awaitHead(): void {
    this.#incoming.set(HEAD_TIMEOUT_MS, this.#options.late);
  }

  /** A slow body may take its time, a client that is gone without a word may not. */
  awaitBody(body: IncomingBody, looks = 1): void {
    if (body.isComplete) return;
    const wanted = body.received + (looks > BODY_PATIENT_LOOKS ? BODY_PACE_BYTES : 1);
    this.#incoming.set(
      BODY_LOOK_MS,
      () => body.received >= wanted ? this.awaitBody(body, looks + 1) : this.#options.late(),
    );
  }

  /** The client has sent what it was to send. */
  hasCome(): void {
    this.#incoming.callOff();
  }

  /**
   * A client may take an answer as slowly as it likes, but not leave it lying: it is kept in
   * memory, and may be large. Who follows a log may pause: that holds no more than a piece of it.
   */
  awaitTaking(): void {
    const { unsent } = this.#socket;
    if (unsent === 0) return;
    this.#outgoing.set(
      TAKE_STALL_MS,
      () => this.#socket.unsent < unsent ? this.awaitTaking() : this.#options.over(),
    );
  }

  isTaken(): void {
    this.#outgoing.callOff();
  }

  /** Until all is taken, and then a little longer. Nothing else is waited for any more. */
  linger(): void {
    this.#incoming.callOff();
    const { unsent } = this.#socket;
    this.#incoming.set(LINGER_MS, () => unsent > 0 ? this.linger() : this.#options.over());
  }

  end(): void {
    this.#incoming.callOff();
    this.#outgoing.callOff();
  }
}
