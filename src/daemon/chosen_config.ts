/** The configuration of a start, with what was decided at run time before what the file says. */
import type { ReadExtras } from "../config/load.ts";
import type { Config } from "../config/types.ts";
import { type Choices, readChoices, stateFileOf } from "./state_file.ts";

/** @throws ConfigError */
type ReadConfig = (previous: null, extras?: ReadExtras) => Config;

export interface ChosenConfig {
  readonly config: Config;
  readonly choices: Choices;
}

/**
 * Nothing that is wrong with the state file, or with what it says, keeps the daemon from starting:
 * then that is a message of the configuration.
 *
 * @param read reads the files of `config` again
 */
export function applyChoices(read: ReadConfig, config: Config): ChosenConfig {
  const path = stateFileOf(config.daemon);
  const { choices, problem } = readChoices(path);
  if (problem !== null) return { config: withMessage(config, problem), choices };
  if (Object.keys(choices.scale).length === 0) return { config, choices };
  try {
    const { groups, scaled } = read(null, { scale: choices.scale });
    return { config: { ...config, groups, scaled: scaled ?? [] }, choices };
  } catch (error) {
    // Then it is not the numbers that are wrong: the configuration in force has them already.
    if (!canBeRead(read)) return { config, choices };
    const reason = error instanceof Error ? error.message : String(error);
    const text = `what the state file ${path} says of numbers of processes is ignored: ${reason}`;
    return { config: withMessage(config, text), choices: { ...choices, scale: {} } };
  }
}

function withMessage(config: Config, text: string): Config {
  return { ...config, messages: [...config.messages, { level: "critical", text }] };
}

function canBeRead(read: ReadConfig): boolean {
  try {
    read(null);
    return true;
  } catch {
    return false;
  }
}
