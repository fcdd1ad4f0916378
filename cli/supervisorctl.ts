/** The client's program: its options and [supervisorctl], then one action or the shell. */
import process from "node:process";
import { ConfigError } from "../src/config/errors.ts";
import { hostEnvironment } from "../src/config/host_environment.ts";
import { loadCtlConfig } from "../src/config/load.ts";
import type { CtlConfig } from "../src/config/types.ts";
import { createFileUserDatabase } from "../src/runtime/users.ts";
import {
  parseSupervisorctlArgs,
  type SupervisorctlArgs,
  supervisorctlHelp,
  UsageError,
  usageErrorText,
} from "./argv.ts";
import { control } from "./ctl/control.ts";
import { describeError } from "./ctl/errors.ts";
import { Output } from "./ctl/output.ts";

type RunArgs = Extract<SupervisorctlArgs, { kind: "run" }>;

/** @returns the exit status: 2 for options and configuration, else the action's own */
export async function supervisorctl(
  args: readonly string[],
  invokedAs: string,
): Promise<number> {
  try {
    const parsed = parseSupervisorctlArgs(args);
    if (parsed.kind === "help") {
      new Output(1).write(supervisorctlHelp(invokedAs));
      return 0;
    }
    const { interactive, words, json = false } = parsed;
    return await control({ config: configOf(parsed, invokedAs), interactive, words, json });
  } catch (error) {
    if (error instanceof UsageError || error instanceof ConfigError) {
      new Output(2).write(usageErrorText(error.message, invokedAs));
      return 2;
    }
    new Output(1).line(describeError(error));
    return 1;
  }
}

/** The file's settings under those of the command line. @throws ConfigError */
function configOf(args: RunArgs, invokedAs: string): CtlConfig {
  const file = loadCtlConfig({
    configFile: args.configFile,
    executable: executablePath(invokedAs),
    environment: hostEnvironment({
      // Only homes are asked for (`~name` in a path); that is not worth loading libc.
      users: createFileUserDatabase({ passwd: "/etc/passwd", group: "/etc/group" }),
      uid: process.getuid?.() ?? 0,
    }),
  });
  return {
    serverUrl: args.serverUrl ?? file.serverUrl,
    username: args.username ?? file.username,
    password: args.password ?? file.password,
    prompt: file.prompt,
    historyFile: args.historyFile ?? file.historyFile,
  };
}

/** The path whose parent's parent is searched: as typed, or the file itself when found on PATH. */
function executablePath(invokedAs: string): string {
  const [typed = ""] = invokedAs.split(" ");
  return typed.includes("/") ? typed : process.execPath;
}
