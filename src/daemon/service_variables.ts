/** What a service manager has set for this daemon alone: a child that had it could speak for us. */

const NAMES = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

type Variables = Readonly<Record<string, string>>;

/** The environment for children. */
export function withoutServiceVariables(environment: Variables): Variables {
  if (!environment["NOTIFY_SOCKET"]) return environment;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !NAMES.includes(name)));
}

/** Those variables, for the program that takes our place. */
export function serviceVariables(environment: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(
    NAMES.flatMap((name) => environment[name] === undefined ? [] : [[name, environment[name]]]),
  ) as Variables;
}
