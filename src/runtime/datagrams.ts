/** Datagrams over unix sockets, which neither runtime offers: what sd_notify(3) speaks. */
import { unixAddress } from "./addresses.ts";
import { buffer } from "./libc.ts";
import { type DescriptorContext, makeNonBlocking } from "./pipe_reader.ts";
import { AF_UNIX, F_SETFD, FD_CLOEXEC, SOCK_DGRAM } from "./platform.ts";
import type { Look, Watched } from "./poller.ts";
import type { DatagramSocket } from "./pipe_types.ts";

/** What systemd takes of one. The rest of a longer datagram is lost. */
const DATAGRAM_BYTES = 4096;

/** Datagrams taken in one look, before others get their turn. */
const LOOK_DATAGRAMS = 64;

/** What a socket holds at the end of its owner; more is not waited for. */
const DRAIN_DATAGRAMS = 4096;

/** @throws SystemError */
export function openDatagrams(
  context: DescriptorContext,
  where: string | number,
  receive: (datagram: Uint8Array) => void,
): DatagramSocket {
  const fd = typeof where === "number" ? where : bindSocket(context, where);
  try {
    const { libc } = context;
    libc.functions.fcntl(fd, F_SETFD, FD_CLOEXEC);
    makeNonBlocking(libc, fd);
    return new Datagrams(context, fd, receive);
  } catch (error) {
    context.close(fd);
    throw error;
  }
}

function bindSocket({ libc, close }: DescriptorContext, path: string): number {
  const { functions, platform, failure } = libc;
  const address = unixAddress(platform, path);
  const fd = functions.socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd === -1) throw failure("socket");
  if (functions.bind(fd, address.bytes, address.bytes.length) === 0) return fd;
  const error = failure("bind", path);
  close(fd);
  throw error;
}

class Datagrams implements DatagramSocket, Watched {
  readonly fd: number;
  readonly prompt = true;
  readonly #context: DescriptorContext;
  readonly #receive: (datagram: Uint8Array) => void;
  readonly #bytes = buffer(DATAGRAM_BYTES);
  #isOpen = true;

  constructor(
    context: DescriptorContext,
    fd: number,
    receive: (datagram: Uint8Array) => void,
  ) {
    this.fd = fd;
    this.#context = context;
    this.#receive = receive;
    context.poller.watch(this, "read");
  }

  look(): Look {
    const taken = this.#take(LOOK_DATAGRAMS);
    if (!this.#isOpen) return "done";
    if (taken === 0) return "empty";
    return taken === LOOK_DATAGRAMS ? "much" : "some";
  }

  drain(): void {
    this.#take(DRAIN_DATAGRAMS);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#context.poller.unwatch(this.fd);
    this.#context.close(this.fd);
  }

  /**
   * read(2) and not recvmsg(2): without a place for them, descriptors that were sent along are
   * closed by the kernel, which is what a sender of BARRIER=1 waits for.
   */
  #take(most: number): number {
    const { functions } = this.#context.libc;
    let taken = 0;
    while (this.#isOpen && taken < most) {
      const count = functions.read(this.fd, this.#bytes, DATAGRAM_BYTES);
      // An error, EAGAIN most of all; a datagram of no bytes is one nevertheless.
      if (count < 0) break;
      taken++;
      if (count > 0) this.#receive(this.#bytes.subarray(0, count));
    }
    return taken;
  }
}
