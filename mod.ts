/**
 * The library: embed a supervisor, parse a configuration, talk to a running supervisord (ours
 * or Python's), write an event listener.
 *
 * Embedding needs Bun or Deno; the rest runs on Node as well.
 *
 * @module
 */

// Parse a configuration.
export { checkConfig, type Diagnostic, reportCheck } from "./src/config/check.ts";
export { ConfigError } from "./src/config/errors.ts";
export { hostEnvironment, type HostOptions } from "./src/config/host_environment.ts";
export { loadConfig, loadCtlConfig, type LoadOptions } from "./src/config/load.ts";
export { findConfigFile } from "./src/config/search.ts";
export type {
  ChannelSpec,
  Config,
  CtlConfig,
  DaemonSpec,
  FcgiSpec,
  GroupSpec,
  ListenerSpec,
  LoadEnvironment,
  ProcessSpec,
  ServerSpec,
} from "./src/config/types.ts";

// Talk to a running supervisord.
export { logPath, RpcClient, type RpcClientOptions } from "./src/client/rpc_client.ts";
export { Fault } from "./src/rpc/faults.ts";
export type { Struct, Value } from "./src/xmlrpc/value.ts";

// Write an event listener.
export {
  type EventHeader,
  EventProtocolError,
  listenForEvents,
  type ListenOptions,
  type ReceivedEvent,
} from "./src/client/event_listener.ts";

// Embed a supervisor.
export { type EmbeddedSupervisor, type EmbedOptions, embedSupervisor } from "./src/embed.ts";
export type { ConfigDifference, Daemon, ManagedGroup, ManagedProcess } from "./src/daemon/types.ts";
export type { DaemonEvent } from "./src/events/types.ts";
export type { ProcessRecord } from "./src/process/machine_types.ts";
export type { DaemonState, ProcessState } from "./src/process/states.ts";
export { getRuntime } from "./src/runtime/mod.ts";
