/** Metrics of processes, one sample for each. */
import type { Usage } from "../../daemon/proc_stats.ts";
import type { Channel, Daemon, ManagedProcess } from "../../daemon/types.ts";
import { RUNNING_STATES } from "../../process/states.ts";
import { allProcessesByName } from "../../rpc/namespec.ts";
import type { UsageSource } from "../api/usage.ts";
import {
  counter,
  type Family,
  gauge,
  type Labels,
  type MetricsText,
  type Sample,
} from "./metrics_text.ts";

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

export async function addProcesses(
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
