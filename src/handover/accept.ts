/** The other side: what the program before has left becomes what this one goes on with. */
import { ConfigError } from "../config/errors.ts";
import type { Config, LoadEnvironment } from "../config/types.ts";
import { completeGroups } from "./specs.ts";
import { decodeState, HandoverError, type HandoverState } from "./state.ts";

export interface Inheritance {
  /** With its groups in the words of this program. */
  readonly state: HandoverState;
  /** As it is on disk now. */
  readonly config: Config;
}

/** Reads the configuration again: of the file it came from, with the words of the first start. */
export type ReadConfig = (state: HandoverState) => Config;

/**
 * For a candidate that is asked.
 *
 * @throws HandoverError, ConfigError
 */
export function acceptState(
  encoded: Uint8Array,
  environment: LoadEnvironment,
  readConfig: ReadConfig,
): Inheritance {
  const state = decodeState(encoded);
  const config = readConfig(state);
  return { state: completed(state, config, environment), config };
}

/**
 * For the real thing: there is no way back any more. A file that was good a moment ago and no
 * longer is leaves the configuration in force.
 *
 * @throws HandoverError
 */
export function inheritState(
  encoded: Uint8Array,
  environment: LoadEnvironment,
  readConfig: ReadConfig,
): Inheritance {
  const state = decodeState(encoded);
  try {
    const config = readConfig(state);
    return { state: completed(state, config, environment), config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const before: Config = {
      ...state.config,
      groups: state.supervisor.groups.map(({ spec }) => spec),
      messages: [{ level: "critical", text: error.message }],
    };
    const left = completed(state, before, environment);
    return {
      state: left,
      config: { ...before, groups: left.supervisor.groups.map(({ spec }) => spec) },
    };
  }
}

function completed(
  state: HandoverState,
  config: Config,
  environment: LoadEnvironment,
): HandoverState {
  return { ...state, supervisor: completeGroups(state.supervisor, config, environment) };
}

/** Why a candidate does not accept, as a sentence; what is not meant for people is thrown on. */
export function reasonToRefuse(error: unknown): string {
  if (error instanceof HandoverError) return error.message;
  if (error instanceof ConfigError) return `the configuration cannot be read: ${error.message}`;
  throw error;
}
