/** `/metrics`: everything is read or reckoned when somebody scrapes; nothing is collected before. */
import process from "node:process";
import { buildInfo } from "../build_info.ts";
import type { Usage } from "../daemon/proc_stats.ts";
import type { Channel, Daemon, ManagedProcess } from "../daemon/types.ts";
import { RUNNING_STATES } from "../process/states.ts";
import { allProcessesByName, compareText } from "../rpc/namespec.ts";
import type { UsageSource } from "./api/usage.ts";
import { type Family, type Labels, MetricsText, type Sample } from "./metrics_text.ts";

export interface MetricsOptions {
  readonly daemon: Daemon;
  readonly usage: UsageSource;
  /** How many listen to the event stream. */
  readonly eventClients: number;
}

export async function renderMetrics(options: MetricsOptions): Promise<string> {
  const { daemon, usage } = options;
  const lag = await measureLag(daemon);
  const used = await usage.byPid();
  const text = new MetricsText();
  addDaemon(text, options, lag);
  await addProcesses(text, daemon, usage, used);
  addEventQueues(text, daemon);
  return text.toString();
}

/** How late a timer comes that is due at once: what anybody else had to wait at this moment. */
function measureLag({ clock }: Daemon): Promise<number> {
  const before = clock.monotonic();
  return new Promise((resolve) => {
    setTimeout(() => resolve(Math.max(0, clock.monotonic() - before) / 1000), 0);
  });
}

function gauge(name: string, help: string, unit?: Family["unit"]): Family {
  return { name, type: "gauge", help, ...(unit === undefined ? {} : { unit }) };
}

function counter(name: string, help: string, unit?: Family["unit"]): Family {
  return { name, type: "counter", help, ...(unit === undefined ? {} : { unit }) };
}

function addDaemon(
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

/** A family with one sample for each process that has the value. */
interface PerProcess {
  readonly family: Family;
  readonly value: (process: ManagedProcess, used: Usage | undefined) => number | null;
}

const PER_PROCESS: readonly PerProcess[] = [
  {
    family: gauge("supervisor_process_up", "1 while the process is STARTING, RUNNING or BACKOFF."),
    value: ({ record }) => RUNNING_STATES.has(record.state) ? 1 : 0,
  },
  {
    family: gauge(
      "supervisor_process_start_time_seconds",
      "When the latest start was tried.",
      "seconds",
    ),
    value: ({ record }) => record.startedAt === null ? null : record.startedAt.wall / 1000,
  },
  {
    family: counter("supervisor_process_starts", "Children that were started."),
    value: ({ record }) => record.starts,
  },
  {
    family: counter("supervisor_process_restarts", "Those starts that nobody asked for."),
    value: ({ record }) => record.restarts,
  },
  {
    family: gauge(
      "supervisor_process_start_tries",
      "Failed starts since the last that succeeded.",
    ),
    value: ({ record }) => record.tries,
  },
  {
    family: gauge("supervisor_process_disabled", "1 while it may not start with the daemon."),
    value: ({ isDisabled }) => isDisabled ? 1 : null,
  },
  {
    family: gauge(
      "supervisor_process_waiting",
      "1 while a process that depends on others waits for them.",
    ),
    value: ({ spec, waitingFor }) =>
      spec.dependencies === undefined ? null : waitingFor === null ? 0 : 1,
  },
  {
    family: gauge("supervisor_process_ready", "1 while a process with a check is ready."),
    value: ({ health }) => health === null ? null : health.ready ? 1 : 0,
  },
  {
    family: gauge(
      "supervisor_process_adopted",
      "1 while the process is one that a killed daemon has started.",
    ),
    value: ({ isAdopted }) => isAdopted ? 1 : null,
  },
  {
    family: gauge(
      "supervisor_process_healthy",
      "1 while a process with a check is healthy, 0 while it is starting or unhealthy.",
    ),
    value: ({ health }) => health === null ? null : health.status === "healthy" ? 1 : 0,
  },
  {
    family: gauge(
      "supervisor_process_next_run_time_seconds",
      "When a program with a schedule runs next.",
      "seconds",
    ),
    value: ({ schedule }) => schedule?.next ? schedule.next / 1000 : null,
  },
  {
    family: counter(
      "supervisor_process_skipped_runs",
      "Runs of a schedule that were due and left out.",
    ),
    value: ({ schedule }) => schedule?.skipped ?? null,
  },
  {
    family: counter(
      "supervisor_process_timed_out_runs",
      "Runs of a schedule that were stopped for schedule_timeout.",
    ),
    value: ({ schedule }) => schedule?.timedOut ?? null,
  },
  {
    family: counter(
      "supervisor_process_cpu_seconds",
      "CPU time of the process tree that lives now.",
      "seconds",
    ),
    value: (_, used) => used?.cpuSeconds ?? null,
  },
  {
    family: gauge(
      "supervisor_process_resident_memory_bytes",
      "Resident memory of the process tree.",
      "bytes",
    ),
    value: (_, used) => used?.residentBytes ?? null,
  },
  {
    family: gauge("supervisor_process_tree_processes", "Processes in the tree."),
    value: (_, used) => used?.processes ?? null,
  },
  {
    family: gauge("supervisor_process_tree_threads", "Threads in the tree."),
    value: (_, used) => used?.threads ?? null,
  },
];

const CHANNELS: readonly Channel[] = ["stdout", "stderr"];

async function addProcesses(
  text: MetricsText,
  daemon: Daemon,
  usage: UsageSource,
  used: ReadonlyMap<number, Usage>,
): Promise<void> {
  const processes = allProcessesByName(daemon).map((process) => ({
    process,
    labels: { group: process.groupName, process: process.name },
  }));
  const each = (value: (process: ManagedProcess) => number | null): Sample[] =>
    processes.flatMap(({ process, labels }) => {
      const found = value(process);
      return found === null ? [] : [[labels, found] as const];
    });

  text.add(
    gauge("supervisor_process_state", "1 for the state that the process is in."),
    processes.map(({ process, labels }) => [{ ...labels, state: process.record.state }, 1]),
  );
  text.add(
    gauge("supervisor_process_uptime_seconds", "How long the process has lived.", "seconds"),
    each(({ record }) =>
      record.pid === 0 || record.startedAt === null
        ? null
        : Math.max(0, daemon.clock.monotonic() - record.startedAt.mono) / 1000
    ),
  );
  for (const { family, value } of PER_PROCESS) {
    text.add(family, each((process) => value(process, used.get(process.record.pid))));
  }
  const descriptors = await countDescriptors(processes.map(({ process }) => process), usage);
  text.add(
    gauge("supervisor_process_open_fds", "Open descriptors of the process itself."),
    each((process) => descriptors.get(process) ?? null),
  );
  text.add(
    counter("supervisor_process_exits", "How children ended: by exit code or by signal."),
    processes.flatMap(({ process, labels }) =>
      daemon.statistics.exitsOf(process).map(({ reason, value, count }) =>
        [{ ...labels, reason, value }, count] as const
      )
    ),
  );
  text.add(
    counter("supervisor_process_failures", "Exits that were not expected, and failed starts."),
    each((process) => daemon.statistics.failuresOf(process)),
  );
  text.add(
    counter("supervisor_process_oom_kills", "Ends by the kernel, for want of memory."),
    each((process) => daemon.statistics.oomKillsOf(process)),
  );
  const perChannel = (value: (process: ManagedProcess, channel: Channel) => number): Sample[] =>
    processes.flatMap(({ process, labels }) =>
      CHANNELS.map((channel): Sample => [{ ...labels, channel } as Labels, value(process, channel)])
    );
  text.add(
    counter("supervisor_process_log_bytes", "Bytes written to the log of a channel.", "bytes"),
    perChannel((process, channel) => process.outputCounts(channel).bytes),
  );
  text.add(
    counter(
      "supervisor_process_log_dropped_bytes",
      "Bytes that the log of a channel could not take.",
      "bytes",
    ),
    perChannel((process, channel) => process.outputCounts(channel).dropped),
  );
  const blocked = processes.flatMap(({ process, labels }) =>
    CHANNELS.flatMap((channel): Sample[] => {
      const counts = process.outputCounts(channel).blocked;
      return counts === undefined ? [] : [[{ ...labels, channel } as Labels, counts.ms / 1000]];
    })
  );
  if (blocked.length > 0) {
    text.add(
      counter(
        "supervisor_process_log_blocked_seconds",
        "How long a process was held up by the log of a channel.",
        "seconds",
      ),
      blocked,
    );
  }
}

/** Directories read before others have their turn. */
const SLICE = 32;

async function countDescriptors(
  processes: readonly ManagedProcess[],
  { stats }: UsageSource,
): Promise<Map<ManagedProcess, number>> {
  const counts = new Map<ManagedProcess, number>();
  let looks = 0;
  for (const process of processes) {
    if (process.record.pid === 0) continue;
    const count = stats.descriptors(process.record.pid);
    if (count !== null) counts.set(process, count);
    if (++looks % SLICE === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return counts;
}

function addEventQueues(text: MetricsText, daemon: Daemon): void {
  const pools = daemon.groups().flatMap(({ name, eventQueue }) =>
    eventQueue === null ? [] : [{ labels: { pool: name }, ...eventQueue }]
  );
  text.add(
    gauge("supervisor_event_queue_length", "Events that wait for a listener of the pool."),
    pools.map(({ labels, size }) => [labels, size]),
  );
  text.add(
    gauge("supervisor_event_queue_capacity", "Events that may wait."),
    pools.map(({ labels, capacity }) => [labels, capacity]),
  );
  text.add(
    counter("supervisor_event_queue_dropped", "Events dropped because too many waited."),
    pools.map(({ labels, dropped }) => [labels, dropped]),
  );
}
