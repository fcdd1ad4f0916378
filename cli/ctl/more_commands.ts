/**
 * The actions that `help` does not list, since scripts compare what it lists with Supervisor's.
 * `help more` names them.
 */
import type { CommandRow } from "./command.ts";
import { endShell } from "./supervisor_commands.ts";

const updates = () => import("./update_commands.ts");

export const MORE_COMMANDS: Readonly<Record<string, CommandRow>> = {
  events: {
    help: [
      "events\t\t\t\tFollow what happens, as it happens (Ctrl-C to exit)",
      "events --type <type>[,<type>]\tOnly events of these types, e.g. PROCESS_STATE or TICK_60",
      "events --process <name>\t\tOnly events of this process; <gname>:* for a group",
    ],
    needsServer: true,
    run: async (session, rest) => (await import("./event_commands.ts")).events(session, rest),
  },
  logs: {
    help: [
      "logs <name> [<name>]\tThe last lines of several logs, merged by time; <gname>:* or all",
      "logs -n 50 <name>\tSo many lines of each; default 200",
      "logs -f <name>\t\tAnd all that is added (Ctrl-C to exit)",
      "logs --since 10m <name>\tLines since 90s, 10m, 2h, 1d, or 2026-11-23T08:00",
      "logs --grep <regex> <name>\tOnly lines that match; -i: in either case",
      "logs --stderr <name>\tThe log of standard error",
    ],
    completion: "processes",
    needsServer: true,
    run: async (session, rest) => (await import("./merged_logs.ts")).mergedLogs(session, rest),
  },
  run: {
    help: [
      "run <name> [<name>]\tRun programs once, now",
      "run --wait <name>\tUntil it has ended; the exit status is the program's",
    ],
    completion: "processes",
    selects: {},
    needsServer: true,
    run: async (session, rest) => (await import("./run_command.ts")).run(session, rest),
  },
  wait: {
    help: [
      "wait <name> [<name>]\tWait until processes are ready; <gname>:* or all",
      "wait --for <what> <name>\tready, healthy, running, stopped or exited",
      "wait --timeout <seconds> <name>\tHow long; default 60",
    ],
    completion: "processes",
    selects: { options: { "--for": true, "--timeout": true } },
    needsServer: true,
    run: async (session, rest) => (await import("./wait_command.ts")).wait(session, rest),
  },
  healthcheck: {
    help: [
      "healthcheck\t\tExit with 0, or with 1 if a process has failed or is unhealthy",
      "healthcheck <name>\tOr if one of these does not run or is not ready; <gname>:*",
      "Note: prints only what is wrong. For containers and monitors.",
    ],
    completion: "processes",
    selects: {},
    needsServer: true,
    exitWhenUnreachable: 1,
    run: async (session, rest) =>
      (await import("./healthcheck_command.ts")).healthcheck(session, rest),
  },
  why: {
    help: [
      "why <name> [<name>]\tWhy a process is in its state, and what it waits for",
      "\t\t\t(start --no-deps <name> does not wait)",
    ],
    completion: "processes",
    selects: {},
    needsServer: true,
    run: async (session, rest) => (await import("./why_command.ts")).why(session, rest),
  },
  rotate: {
    help: [
      "rotate <name>\t\tBegin new log files, keeping the old ones as backups",
      "rotate <gname>:*\tThe logs of all processes of a group",
      "rotate all\t\tThe logs of all processes",
    ],
    completion: "processes",
    selects: {},
    needsServer: true,
    run: async (session, rest) => (await import("./rotate_command.ts")).rotate(session, rest),
  },
  "reload-program": {
    help: [
      "reload-program <name>\t\tMake a process read its configuration again",
      "reload-program <gname>:*\tAll processes of a group that run",
      "Note: by the program's reload_command or reload_signal. For supervisord's own, see reread.",
    ],
    completion: "processes",
    selects: {},
    needsServer: true,
    run: async (session, rest) =>
      (await import("./reload_command.ts")).reloadProgram(session, rest),
  },
  upgrade: {
    help: [
      "upgrade\t\t\tReplace supervisord by its executable as it is on disk now",
      "upgrade <path>\t\tReplace it by another executable",
      "Note: processes run on with their pids, and nothing of their output is lost.",
      "Note: reload --keep does the same to have [supervisord] and the servers read again.",
    ],
    needsServer: true,
    run: async (session, rest) => (await import("./upgrade_command.ts")).upgrade(session, rest),
  },
  scale: {
    help: [
      "scale <program>=<number>\tRun so many processes of a program, whatever numprocs says",
      "scale --reset <program>\t\tAs many as the file says",
    ],
    completion: "groups",
    needsServer: true,
    run: async (session, rest) => (await updates()).scale(session, rest),
  },
  enable: {
    help: [
      "enable <name> [<name>]\tLet processes start with supervisord again; <gname>:* or all",
      "enable --now <name>\tAnd start them",
    ],
    completion: "processes",
    selects: {},
    needsServer: true,
    run: async (session, rest) => (await updates()).decide(session, "enable", rest),
  },
  disable: {
    help: [
      "disable <name> [<name>]\tDo not start processes with supervisord; <gname>:* or all",
      "disable --now <name>\tAnd stop them",
    ],
    completion: "processes",
    selects: {},
    needsServer: true,
    run: async (session, rest) => (await updates()).decide(session, "disable", rest),
  },
  doctor: {
    help: [
      "doctor\t\t\tLook for what stands in the way: configuration, socket, rights, logs, limits",
      "Note: from the command line; with --json as a document. Exits with 1 if there is something.",
    ],
    acceptsArguments: false,
    // Reached from the shell alone: see cli/supervisorctl.ts.
    // deno-lint-ignore require-await -- commands are asynchronous
    run: async (session) =>
      session.output.line("doctor is for the command line: supervisorctl doctor"),
  },
  help: {
    help: ["help\t\tPrint a list of available actions", "help <action>\tPrint help for <action>"],
    completion: "actions",
    run: async (session, rest) => (await import("./help.ts")).help(session, rest),
  },
  // For the completions that `supervisord print` prints.
  complete: {
    help: [],
    run: async (session) => {
      const typed = (session.givenWords ?? []).join(" ");
      await (await import("./complete_command.ts")).complete(session, typed);
    },
  },
  // What the shell runs at the end of its input. It can be typed, but nobody is told so.
  EOF: { help: [], run: endShell },
};
