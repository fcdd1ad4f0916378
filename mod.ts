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

// What the types above are made of.
export type { FollowOptions } from "./src/client/rpc_client.ts";
export type { TlsClientOptions } from "./src/client/tls_dial.ts";
export type { CheckReport } from "./src/config/check.ts";
export type { Place } from "./src/config/errors.ts";
export type { IniDocument, IniEntry, IniSection } from "./src/config/ini.ts";
export type { CtlLoadOptions } from "./src/config/load.ts";
export type {
  GroupPlan,
  PlanAction,
  PlanCause,
  ProcessPlan,
  ScalePlan,
} from "./src/config/plan.ts";
export type { SearchEnvironment } from "./src/config/search.ts";
export type {
  CgroupLimits,
  CommandLineOptions,
  DrainSpec,
  FileFacts,
  GroupKind,
  LevelName,
  LoadMessage,
  LogTarget,
  MemoryLimit,
  Role,
  ScaledProgram,
  Source,
  TlsClientSpec,
  TlsSpec,
  TokenSpec,
} from "./src/config/types.ts";
export type {
  ExitCount,
  Histogram,
  HistogramSnapshot,
  ProcessCounts,
  Statistics,
  StatisticsSnapshot,
} from "./src/daemon/statistics.ts";
export type { LeftBehind } from "./src/daemon/tree_keeper.ts";
export type {
  Channel,
  CommandProblem,
  Dependencies,
  EventQueueCounts,
  OutputCounts,
  PlanRequest,
  ScaleOutcome,
  StartOutcome,
  Successor,
  UpdateOutcome,
  Updates,
} from "./src/daemon/types.ts";
export type { EventBus, EventCallback } from "./src/events/bus.ts";
export type { OutputChannelName, TickPeriod } from "./src/events/types.ts";
export type {
  Condition,
  CONDITIONS,
  DependencyPolicy,
  Finding,
  OnDependencyFailure,
  OnDependencyRestart,
  Requirement,
  RequirementState,
} from "./src/process/dependencies.ts";
export type { EndingPolicy } from "./src/process/endings.ts";
export type {
  AbstractEventName,
  EVENT_NAMES,
  EventName,
  EventTypeName,
} from "./src/process/event_names.ts";
export type { FailureReport, ResourceUse as FailureUse } from "./src/process/failure.ts";
export type { Hint } from "./src/process/failure_hints.ts";
export type {
  Check,
  HealthPolicy,
  HealthStatus,
  HealthView,
  OnUnhealthy,
  StatusRange,
} from "./src/process/health.ts";
export type { BlockingHook, HOOK_NAMES, HookName, HookSpec } from "./src/process/hooks.ts";
export type {
  Compression,
  FACILITIES,
  LINE_FIELDS,
  LineField,
  LineFormat,
  LogSettings,
  ROTATION_PERIODS,
  RotationPeriod,
  RotationTimes,
  SEVERITIES,
  SyslogSettings,
  SyslogTarget,
} from "./src/process/log_settings.ts";
export type {
  Autorestart,
  Input,
  LogLevel,
  Millis,
  Moment,
  Policy,
  StateChange,
} from "./src/process/machine_types.ts";
export type { OrphanPolicy } from "./src/process/orphans.ts";
export type {
  BackoffShape,
  RestartDelay,
  RestartHistory,
  RestartLimit,
  RestartPolicy,
} from "./src/process/restart_policy.ts";
export type { Concurrency, SchedulePolicy, ScheduleView } from "./src/process/schedule.ts";
export type { ExitStatus } from "./src/process/signals.ts";
export type { DAEMON_STATE_CODES, PROCESS_STATE_CODES } from "./src/process/states.ts";
export type { StopStep } from "./src/process/stop_steps.ts";
export type { WatchAction, WatchPolicy } from "./src/process/watch.ts";
export type { Dial, DialHandlers, Link, ServerAddress } from "./src/runtime/dial_types.ts";
export type {
  ConnectionInfo,
  HttpServer,
  PlainRequest,
  PreparedRequest,
  ServeOptions,
  ServerHandover,
  TlsMaterial,
  TlsServer,
} from "./src/runtime/http_types.ts";
export type {
  DatagramSocket,
  PipePair,
  PipeReader,
  PipeReaderSink,
  PipeWriter,
  ReaderOptions,
} from "./src/runtime/pipe_types.ts";
export type {
  Confinement,
  Credentials,
  Reaped,
  ResourceName,
  ResourceUse,
  SpawnFailureStep,
  SpawnRequest,
  SpawnResult,
} from "./src/runtime/spawn_types.ts";
export type { SystemError } from "./src/runtime/system_error.ts";
export type {
  Clock,
  GroupEntry,
  Limit,
  Peer,
  Runtime,
  System,
  UserDatabase,
  UserEntry,
} from "./src/runtime/types.ts";
