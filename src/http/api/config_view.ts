/**
 * The configuration as the API tells it, and how the last read one differs from what is active.
 * Settings have the names they have in the file. Values of environment variables are not told:
 * they are where secrets are kept.
 */
import type { ChannelSpec, GroupSpec, LogTarget, ProcessSpec } from "../../config/types.ts";
import type { Channel, ConfigDifference, Daemon } from "../../daemon/types.ts";
import {
  formatText,
  type LogSettings,
  rotationText,
  targetText,
} from "../../process/log_settings.ts";
import { describeCheck } from "../../process/health.ts";
import { capabilityName } from "../../config/limit_kinds.ts";
import { formatRequirement } from "../../process/dependencies.ts";
import { signalName } from "../../process/signals.ts";
import { makeNamespec } from "../../rpc/namespec.ts";
import type { DifferenceView } from "./schemas/configuration.ts";

type Settings = Record<string, unknown>;

const AUTORESTART = { never: false, unexpected: "unexpected", always: true } as const;

/** One process's settings, in the order of the documentation. */
export function settingsOf(spec: ProcessSpec): Settings {
  return {
    command: spec.command,
    directory: spec.directory,
    umask: spec.umask === null ? null : spec.umask.toString(8).padStart(3, "0"),
    uid: spec.uid,
    priority: spec.priority,
    autostart: spec.autostart,
    autorestart: AUTORESTART[spec.autorestart],
    startsecs: spec.startSecs,
    startretries: spec.startRetries === Infinity ? "unlimited" : spec.startRetries,
    exitcodes: spec.exitCodes,
    stopsignal: signalName(spec.stopSignal).replace(/^SIG/, ""),
    stopwaitsecs: spec.stopWaitSecs,
    stopasgroup: spec.stopAsGroup,
    killasgroup: spec.killAsGroup,
    redirect_stderr: spec.redirectStderr,
    ...channelSettings("stdout", spec.stdout),
    ...channelSettings("stderr", spec.stderr),
    environment: Object.keys(spec.environment).sort(),
    serverurl: spec.serverUrl ?? "AUTO",
    ...ownSettings(spec),
  };
}

/** What is configured beyond Supervisor's settings and does something: nothing for most. */
export function extrasOf(spec: ProcessSpec): Settings {
  const { stdout, stderr } = spec;
  const all: Settings = {
    ...(stdout.extras === undefined ? {} : logSettings("stdout", stdout.extras)),
    ...(stderr.extras === undefined ? {} : logSettings("stderr", stderr.extras)),
    ...ownSettings(spec),
  };
  const isNothing = (value: unknown) => value === null || value === "" || value === 0;
  return Object.fromEntries(Object.entries(all).filter(([, value]) => !isNothing(value)));
}

/** What Supervisor has no settings for, without the logs. */
function ownSettings(spec: ProcessSpec): Settings {
  return {
    ...environmentSettings(spec),
    ...lifecycleSettings(spec),
    ...healthSettings(spec),
    ...restartSettings(spec),
    ...dependencySettings(spec),
    ...scheduleSettings(spec),
    ...limitSettings(spec),
    ...watchSettings(spec),
  };
}

/** Where secrets come from, which is no secret. */
function environmentSettings({ setHome, secretFiles }: ProcessSpec): Settings {
  const files = Object.entries(secretFiles ?? {}).map(([name, path]) => `${name}:${path}`);
  return {
    ...(setHome === undefined ? {} : { set_home: true }),
    ...(files.length === 0 ? {} : { secret_files: files.join(", ") }),
  };
}

/** Only what is configured. */
function lifecycleSettings({ stopSteps, hooks, reloadSignal, pidFile }: ProcessSpec): Settings {
  const short = (signal: number) => signalName(signal).replace(/^SIG/, "");
  return {
    ...(stopSteps === undefined ? {} : {
      stop_signals: stopSteps
        .map(({ signal, waitSecs }) => short(signal) + (waitSecs === null ? "" : `:${waitSecs}`))
        .join(", "),
    }),
    ...hooks?.commands,
    ...(hooks === undefined ? {} : { hook_timeout: hooks.timeoutSecs }),
    ...(reloadSignal === undefined ? {} : { reload_signal: short(reloadSignal) }),
    ...(pidFile === undefined ? {} : { pid_file: pidFile }),
  };
}

/** Only of who has any: all others are told as ever. */
function healthSettings({ health, drain }: ProcessSpec): Settings {
  return {
    ...(health === undefined ? {} : {
      readiness: health.readiness === null ? null : describeCheck(health.readiness),
      readiness_timeout: (health.readinessTimeoutMs ?? 0) / 1000,
      healthcheck: health.healthcheck === null ? null : describeCheck(health.healthcheck),
      healthcheck_interval: health.intervalMs / 1000,
      healthcheck_timeout: health.timeoutMs / 1000,
      healthcheck_retries: health.retries,
      healthcheck_start_period: health.startPeriodMs / 1000,
      on_unhealthy: health.onUnhealthy,
    }),
    ...(drain === undefined ? {} : {
      drain_command: drain.command,
      drain_timeout: drain.timeoutMs / 1000,
    }),
  };
}

function watchSettings({ watch }: ProcessSpec): Settings {
  if (watch === undefined) return {};
  const { action } = watch;
  return {
    watch: watch.globs.join(", "),
    watch_ignore: watch.ignore.join(", "),
    watch_debounce: watch.debounceMs / 1000,
    watch_action: action.kind === "signal"
      ? `signal:${signalName(action.signal).replace(/^SIG/, "")}`
      : action.kind,
  };
}

/** Only what is configured. */
function limitSettings({ confinement = {}, cgroupLimits, memoryLimit }: ProcessSpec): Settings {
  const { rlimits = {}, nice, ionice, oomScoreAdj, cpus, capabilities, chroot } = confinement;
  const settings: Settings = {};
  for (const [name, { soft, hard }] of Object.entries(rlimits)) {
    settings[`rlimit_${name}`] = `${soft ?? "unlimited"}:${hard ?? "unlimited"}`;
  }
  if (nice !== undefined) settings["nice"] = nice;
  if (ionice !== undefined) {
    const name = { 1: "realtime", 2: "best-effort", 3: "idle" }[ionice.class];
    settings["ionice"] = ionice.class === 3 ? name : `${name}:${ionice.level}`;
  }
  if (oomScoreAdj !== undefined) settings["oom_score_adj"] = oomScoreAdj;
  if (cpus !== undefined) settings["cpu_affinity"] = cpus.join(",");
  if (confinement.noNewPrivs === true) settings["no_new_privs"] = true;
  if (capabilities !== undefined) {
    settings["capabilities"] = capabilities.map(capabilityName).join(",") || "none";
  }
  if (chroot !== undefined) settings["chroot"] = chroot;
  if (confinement.privateTmp === true) settings["private_tmp"] = true;
  for (const [file, value] of Object.entries(cgroupLimits ?? {})) {
    settings[`cgroup_${file.replace(".", "_")}`] = value;
  }
  if (memoryLimit !== undefined) {
    settings["memory_limit"] = memoryLimit.bytes;
    settings["memory_limit_interval"] = memoryLimit.intervalMs / 1000;
  }
  return settings;
}

function scheduleSettings({ schedule }: ProcessSpec): Settings {
  return schedule === undefined ? {} : {
    schedule: schedule.expression,
    schedule_timezone: schedule.timezone,
    schedule_jitter: schedule.jitterMs / 1000,
    schedule_concurrency: schedule.concurrency,
    schedule_timeout: (schedule.timeoutMs ?? 0) / 1000,
  };
}

function dependencySettings({ dependencies }: ProcessSpec): Settings {
  return dependencies === undefined ? {} : {
    depends_on: dependencies.requirements.map(formatRequirement).join(", "),
    on_dependency_failure: dependencies.onFailure,
    on_dependency_restart: dependencies.onRestart,
  };
}

/** Only what is configured; times in seconds. */
function restartSettings({ restart, ending }: ProcessSpec): Settings {
  const delay = restart?.delay ?? null;
  const limit = restart?.limit ?? null;
  return {
    ...(delay === null ? {} : {
      ...(delay.afterRun ? { restart_delay: delay.baseMs / 1000 } : {}),
      restart_backoff: delay.shape,
      ...(delay.shape === "exponential" ? { restart_backoff_factor: delay.factor } : {}),
      ...(delay.maxMs === Infinity ? {} : { restart_backoff_max: delay.maxMs / 1000 }),
      restart_backoff_jitter: delay.jitter,
      restart_backoff_reset: delay.resetMs / 1000,
    }),
    ...(limit === null ? {} : { restart_limit: `${limit.count}/${limit.withinMs / 1000}s` }),
    ...(ending?.onExit ? { on_exit: "shutdown" } : {}),
    ...(ending?.onFatal ? { on_fatal: "shutdown" } : {}),
  };
}

function channelSettings(channel: Channel, spec: ChannelSpec): Settings {
  return {
    [`${channel}_logfile`]: logText(spec.log),
    [`${channel}_logfile_maxbytes`]: spec.maxBytes,
    [`${channel}_logfile_backups`]: spec.backups,
    [`${channel}_capture_maxbytes`]: spec.captureMaxBytes,
    [`${channel}_events_enabled`]: spec.eventsEnabled,
    [`${channel}_syslog`]: spec.syslog,
    ...(spec.extras === undefined ? {} : logSettings(channel, spec.extras)),
  };
}

function logSettings(channel: Channel, extras: LogSettings): Settings {
  const { format, policy, rotate, maxAgeMs, compress, owner, mode, syslog, journald } = extras;
  return {
    ...(format === undefined ? {} : { [`${channel}_log_format`]: formatText(format) }),
    ...(policy === undefined ? {} : { [`${channel}_log_policy`]: policy }),
    ...(rotate === undefined ? {} : { [`${channel}_logfile_rotate`]: rotationText(rotate) }),
    ...(maxAgeMs === undefined ? {} : { [`${channel}_logfile_maxage`]: maxAgeMs / 1000 }),
    ...(compress === undefined ? {} : { [`${channel}_logfile_compress`]: compress }),
    ...(owner === undefined ? {} : { [`${channel}_logfile_owner`]: ownerText(owner) }),
    ...(mode === undefined ? {} : { [`${channel}_logfile_mode`]: mode.toString(8) }),
    ...(journald === undefined ? {} : { [`${channel}_journald`]: true }),
    ...(syslog === undefined ? {} : {
      [`${channel}_syslog_target`]: syslog.target === null ? "local" : targetText(syslog.target),
      [`${channel}_syslog_tag`]: syslog.tag,
      [`${channel}_syslog_facility`]: syslog.facility,
      [`${channel}_syslog_severity`]: syslog.severity,
    }),
  };
}

const ownerText = ({ uid, gid }: { readonly uid: number; readonly gid: number }): string =>
  gid === -1 ? String(uid) : `${uid}:${gid}`;

function logText(log: LogTarget): string {
  return log.kind === "file" ? log.path : log.kind.toUpperCase();
}

/** What belongs to a group as a whole. */
export function groupSettings(spec: GroupSpec): Settings {
  const { listener } = spec;
  return {
    priority: spec.priority,
    ...(spec.members === undefined || spec.members.length < 2 ? {} : { programs: spec.members }),
    ...(spec.fcgi === null ? {} : { socket: spec.fcgi.url }),
    ...Object.fromEntries(
      Object.entries(spec.memberSockets).map(([name, { url }]) => [`socket of ${name}`, url]),
    ),
    ...(listener === null ? {} : {
      events: [...listener.events].sort(),
      buffer_size: listener.bufferSize,
      result_handler: listener.resultHandler,
    }),
  };
}

export function configurationView(daemon: Daemon) {
  return {
    file: daemon.config.file,
    groups: daemon.config.groups.map((group) => ({
      name: group.name,
      kind: group.kind,
      priority: group.priority,
      source: group.source,
      active: daemon.group(group.name) !== undefined,
      settings: groupSettings(group),
      processes: group.processes.map((process) => ({
        name: process.name,
        namespec: makeNamespec(group.name, process.name),
        program: process.program,
        source: group.programSources?.[process.program] ?? group.source,
        settings: settingsOf(process),
      })),
    })),
  };
}

/** The last read configuration against the active groups. */
export function differenceView(daemon: Daemon, difference: ConfigDifference): DifferenceView {
  const { added, changed, removed } = difference;
  return {
    isEmpty: added.length + changed.length + removed.length === 0,
    added: added.map(({ name, source, processes }) => ({
      group: name,
      source,
      processes: processes.map((process) => makeNamespec(name, process.name)),
    })),
    removed: removed.map(({ name }) => ({ group: name })),
    changed: changed.map((group) => {
      const active = daemon.group(group.name)?.spec;
      return {
        group: group.name,
        source: group.source,
        changes: active === undefined ? [] : changesOf(active, group),
      };
    }),
  };
}

type Change = DifferenceView["changed"][number]["changes"][number];

function changesOf(old: GroupSpec, read: GroupSpec): Change[] {
  const changes = compare(null, groupSettings(old), groupSettings(read));
  const before = new Map(old.processes.map((process) => [process.name, process]));
  const after = new Map(read.processes.map((process) => [process.name, process]));
  for (const [name, process] of before) {
    const next = after.get(name);
    if (next === undefined) {
      changes.push({ process: name, key: "process", old: process.command, new: null });
      continue;
    }
    changes.push(...compare(name, settingsOf(process), settingsOf(next)));
    changes.push(...environmentChanges(name, process.environment, next.environment));
  }
  for (const [name, process] of after) {
    if (before.has(name)) continue;
    changes.push({ process: name, key: "process", old: null, new: process.command });
  }
  return changes;
}

export function compare(process: string | null, old: Settings, read: Settings): Change[] {
  return [...new Set([...Object.keys(old), ...Object.keys(read)])]
    .filter((key) => key !== "environment")
    .filter((key) => JSON.stringify(old[key]) !== JSON.stringify(read[key]))
    .map((key) => ({ process, key, old: old[key] ?? null, new: read[key] ?? null }));
}

/** That a variable has changed, not what it is. */
export function environmentChanges(
  process: string,
  old: Readonly<Record<string, string>>,
  read: Readonly<Record<string, string>>,
): Change[] {
  const tell = (value: string | undefined, words: string) => value === undefined ? null : words;
  return [...new Set([...Object.keys(old), ...Object.keys(read)])].sort()
    .filter((name) => old[name] !== read[name])
    .map((name) => ({
      process,
      key: `environment.${name}`,
      old: tell(old[name], "(set)"),
      new: tell(read[name], old[name] === undefined ? "(set)" : "(set to something else)"),
    }));
}
