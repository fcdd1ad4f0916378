/**
 * The compiled entry: one file, four programs. The name it was started by decides; when that is
 * none of them (a renamed copy, or the sources run by Bun or Deno), the first word may.
 */
import { writeSync } from "node:fs";
import { basename } from "node:path";
import process from "node:process";
import { startOverQuietly, staysInForeground } from "./quiet_collector.ts";

type Program = (args: readonly string[], invokedAs: string) => Promise<number>;

/** Loaded when needed: supervisorctl must not pay for the daemon. */
const PROGRAMS: Readonly<Record<string, () => Promise<Program>>> = {
  supervisord: async () => (await import("./supervisord.ts")).supervisord,
  supervisorctl: async () => (await import("./supervisorctl.ts")).supervisorctl,
  echo_supervisord_conf: async () =>
    (await import("./echo_supervisord_conf.ts")).echoSupervisordConf,
  pidproxy: async () => (await import("./pidproxy.ts")).pidproxy,
  print: async () => (await import("./print.ts")).print,
};

const WORDS: Readonly<Record<string, string>> = {
  ctl: "supervisorctl",
  "echo-conf": "echo_supervisord_conf",
  pidproxy: "pidproxy",
  print: "print",
};

async function main(): Promise<number> {
  const failure = process.env["SUPERVISORD_SPAWN_FAILURE"];
  if (failure !== undefined) {
    // Standing in for a child that could not be started: see daemon/process.ts.
    writeSync(2, failure);
    return 127;
  }
  const args = process.argv.slice(2);
  const typed = process.argv0;
  const name = basename(typed);
  const byName = PROGRAMS[name];
  if (byName !== undefined && name !== "supervisord") return (await byName())(args, typed);

  const byWord = WORDS[args[0] ?? ""];
  if (byWord !== undefined) {
    const program = PROGRAMS[byWord] as () => Promise<Program>;
    return (await program())(args.slice(1), `${typed} ${args[0]}`);
  }
  // Now and not once the configuration is read: nothing has been loaded that would be thrown away.
  if (staysInForeground(args)) startOverQuietly();
  const supervisord = PROGRAMS["supervisord"] as () => Promise<Program>;
  return (await supervisord())(args, typed);
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    writeSync(2, `error: ${error instanceof Error ? error.stack ?? error.message : error}\n`);
    process.exit(1);
  },
);
