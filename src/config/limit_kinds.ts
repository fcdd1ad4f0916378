/** The kinds of values of the keys about limits and rights. */
import { ValueError } from "./errors.ts";
import { nearestName } from "./nearest.ts";
import { repr, strip } from "./python_text.ts";
import { byteSize, type Kind } from "./values.ts";

export interface ResourceLimit {
  /** null: unlimited. */
  readonly soft: number | null;
  readonly hard: number | null;
}

const LIMIT = "a number, also with KB, MB or GB, or unlimited; soft:hard sets both apart";

/** One number is both limits. */
export const resourceLimit: Kind<ResourceLimit> = {
  name: "soft[:hard]",
  wanted: LIMIT,
  convert(text, host) {
    const words = text.split(":").map(strip);
    const [first = "", second = first] = words;
    if (words.length > 2) throw new ValueError(`more than two limits: ${repr(text)}`, LIMIT);
    const one = (word: string) => {
      if (["unlimited", "infinity"].includes(word.toLowerCase())) return null;
      const size = /^\d+(?:[kmg]b)?$/i.test(word) ? byteSize.convert(word, host) : -1;
      if (size < 0) throw new ValueError(`not a limit: ${repr(text)}`, LIMIT);
      return size;
    };
    const limit = { soft: one(first), hard: one(second) };
    if ((limit.soft ?? Infinity) > (limit.hard ?? Infinity)) {
      throw new ValueError(`the soft limit is above the hard one: ${repr(text)}`, LIMIT);
    }
    return limit;
  },
};

function between(least: number, most: number): Kind<number> {
  const wanted = `a whole number from ${least} to ${most}`;
  return {
    name: "integer",
    wanted,
    convert(text) {
      const word = strip(text);
      const number = /^[+-]?\d+$/.test(word) ? Number(word) : NaN;
      if (number >= least && number <= most) return number;
      throw new ValueError(`not ${wanted}: ${repr(text)}`, wanted);
    },
  };
}

export const niceness: Kind<number> = between(-20, 19);
export const oomAdjustment: Kind<number> = between(-1000, 1000);
export const pidsMax: Kind<number> = between(1, 4_194_304);

export interface IoPriority {
  readonly class: 1 | 2 | 3;
  readonly level: number;
}

const IO = "idle, best-effort:LEVEL or realtime:LEVEL, with a level from 0 to 7";
const IO_CLASSES: Readonly<Record<string, 1 | 2>> = { "realtime": 1, "best-effort": 2 };

export const ioPriority: Kind<IoPriority> = {
  name: "class[:level]",
  wanted: IO,
  convert(text) {
    const match = /^([a-z-]+)(?::([0-7]))?$/.exec(strip(text).toLowerCase());
    const [, name = "", level] = match ?? [];
    if (name === "idle" && level === undefined) return { class: 3, level: 0 };
    const number = IO_CLASSES[name];
    if (number === undefined) throw new ValueError(`not a class of ionice: ${repr(text)}`, IO);
    // What the kernel itself takes for the middle.
    return { class: number, level: Number(level ?? 4) };
  },
};

const CPUS = "numbers and ranges of processors, such as 0-3,6";
/** As many as the mask of sched_setaffinity(2) is made for. */
const MOST_CPUS = 1024;

export const cpuList: Kind<readonly number[]> = {
  name: "list of processors",
  wanted: CPUS,
  convert(text) {
    const cpus = new Set<number>();
    for (const item of text.split(",").map(strip)) {
      const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(item);
      const first = Number(match?.[1] ?? NaN);
      const last = Number(match?.[2] ?? first);
      if (match === null || last < first || last >= MOST_CPUS) {
        throw new ValueError(`not a processor or a range of them: ${repr(item)}`, CPUS);
      }
      for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
    }
    return [...cpus].sort((a, b) => a - b);
  },
};

const SIZE = "a number of bytes, more than 0, also with KB, MB or GB";

export const memoryMax: Kind<number> = {
  name: "bytes",
  wanted: SIZE,
  convert(text, host) {
    const word = strip(text);
    const size = /^\d+(?:[kmg]b)?$/i.test(word) ? byteSize.convert(word, host) : 0;
    if (size > 0) return size;
    throw new ValueError(`not a size: ${repr(text)}`, SIZE);
  },
};

const SHARE = "a number of processors such as 0.5 or 2, or a percentage of one such as 150%";

/** Processors. */
export const cpuShare: Kind<number> = {
  name: "number of processors",
  wanted: SHARE,
  convert(text) {
    const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(strip(text));
    const share = Number(match?.[1] ?? 0) / (match?.[2] === "%" ? 100 : 1);
    // The kernel's own least quota: 1 ms of 100.
    if (share >= 0.01 && share <= MOST_CPUS) return share;
    throw new ValueError(`not a share of processors: ${repr(text)}`, SHARE);
  },
};

/** By number: the order is the kernel's (linux/capability.h). */
const CAPABILITIES =
  ("CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP " +
    "LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE " +
    "SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME " +
    "SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG " +
    "WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE").split(" ")
    .map((name) => `CAP_${name}`);

const CAPABILITY = "names as in capabilities(7), such as CAP_NET_BIND_SERVICE, or none";

/** Numbers, in order. */
export const capabilities: Kind<readonly number[]> = {
  name: "list of capabilities",
  wanted: CAPABILITY,
  convert(text) {
    if (strip(text).toLowerCase() === "none") return [];
    const numbers = text.split(",").map((item) => {
      const name = strip(item).toUpperCase().replace(/^(?!CAP_)/, "CAP_");
      const number = CAPABILITIES.indexOf(name);
      if (number !== -1) return number;
      const nearest = nearestName(name, CAPABILITIES);
      const hint = nearest === null ? CAPABILITY : `${CAPABILITY}; did you mean ${nearest}?`;
      throw new ValueError(`unknown capability ${repr(strip(item))}`, hint);
    });
    return [...new Set(numbers)].sort((a, b) => a - b);
  },
};

export function capabilityName(number: number): string {
  return CAPABILITIES[number] ?? String(number);
}
