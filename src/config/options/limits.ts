/** The keys of a program about what it may use, and may do. */
import { positiveDuration } from "../duration.ts";
import {
  capabilities,
  cpuList,
  cpuShare,
  ioPriority,
  memoryMax,
  niceness,
  oomAdjustment,
  pidsMax,
  resourceLimit,
} from "../limit_kinds.ts";
import { boolean, text } from "../values.ts";
import { option, optional } from "./option.ts";

function rlimit(name: string, what: string) {
  const doc = `${what}: soft limit, or soft:hard; unlimited.`;
  return optional(`rlimit_${name}`, resourceLimit, "the daemon's", doc);
}

export const LIMITS = {
  rlimit_nofile: rlimit("nofile", "Open descriptors"),
  rlimit_nproc: rlimit("nproc", "Processes of its user"),
  rlimit_core: rlimit("core", "Size of a core dump"),
  rlimit_fsize: rlimit("fsize", "Size of a file that it writes"),
  rlimit_data: rlimit("data", "Size of its data segment"),
  rlimit_stack: rlimit("stack", "Size of its stack"),
  rlimit_as: rlimit("as", "Size of its address space"),
  rlimit_memlock: rlimit("memlock", "Memory that it locks"),
  rlimit_cpu: rlimit("cpu", "Seconds of CPU time"),
  nice: optional("nice", niceness, "the daemon's", "From -20 to 19: the more, the less CPU."),
  ionice: optional(
    "ionice",
    ioPriority,
    "the daemon's",
    "idle, best-effort or realtime, the last two with a level from 0 to 7: best-effort:7.",
  ),
  oom_score_adj: optional(
    "oom_score_adj",
    oomAdjustment,
    "the daemon's",
    "From -1000 to 1000: the more, the sooner it is killed for want of memory.",
  ),
  cpu_affinity: optional("cpu_affinity", cpuList, "all", "Processors that it may use: 0-3,6."),
  no_new_privs: option(
    "no_new_privs",
    boolean,
    "false",
    "No command that it runs gets more rights than it has (set-user-id, for example).",
  ),
  capabilities: optional(
    "capabilities",
    capabilities,
    "as its user has them",
    "Capabilities that it keeps, such as CAP_NET_BIND_SERVICE; none: no one.",
  ),
  chroot: optional("chroot", text, "/", "Directory that is its root; absolute."),
  private_tmp: option("private_tmp", boolean, "false", "An empty /tmp and /var/tmp of its own."),
  cgroup_memory_max: optional(
    "cgroup_memory_max",
    memoryMax,
    "no limit",
    "Memory of its control group.",
  ),
  cgroup_cpu_max: optional(
    "cgroup_cpu_max",
    cpuShare,
    "no limit",
    "CPU of its control group, 1.5 for one and a half processors.",
  ),
  cgroup_pids_max: optional(
    "cgroup_pids_max",
    pidsMax,
    "no limit",
    "Processes and threads of its control group.",
  ),
  memory_limit: optional(
    "memory_limit",
    memoryMax,
    "no limit",
    "Resident memory of the process and its descendants; it is restarted when they have more.",
  ),
  memory_limit_interval: option(
    "memory_limit_interval",
    positiveDuration,
    "15",
    "Time between two looks at it.",
  ),
} as const;
