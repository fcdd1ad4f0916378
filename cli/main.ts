/**
 * The compiled entry: one file, four programs. The name it was started by decides; when that is
 * none of them (a renamed copy, or the sources run by Bun or Deno), the first word may.
 */
import process from "node:process";
import { shedText } from "../src/runtime/shed_text.ts";
import { holdSignals } from "./early_signals.ts";
import { acceptQuietStart, startOverQuietly, staysInForeground } from "./quiet_collector.ts";

type Program = (args: readonly string[], invokedAs: string) => Promise<number>;

/** Loaded when needed: supervisorctl must not pay for the daemon. */
const PROGRAMS: Readonly<Record<string, () => Promise<Program>>> = {
  supervisord: async () => (await import("./supervisord.ts")).supervisord,
  supervisorctl: async () => {
    shedText();
    return (await import("./supervisorctl.ts")).supervisorctl;
  },
  echo_supervisord_conf: async () =>
    (await import("./echo_supervisord_conf.ts")).echoSupervisordConf,
  pidproxy: async () => (await import("./pidproxy.ts")).pidproxy,
  "hash-password": async () => (await import("./hash_password.ts")).hashPassword,
  print: async () => (await import("./print.ts")).print,
  convert: async () => (await import("./convert/convert.ts")).convert,
};

const WORDS: Readonly<Record<string, string>> = {
  ctl: "supervisorctl",
  "echo-conf": "echo_supervisord_conf",
  pidproxy: "pidproxy",
  "hash-password": "hash-password",
  print: "print",
  convert: "convert",
};

/** Set by the program that this one takes over from: see src/handover/take_over.ts. */
const isSuccessor = process.env["SUPERVISORD_HANDOVER_FD"] !== undefined;

async function main(): Promise<number> {
  if (isSuccessor) holdSignals();
  acceptQuietStart();
  const failure = process.env["SUPERVISORD_SPAWN_FAILURE"];
  if (failure !== undefined) {
    // Standing in for a child that could not be started: see daemon/spawn_child.ts.
    await complain(failure);
    return 127;
  }
  const launching = process.env["SUPERVISORD_LAUNCH"];
  if (launching !== undefined) {
    await complain((await import("./launch.ts")).becomeCommand(launching));
    return 127;
  }
  const args = process.argv.slice(2);
  const typed = process.argv0;
  if (isSuccessor || args[0] === "--handover-check") {
    return await (await import("./succession.ts")).succeed(args, typed);
  }
  const name = typed.slice(typed.lastIndexOf("/") + 1);
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

/** node:fs is loaded when it is needed: it is 4 MiB of the 28 of a `supervisorctl pid`. */
async function complain(text: string): Promise<void> {
  const { writeSync } = await import("node:fs");
  writeSync(2, text);
}

main().then(
  (status) => process.exit(status),
  async (error: unknown) => {
    await complain(`error: ${error instanceof Error ? error.stack ?? error.message : error}\n`);
    process.exit(1);
  },
);
