/**
 * The keys about limits and rights. What is not configured is not in the result, so that a program
 * without any of it is the very object it was.
 */
import type { Confinement, ResourceName } from "../runtime/spawn_types.ts";
import { ValueError } from "./errors.ts";
import { PROGRAM } from "./options/program.ts";
import { repr } from "./python_text.ts";
import type { SectionReader } from "./section_reader.ts";
import type { CgroupLimits, MemoryLimit } from "./types.ts";

export interface LimitSettings {
  readonly confinement?: Confinement;
  readonly cgroupLimits?: CgroupLimits;
  readonly memoryLimit?: MemoryLimit;
}

const RESOURCES: readonly ResourceName[] = [
  "nofile",
  "nproc",
  "core",
  "fsize",
  "data",
  "stack",
  "as",
  "memlock",
  "cpu",
];

const KEYS: readonly string[] = [
  ...RESOURCES.map((name) => PROGRAM[`rlimit_${name}`]),
  PROGRAM.nice,
  PROGRAM.ionice,
  PROGRAM.oom_score_adj,
  PROGRAM.cpu_affinity,
  PROGRAM.no_new_privs,
  PROGRAM.capabilities,
  PROGRAM.chroot,
  PROGRAM.private_tmp,
  PROGRAM.cgroup_memory_max,
  PROGRAM.cgroup_cpu_max,
  PROGRAM.cgroup_pids_max,
  PROGRAM.memory_limit,
].map(({ key }) => key);

const NOTHING: LimitSettings = {};

/** Of the kernel's cpu.max: microseconds of each period. */
const CPU_PERIOD = 100_000;

/** @throws ConfigError, or notes it */
export function readLimits(reader: SectionReader): LimitSettings {
  // Nearly every program: there may be thousands, and defaults need not be read to be dropped.
  if (!KEYS.some((key) => reader.entry(key) !== undefined)) return NOTHING;
  const confinement = readConfinement(reader);
  const cgroupLimits = readCgroupLimits(reader);
  const bytes = reader.read(PROGRAM.memory_limit);
  const intervalMs = reader.read(PROGRAM.memory_limit_interval);
  return {
    ...(Object.keys(confinement).length === 0 ? {} : { confinement }),
    ...(Object.keys(cgroupLimits).length === 0 ? {} : { cgroupLimits }),
    ...(bytes === null ? {} : { memoryLimit: { bytes, intervalMs } }),
  };
}

function readConfinement(reader: SectionReader): Confinement {
  const rlimits: Partial<Record<ResourceName, { soft: number | null; hard: number | null }>> = {};
  for (const name of RESOURCES) {
    const limit = reader.read(PROGRAM[`rlimit_${name}`]);
    if (limit !== null) rlimits[name] = limit;
  }
  const nice = reader.read(PROGRAM.nice);
  const ionice = reader.read(PROGRAM.ionice);
  const oomScoreAdj = reader.read(PROGRAM.oom_score_adj);
  const cpus = reader.read(PROGRAM.cpu_affinity);
  const noNewPrivs = reader.read(PROGRAM.no_new_privs);
  const capabilities = reader.read(PROGRAM.capabilities);
  const chroot = reader.read(PROGRAM.chroot);
  const privateTmp = reader.read(PROGRAM.private_tmp);
  reader.rule(PROGRAM.chroot.key, () => {
    if (chroot === null || chroot.startsWith("/")) return;
    throw new ValueError(`chroot is not an absolute path: ${repr(chroot)}`, "an absolute path");
  }, () => {});
  return {
    ...(Object.keys(rlimits).length === 0 ? {} : { rlimits }),
    ...(nice === null ? {} : { nice }),
    ...(ionice === null ? {} : { ionice }),
    ...(oomScoreAdj === null ? {} : { oomScoreAdj }),
    ...(cpus === null ? {} : { cpus }),
    ...(noNewPrivs ? { noNewPrivs } : {}),
    ...(capabilities === null ? {} : { capabilities }),
    ...(chroot === null || /^\/+$/.test(chroot) ? {} : { chroot: chroot.replace(/\/+$/, "") }),
    ...(privateTmp ? { privateTmp } : {}),
  };
}

function readCgroupLimits(reader: SectionReader): CgroupLimits {
  const memory = reader.read(PROGRAM.cgroup_memory_max);
  const cpu = reader.read(PROGRAM.cgroup_cpu_max);
  const pids = reader.read(PROGRAM.cgroup_pids_max);
  return {
    ...(memory === null ? {} : { "memory.max": String(memory) }),
    ...(cpu === null ? {} : { "cpu.max": `${Math.round(cpu * CPU_PERIOD)} ${CPU_PERIOD}` }),
    ...(pids === null ? {} : { "pids.max": String(pids) }),
  };
}
