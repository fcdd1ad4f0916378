/** The schemas of answers by the names they have in the description. */
import { Configuration, Difference, Plan, ScaleResult, UpdateResult } from "./configuration.ts";
import {
  Accepted,
  AccessInfo,
  DaemonInfo,
  Group,
  Groups,
  Problem,
  UpgradeAccepted,
} from "./daemon.ts";
import { LogInfo, LogLines, LogMatches, LogRange } from "./logs.ts";
import {
  ActionResults,
  Failures,
  Process,
  Processes,
  Run,
  Usage,
  UsageSample,
  Why,
} from "./processes.ts";

/** What has a name of its own in the description. */
export const COMPONENTS = {
  Problem,
  Process,
  Processes,
  Failures,
  Run,
  Why,
  Usage,
  UsageSample,
  Group,
  Groups,
  DaemonInfo,
  Configuration,
  Difference,
  Plan,
  UpdateResult,
  ScaleResult,
  ActionResults,
  Accepted,
  AccessInfo,
  UpgradeAccepted,
  LogInfo,
  LogRange,
  LogLines,
  LogMatches,
} as const;
