/**
 * What a program says over NOTIFY_SOCKET: one datagram of `NAME=value` lines.
 *
 * @see sd_notify(3)
 */
export interface NotifyMessage {
  readonly ready: boolean;
  readonly reloading: boolean;
  readonly stopping: boolean;
  /** STATUS=; null when it says nothing about that. */
  readonly status: string | null;
  readonly watchdog: "alive" | "trigger" | null;
  /** WATCHDOG_USEC=, in milliseconds. */
  readonly watchdogMs: number | null;
  readonly mainPid: number | null;
  /** EXTEND_TIMEOUT_USEC=, in milliseconds. */
  readonly extendMs: number | null;
}

/** A status is a line for people; what is longer is cut. */
const MAX_STATUS = 200;

/** Lines that mean nothing here (FDSTORE=1, BARRIER=1, ERRNO=…) are passed over. */
export function parseNotifyMessage(text: string): NotifyMessage {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const equals = line.indexOf("=");
    // The first line of a name counts, as for systemd.
    if (equals > 0 && !values.has(line.slice(0, equals))) {
      values.set(line.slice(0, equals), line.slice(equals + 1).trimEnd());
    }
  }
  const watchdog = values.get("WATCHDOG");
  return {
    ready: values.get("READY") === "1",
    reloading: values.get("RELOADING") === "1",
    stopping: values.get("STOPPING") === "1",
    status: values.get("STATUS")?.replace(/\p{Cc}/gu, " ").slice(0, MAX_STATUS) ?? null,
    watchdog: watchdog === "1" ? "alive" : watchdog === "trigger" ? "trigger" : null,
    watchdogMs: milliseconds(values.get("WATCHDOG_USEC")),
    mainPid: positive(values.get("MAINPID")),
    extendMs: milliseconds(values.get("EXTEND_TIMEOUT_USEC")),
  };
}

function positive(value: string | undefined): number | null {
  const number = value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : 0;
  return number > 0 ? number : null;
}

/** Longest period of a timer. */
const FAR_MS = 2 ** 31 - 1;

function milliseconds(value: string | undefined): number | null {
  const microseconds = positive(value);
  return microseconds === null ? null : Math.min(microseconds / 1000, FAR_MS);
}
