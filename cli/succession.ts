/**
 * The daemon's program where there is a daemon already: this process was one of another program a
 * moment ago, or is asked by one whether it could go on with what there is.
 */
import process from "node:process";
import { buildInfo } from "../src/build_info.ts";
import { loadConfig, type ReadExtras } from "../src/config/load.ts";
import type { Config } from "../src/config/types.ts";
import { acceptState, inheritState, reasonToRefuse } from "../src/handover/accept.ts";
import { type Answer, answerLine } from "../src/handover/candidate.ts";
import { decodeState, type HandoverState } from "../src/handover/state.ts";
import { HANDOVER_VARIABLE } from "../src/handover/variable.ts";
import { getRuntime } from "../src/runtime/mod.ts";
import { runSupervisord } from "../src/supervisord.ts";
import { parseSupervisordArgs } from "./argv.ts";
import { takeEarlySignals } from "./early_signals.ts";
import { UsageError } from "./getopt.ts";
import { quietVariables } from "./quiet_collector.ts";
import { prepareStart, say, type Start } from "./supervisord.ts";

const STDIN = 0;

/** @returns the exit status */
export async function succeed(args: readonly string[], invokedAs: string): Promise<number> {
  const descriptor = process.env[HANDOVER_VARIABLE];
  return descriptor === undefined
    ? answerCandidate(invokedAs)
    : await takeOver(args, invokedAs, Number(descriptor));
}

/** Reads everything, opens nothing. */
function answerCandidate(invokedAs: string): number {
  const encoded = getRuntime().system.readDescriptor(STDIN);
  const answer = judge(encoded, invokedAs);
  say(1, answerLine(answer));
  return answer.accepts ? 0 : 1;
}

function judge(encoded: Uint8Array, invokedAs: string): Answer {
  try {
    const { cwd } = decodeState(encoded).start;
    const start = prepareStart([], invokedAs, cwd);
    const { state } = acceptState(encoded, start.environment, (read) => readConfig(start, read));
    const { version, commit } = buildInfo;
    return {
      accepts: true,
      nonce: state.nonce,
      build: { version, commit },
      variables: quietVariables(),
    };
  } catch (error) {
    if (error instanceof UsageError) return { accepts: false, reason: error.message };
    return { accepts: false, reason: reasonToRefuse(error) };
  }
}

async function takeOver(
  args: readonly string[],
  invokedAs: string,
  descriptor: number,
): Promise<number> {
  delete process.env[HANDOVER_VARIABLE];
  const runtime = getRuntime();
  const encoded = runtime.system.readDescriptor(descriptor);
  runtime.closeFd(descriptor);
  const { cwd } = decodeState(encoded).start;
  const start = prepareStart(args, invokedAs, cwd);
  const { environment } = start;
  const inheritance = inheritState(encoded, environment, (read) => readConfig(start, read));
  return await runSupervisord({
    runtime,
    config: inheritance.config,
    inheritance,
    start: inheritance.state.start,
    earlySignals: takeEarlySignals,
    environment: environment.env,
    readConfig: (previous, extras) => readConfig(start, inheritance.state, previous, extras),
    detach: null,
    onReady: () => {},
    stderr: (text) => say(2, text),
  });
}

/** The file that was read at the first start, with the options of its command line. */
function readConfig(
  { environment }: Start,
  { start, config }: HandoverState,
  previous: Config | null = null,
  extras: ReadExtras = {},
): Config {
  const parsed = parseSupervisordArgs(start.args, environment);
  if (parsed.kind !== "run") throw new UsageError("supervisord was not started to run");
  return loadConfig({
    configFile: config.file,
    options: parsed.options,
    environment,
    ...(previous === null ? {} : { previous }),
    ...extras,
  });
}
