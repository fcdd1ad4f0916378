/** What every handler of one server is given. */
import type { Daemon } from "../daemon/types.ts";
import type { Access } from "../rpc/guarded_rpc.ts";
import type { Rpc } from "../rpc/methods.ts";
import type { ConnectionInfo } from "../runtime/http_types.ts";

/** Hono's environment: the runtime passes the connection along with each request. */
export interface HttpEnv {
  // deno-lint-ignore ban-types -- Hono's type asks for an object type that may lack all members
  Bindings: Partial<ConnectionInfo> & { readonly access?: Access } & {};
}

export interface Services {
  readonly daemon: Daemon;
  readonly rpc: Rpc;
}
