/** Metrics of the daemon itself. */
import process from "node:process";
import { buildInfo } from "../../build_info.ts";
import type { Daemon } from "../../daemon/types.ts";
import { compareText } from "../../rpc/namespec.ts";
import type { UsageSource } from "../api/usage.ts";
import { counter, type Family, gauge, type MetricsText } from "./metrics_text.ts";

export interface MetricsOptions {
  readonly daemon: Daemon;
  readonly usage: UsageSource;
  /** How many listen to the event stream. */
  readonly eventClients: number;
}

export function addDaemon(
  text: MetricsText,
  { daemon, usage, eventClients }: MetricsOptions,
  lag: number,
) {
  const { statistics, state, identifier } = daemon;
  const one = (family: Family, value: number) => text.add(family, [[{}, value]]);
  text.add({ name: "supervisord", type: "info", help: "Which daemon this is." }, [
    [{ version: buildInfo.version, commit: buildInfo.commit, identifier }, 1],
  ]);
  text.add(gauge("supervisord_state", "1 for the state that the daemon is in."), [[{ state }, 1]]);
  one(
    counter("supervisord_upgrades", "How often the daemon has gone on as another program."),
    statistics.handovers,
  );
  const cpu = process.cpuUsage();
  one(
    counter("supervisord_cpu_seconds", "CPU time of the daemon itself.", "seconds"),
    (cpu.user + cpu.system) / 1e6,
  );
  one(
    gauge("supervisord_resident_memory_bytes", "Resident memory of the daemon itself.", "bytes"),
    process.memoryUsage.rss(),
  );
  one(
    gauge("supervisord_start_time_seconds", "When the daemon was started.", "seconds"),
    Math.floor(
      daemon.clock.wall() / 1000 - statistics.uptimeSeconds(daemon.clock.monotonic()),
    ),
  );
  const descriptors = usage.stats.descriptors("self");
  if (descriptors !== null) {
    one(gauge("supervisord_open_fds", "Open descriptors of the daemon itself."), descriptors);
  }
  one(
    gauge(
      "supervisord_event_loop_lag_seconds",
      "How late a timer came that was due at once, at the time of this scrape.",
      "seconds",
    ),
    lag,
  );
  one(gauge("supervisord_event_stream_clients", "Clients of the event stream."), eventClients);
  text.add(
    counter("supervisord_refused_logins", "Logins that failed, or were not looked at after those."),
    [...statistics.logins].flatMap(([server, counts]) =>
      (["failed", "throttled"] as const)
        .map((reason) => [{ server, reason }, counts[reason]] as const)
    ),
  );
  text.addHistograms({
    name: "supervisord_spawn_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "How long the daemon was busy starting a child.",
  }, [[{}, statistics.spawnSeconds]]);
  text.addHistograms(
    {
      name: "supervisord_rpc_duration_seconds",
      type: "histogram",
      unit: "seconds",
      help: "How long XML-RPC methods took, the time they waited for processes included.",
    },
    [...statistics.rpcSeconds].sort(([a], [b]) => compareText(a, b))
      .map(([method, histogram]) => [{ method }, histogram] as const),
  );
}
