/** Calls to a daemon under test without starting supervisorctl for each of them. */
import { join } from "node:path";
import { RpcClient } from "../../src/client/rpc_client.ts";

export function clientOf(daemon: { readonly directory: string }): RpcClient {
  return new RpcClient({
    serverUrl: `unix://${join(daemon.directory, "supervisor.sock")}`,
    username: null,
    password: null,
  });
}
