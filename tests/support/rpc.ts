/** Calling the API of a FakeDaemon in tests. */
import assert from "node:assert/strict";
import { Fault } from "../../src/rpc/faults.ts";
import { createRpc, type Rpc } from "../../src/rpc/methods.ts";
import type { Value } from "../../src/xmlrpc/value.ts";
import type { FakeDaemon } from "./fake_daemon.ts";

export interface Caller extends Rpc {
  /** `supervisor.` is put in front. */
  supervisor(method: string, ...params: Value[]): Promise<Value>;
  system(method: string, ...params: Value[]): Promise<Value>;
}

export function callerFor(daemon: FakeDaemon): Caller {
  const rpc = createRpc(daemon, ["supervisor"]);
  return {
    ...rpc,
    supervisor: (method, ...params) => rpc.call(`supervisor.${method}`, params),
    system: (method, ...params) => rpc.call(`system.${method}`, params),
  };
}

/** Expects a fault of exactly this code and text. */
export async function assertFault(call: Promise<Value>, code: number, text: string): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof Fault, String(error));
    assert.deepEqual([error.code, error.message], [code, text]);
    return true;
  });
}

/** The status struct of a process for which a group call worked. */
export function okStatus(group: string, name: string): Value {
  return { name, group, status: 80, description: "OK" };
}
