/** What a server says of itself in which nothing happens. */
import type { HttpServer } from "../../src/runtime/http_types.ts";

export const IDLE_SERVER: Omit<HttpServer, "port" | "stop"> = {
  busy: 0,
  working: 0,
  streaming: 0,
  freeze: () => {},
  thaw: () => {},
  endStreams: () => {},
  handOver: () => null,
};
