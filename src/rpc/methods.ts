/** The registry of all methods, and the way from a name and arguments to a result. */
import type { Daemon } from "../daemon/types.ts";
import type { Value } from "../xmlrpc/value.ts";
import { DAEMON_METHODS } from "./daemon_methods.ts";
import { fault } from "./faults.ts";
import { LOG_METHODS } from "./log_methods.ts";
import { Arguments, type Method } from "./method_table.ts";
import { compareText } from "./namespec.ts";
import { PROCESS_METHODS } from "./process_methods.ts";
import { systemMethods } from "./system_methods.ts";

export interface Rpc {
  /**
   * Calls a method by its full name.
   *
   * @throws Fault as a rejection; any other error is a defect
   */
  call(method: string, params: readonly Value[]): Promise<Value>;
  /** The same, without a promise for what needs none. @throws Fault now, or as a rejection */
  run(method: string, params: readonly Value[]): Value | Promise<Value>;
  /** All names, older ones included, sorted. */
  methodNames(): string[];
}

/**
 * The API of one daemon.
 *
 * @param namespaces where the `supervisor.*` methods are mounted; `system.*` is always there
 */
export function createRpc(daemon: Daemon, namespaces: readonly string[]): Rpc {
  const registry = new Map<string, Method>();

  function mount(namespace: string, methods: readonly Method[]): void {
    for (const method of methods) {
      for (const name of method.names) registry.set(`${namespace}.${name}`, method);
    }
  }

  // Not an async function: a call that is answered at once costs one promise, not three.
  function call(name: string, params: readonly Value[]): Promise<Value> {
    try {
      return Promise.resolve(run(name, params));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  function run(name: string, params: readonly Value[]): Value | Promise<Value> {
    const method = registry.get(name);
    if (method === undefined) throw fault("UNKNOWN_METHOD");
    const args = new Arguments(method.params, params);
    if (daemon.state !== "RUNNING" && method.always === undefined) throw fault("SHUTDOWN_STATE");
    const { clock, statistics } = daemon;
    const begin = clock.monotonic();
    const count = () => statistics.countCall(name, (clock.monotonic() - begin) / 1000);
    let result: Value | Promise<Value>;
    try {
      result = method.run(daemon, args);
    } catch (error) {
      count();
      throw error;
    }
    // What waits for processes is counted when they are done; a fault takes its time, too.
    if (result instanceof Promise) result.then(count, count);
    else count();
    return result;
  }

  const methodNames = () =>
    [...registry].filter(([, method]) => method.unlisted === undefined)
      .map(([name]) => name).sort(compareText);
  for (const namespace of namespaces) {
    mount(namespace, [...DAEMON_METHODS, ...PROCESS_METHODS, ...LOG_METHODS]);
  }
  const system = systemMethods({ methodNames, find: (name) => registry.get(name), call });
  mount("system", system.map((method) => ({ ...method, always: true })));

  return { call, run, methodNames };
}
