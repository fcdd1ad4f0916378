/** All metrics, in the order in which they are measured. */
import type { Metric } from "./metric.ts";
import { measureCalls, measureStorm } from "./metrics/calls.ts";
import { measureControl } from "./metrics/control.ts";
import { measureDisk } from "./metrics/disk.ts";
import { measureEvents, measureLogEvents } from "./metrics/events.ts";
import { measureIdle } from "./metrics/idle.ts";
import {
  measureBackground,
  measureRestart,
  measureSpawn,
  measureStart,
  measureStop,
} from "./metrics/lifecycle.ts";
import { measureLogs } from "./metrics/logs.ts";
import { measureScale } from "./metrics/scale.ts";

export const METRICS: readonly Metric[] = [
  { name: "start", measure: measureStart },
  { name: "daemonize", measure: measureBackground },
  { name: "idle", measure: measureIdle, mostRounds: 1 },
  { name: "spawn", measure: measureSpawn },
  { name: "restart", measure: measureRestart },
  { name: "stop", measure: measureStop },
  { name: "log", measure: measureLogs },
  { name: "logevents", measure: measureLogEvents },
  { name: "ctl", measure: measureControl },
  { name: "rpc", measure: measureCalls },
  { name: "storm", measure: measureStorm },
  { name: "events", measure: measureEvents },
  { name: "scale", measure: measureScale, mostRounds: 1 },
  { name: "disk", measure: measureDisk, mostRounds: 1 },
];
