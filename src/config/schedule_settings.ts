/** The keys of a program that runs at set times. */
import type { SchedulePolicy } from "../process/schedule.ts";
import { ValueError } from "./errors.ts";
import { PROGRAM } from "./options/program.ts";
import type { SectionReader } from "./section_reader.ts";
import type { ProcessSpec } from "./types.ts";

/** What a schedule says, and what else is different for such a program. */
export type ScheduleSettings = Partial<
  Pick<ProcessSpec, "schedule" | "autostart" | "autorestart" | "startSecs" | "startRetries">
>;

const NOTHING: ScheduleSettings = {};

/**
 * A run that is over is over: neither does the daemon's start begin one, nor its end the next, and
 * one that is short has not failed for that.
 *
 * @throws ConfigError, or notes it
 */
export function readSchedule(reader: SectionReader): ScheduleSettings {
  if (reader.entry(PROGRAM.schedule.key) === undefined) {
    refuseWithout(reader);
    return NOTHING;
  }
  const expression = reader.read(PROGRAM.schedule);
  const timeoutMs = reader.read(PROGRAM.schedule_timeout);
  const schedule: Omit<SchedulePolicy, "expression"> = {
    timezone: reader.read(PROGRAM.schedule_timezone),
    jitterMs: reader.read(PROGRAM.schedule_jitter),
    concurrency: reader.read(PROGRAM.schedule_concurrency),
    timeoutMs: timeoutMs === 0 ? null : timeoutMs,
  };
  if (expression === null) return NOTHING;
  refuseContradictions(reader);
  const isSet = (key: string) => reader.entry(key) !== undefined;
  return {
    schedule: { expression, ...schedule },
    autostart: false,
    autorestart: "never",
    ...(isSet(PROGRAM.startsecs.key) ? {} : { startSecs: 0 }),
    ...(isSet(PROGRAM.startretries.key) ? {} : { startRetries: 0 }),
  };
}

function refuseContradictions(reader: SectionReader): void {
  refuse(
    reader,
    PROGRAM.autostart.key,
    reader.entry(PROGRAM.autostart.key) !== undefined && reader.read(PROGRAM.autostart),
    "Cannot set autostart=true together with schedule: it says when the program starts",
    "false",
  );
  refuse(
    reader,
    PROGRAM.autorestart.key,
    reader.entry(PROGRAM.autorestart.key) !== undefined &&
      reader.read(PROGRAM.autorestart) !== "never",
    "Cannot set autorestart together with schedule: the next run comes when it is due",
    "false",
  );
  refuse(
    reader,
    PROGRAM.schedule.key,
    reader.section.startsWith("eventlistener:"),
    "An event listener cannot have a schedule: it must run to be told of events",
    "a program",
  );
}

/** The other keys mean nothing alone. */
function refuseWithout(reader: SectionReader): void {
  const { schedule_timezone, schedule_jitter, schedule_concurrency, schedule_timeout } = PROGRAM;
  for (
    const { key } of [schedule_timezone, schedule_jitter, schedule_concurrency, schedule_timeout]
  ) {
    if (reader.entry(key) === undefined) continue;
    const wanted = "schedule=30 2 * * *, for example";
    refuse(reader, key, true, `${key} is set, but there is no schedule`, wanted);
  }
}

function refuse(reader: SectionReader, key: string, bad: boolean, text: string, wanted: string) {
  reader.rule(key, () => {
    if (bad) throw new ValueError(text, wanted);
  }, () => {});
}
