/** One [program:x], [eventlistener:x] or [fcgi-program:x] section to its processes. */
import { type DependencySettings, readDependencies } from "./dependencies.ts";
import { ValueError } from "./errors.ts";
import { expand, Names } from "./expand.ts";
import { type LifecycleSettings, readLifecycle, stopSettings } from "./lifecycle.ts";
import { type HealthSettings, readHealthSettings } from "./health_settings.ts";
import { type KillMode, killSettings } from "./kill_mode.ts";
import { readLogSettings } from "./log_settings.ts";
import type { LoadContext } from "./load_context.ts";
import { CHANNELS } from "./options/channels.ts";
import { PROGRAM } from "./options/program.ts";
import { readProgramEnvironment } from "./program_environment.ts";
import { compareText, repr, strip } from "./python_text.ts";
import { readRestartSettings, type RestartSettings } from "./restart_settings.ts";
import { readSchedule } from "./schedule_settings.ts";
import { type LimitSettings, readLimits } from "./limit_settings.ts";
import { readWatch } from "./watch_settings.ts";
import { SectionReader } from "./section_reader.ts";
import type { ChannelSpec, LogTarget, ProcessSpec } from "./types.ts";
import { name as nameKind, type ProgramLog } from "./values.ts";

/**
 * Not a limit of the reference, which would sit there making configurations until memory
 * runs out; a typing error should get an answer instead.
 */
const MAX_NUMPROCS = 100_000;

/** What all processes of a program share, read once. */
type ProgramSettings = Omit<
  ProcessSpec,
  | "name"
  | "command"
  | "directory"
  | "environment"
  | "stdout"
  | "stderr"
  | keyof LifecycleSettings
  | keyof HealthSettings
  | keyof RestartSettings
  | keyof DependencySettings
  | "schedule"
  | keyof LimitSettings
  | "watch"
>;

/** The part of a channel that is the same for all processes. */
type ChannelSettings = Pick<ChannelSpec, "captureMaxBytes" | "eventsEnabled">;

/** Priority first, then name: the order processes and groups are started in. */
export function byPriority(
  a: { readonly priority: number; readonly name: string },
  b: { readonly priority: number; readonly name: string },
): number {
  return a.priority - b.priority || compareText(a.name, b.name);
}

/**
 * Reads a program's section for one group. Keys are read in the reference's order, because
 * the first bad one is what gets reported.
 *
 * @param group the group it runs in, which `%(group_name)s` stands for
 * @returns processes by priority and name
 * @throws ConfigError whose message ends in ` in section 'program:x' (file: 'PATH')`
 */
export function readProgram(context: LoadContext, section: string, group: string): ProcessSpec[] {
  return new ProgramReader(context, section, group).read();
}

class ProgramReader {
  readonly #context: LoadContext;
  readonly #section: string;
  readonly #group: string;
  readonly #program: string;
  readonly #names: Names;
  readonly #reader: SectionReader;

  constructor(context: LoadContext, section: string, group: string) {
    const { document, environment, problems, environmentNames, here } = context;
    const file = document.section(section)?.file ?? context.file;
    const suffix = ` in section ${repr(section)} (file: ${repr(file)})`;
    this.#context = context;
    this.#section = section;
    this.#group = group;
    this.#names = new Names(environmentNames, {
      here,
      host_node_name: environment.hostName,
      group_name: group,
    });
    this.#reader = new SectionReader({
      document,
      section,
      environment,
      problems,
      names: this.#names,
      suffix,
    });
    const written = section.slice(section.indexOf(":") + 1);
    this.#program = this.#named(written, null);
    this.#names.set("program_name", this.#program);
  }

  /** @throws ConfigError for names that would break the event protocol */
  #named(written: string, key: string | null): string {
    return this.#reader.rule(
      key,
      () => nameKind.convert(written, this.#context.environment),
      () => strip(written),
    );
  }

  read(): ProcessSpec[] {
    const reader = this.#reader;
    const priority = reader.read(PROGRAM.priority);
    const autostart = reader.read(PROGRAM.autostart);
    const autorestart = reader.read(PROGRAM.autorestart);
    const startSecs = reader.read(PROGRAM.startsecs);
    const startRetries = reader.read(PROGRAM.startretries);
    const stop = stopSettings(reader.read(PROGRAM.stopsignal), reader.read(PROGRAM.stop_signals));
    const stopWaitSecs = reader.read(PROGRAM.stopwaitsecs);
    const stopAsGroup = reader.read(PROGRAM.stopasgroup);
    const killAsGroup = reader.read(PROGRAM.killasgroup) ?? stopAsGroup;
    const exitCodes = reader.read(PROGRAM.exitcodes);
    const redirectStderr = reader.read(PROGRAM.redirect_stderr);
    const numprocs = this.#scaled(reader.read(PROGRAM.numprocs));
    const firstNumber = reader.read(PROGRAM.numprocs_start);
    const stdout = this.#channelSettings("stdout");
    const stderr = this.#channelSettings("stderr");
    const serverUrl = reader.read(PROGRAM.serverurl);
    const uid = reader.read(PROGRAM.user);
    const umask = reader.read(PROGRAM.umask);
    const isUnlimited = reader.read(PROGRAM.startretries_unlimited);
    const processName = this.#named(reader.raw(PROGRAM.process_name), PROGRAM.process_name.key);
    const tags = reader.read(PROGRAM.tags).filter((tag) => tag !== "");
    const mode = reader.read(PROGRAM.killmode);
    const setHome = reader.read(PROGRAM.set_home);
    this.#checkTogether({ numprocs, processName, stopAsGroup, killAsGroup, mode });
    const settings: ProgramSettings = {
      program: this.#program,
      group: this.#group,
      priority,
      autostart,
      autorestart,
      startSecs,
      startRetries: isUnlimited ? Infinity : startRetries,
      ...stop,
      stopWaitSecs,
      ...killSettings(mode, { stopAsGroup, killAsGroup }),
      exitCodes,
      redirectStderr,
      serverUrl: isAutomatic(serverUrl) ? null : serverUrl,
      uid,
      umask,
      ...(tags.length === 0 ? {} : { tags }),
      ...(setHome ? { setHome } : {}),
    };
    const processes: ProcessSpec[] = [];
    for (let number = firstNumber; number < firstNumber + numprocs; number++) {
      this.#names.uncover();
      this.#names.set("process_num", number);
      this.#names.set("numprocs", numprocs);
      const process = this.#process(settings, processName, stdout, stderr);
      if (process === null) break;
      processes.push(process);
    }
    return processes.sort(byPriority);
  }

  /** What was asked for at run time goes before what the file says. */
  #scaled(configured: number): number {
    const { scale = {}, scaled } = this.#context;
    const program = this.#program;
    const numprocs = Object.hasOwn(scale, program) ? scale[program] ?? configured : configured;
    if (numprocs !== configured && !scaled.some((one) => one.program === program)) {
      scaled.push({ program, configured, numprocs });
    }
    return numprocs;
  }

  #channelSettings(channel: "stdout" | "stderr"): ChannelSettings {
    const rows = CHANNELS[channel];
    const captureMaxBytes = this.#reader.read(rows.capture_maxbytes);
    const eventsEnabled = this.#reader.read(rows.events_enabled);
    return { captureMaxBytes, eventsEnabled };
  }

  #checkTogether(
    { numprocs, processName, stopAsGroup, killAsGroup, mode }: {
      numprocs: number;
      processName: string;
      stopAsGroup: boolean;
      killAsGroup: boolean;
      mode: KillMode | null;
    },
  ): void {
    const reader = this.#reader;
    const refuse = (key: string, bad: boolean, text: string, wanted: string) =>
      reader.rule(key, () => {
        if (bad) throw new ValueError(text, wanted);
      }, () => {});
    refuse(
      "numprocs",
      numprocs > 1 && !processName.includes("%(process_num)"),
      "%(process_num) must be present within process_name when numprocs > 1",
      "process_name=%(program_name)s_%(process_num)02d, for example",
    );
    refuse(
      "killasgroup",
      stopAsGroup && !killAsGroup,
      "Cannot set stopasgroup=true and killasgroup=false",
      "true, or no killasgroup at all",
    );
    refuse(
      "killmode",
      mode === "process" && (stopAsGroup || killAsGroup),
      "Cannot set killmode=process together with stopasgroup or killasgroup",
      "one of them only",
    );
    if (numprocs > MAX_NUMPROCS) {
      throw reader.error(
        new ValueError(`numprocs is ${numprocs}, more than the ${MAX_NUMPROCS} that can be run`),
        "numprocs",
      );
    }
  }

  /** One process; null if it can only be left out (when checking). */
  #process(
    settings: ProgramSettings,
    processName: string,
    stdout: ChannelSettings,
    stderr: ChannelSettings,
  ): ProcessSpec | null {
    const reader = this.#reader;
    const below = readProgramEnvironment(this.#context, reader, this.#program);
    for (const [name, value] of Object.entries(below)) this.#names.set(`ENV_${name}`, value);
    const own = reader.read(PROGRAM.environment, { label: "environment" });
    const environment = { ...below, ...own };
    for (const [name, value] of Object.entries(environment)) {
      this.#names.set(`ENV_${name}`, value);
    }
    const directory = reader.read(PROGRAM.directory);
    const out = this.#channel("stdout", stdout);
    const err = this.#channel("stderr", stderr);
    if (settings.redirectStderr && this.#hasFileName(err.log)) {
      this.#warn(
        "stderr_logfile",
        `For [${this.#section}], redirect_stderr=true but stderr_logfile has also been set to ` +
          "a filename, the filename has been ignored",
      );
    }
    const missing = `program section ${this.#section} does not specify a command`;
    const command = this.#context.problems.attempt(
      () => reader.required(PROGRAM.command, missing),
      () => null,
    );
    const lifecycle = readLifecycle(reader);
    const health = readHealthSettings(reader);
    const restart = readRestartSettings(reader);
    const dependencies = readDependencies(reader);
    const schedule = readSchedule(reader);
    const secretFiles = reader.read(PROGRAM.secret_files);
    const limits = readLimits(reader);
    const watch = readWatch(reader);
    if (command === null) return null;
    return reader.rule(
      PROGRAM.process_name.key,
      () => ({
        ...settings,
        ...lifecycle,
        ...health,
        ...restart,
        ...dependencies,
        ...schedule,
        ...limits,
        ...watch,
        name: expand(processName, this.#names, PROGRAM.process_name.key),
        command,
        directory,
        environment,
        ...(Object.keys(secretFiles).length === 0 ? {} : { secretFiles }),
        stdout: out,
        stderr: settings.redirectStderr ? { ...err, log: { kind: "none" } } : err,
      }),
      () => null,
    );
  }

  #hasFileName(log: LogTarget): boolean {
    // `stderr_logfile=` counts for the reference, though it names no file.
    return log.kind === "file" || this.#reader.entry("stderr_logfile")?.value === "";
  }

  #channel(channel: "stdout" | "stderr", settings: ChannelSettings): ChannelSpec {
    const rows = CHANNELS[channel];
    const reader = this.#reader;
    // One expansion: the reference makes two, so that a percent sign had to be written %%%%.
    const written = reader.read(rows.logfile);
    const backups = reader.read(rows.logfile_backups);
    const maxBytes = reader.read(rows.logfile_maxbytes);
    const syslog = reader.read(rows.syslog);
    const key = rows.logfile.key;
    if (written.kind === "syslog") {
      this.#warn(
        key,
        `For [${this.#section}], ${key}=syslog but this is deprecated and will be removed.  ` +
          `Use ${rows.syslog.key}=true to enable syslog instead.`,
      );
    }
    if (written.kind === "auto" && maxBytes === 0) {
      this.#warn(
        key,
        `For [${this.#section}], AUTO logging used for ${key} without rollover, ` +
          "set maxbytes > 0 to avoid filling up filesystem unintentionally",
      );
    }
    return {
      ...settings,
      log: logTarget(written),
      maxBytes,
      backups,
      syslog: syslog || written.kind === "syslog",
      ...readLogSettings(reader, rows),
    };
  }

  #warn(key: string, text: string): void {
    const entry = this.#reader.entry(key);
    const source = entry === undefined ? {} : { source: { file: entry.file, line: entry.line } };
    this.#context.messages.push({ level: "warn", text, ...source });
  }
}

function logTarget(log: ProgramLog): LogTarget {
  return log.kind === "syslog" ? { kind: "none" } : log;
}

function isAutomatic(serverUrl: string | null): boolean {
  return serverUrl === null || strip(serverUrl).toUpperCase() === "AUTO";
}
