/**
 * As whom, where and in what environment a process runs: its children, and the commands on its
 * behalf.
 */
import type { SpawnRequest } from "../runtime/spawn_types.ts";
import type { ChildDescriptors } from "./child_descriptors.ts";
import type { BirthGift } from "./companion.ts";
import type { HelperRequest } from "./helpers.ts";
import { launcher, needsLauncher } from "./limits/loader.ts";
import type { Process } from "./process.ts";
import { NO_SECRETS } from "./secrets.ts";
import { childEnvironment, planCredentials, type ResolvedCommand, userToBe } from "./spawn_plan.ts";
import type { Surroundings } from "./surroundings.ts";
import { TREE_VARIABLE, treeMark } from "./tree_mark.ts";

/** What is asked of a command on behalf of a process. */
export type HelperWishes =
  & Pick<HelperRequest, "command" | "timeoutMs" | "keepBytes" | "onlyStdout">
  & {
    /** Added to the environment. */
    readonly env?: Readonly<Record<string, string>>;
  };

export class RunContext {
  readonly #process: Pick<Process, "spec" | "name" | "groupName" | "controlGroup">;
  readonly #surroundings: Surroundings;
  #environment: Record<string, string> | null = null;

  constructor(
    process: Pick<Process, "spec" | "name" | "groupName" | "controlGroup">,
    surroundings: Surroundings,
  ) {
    this.#process = process;
    this.#surroundings = surroundings;
  }

  /** What tells its orphans from those of others. */
  get treeMark(): string {
    const { groupName, name } = this.#process;
    return treeMark(this.#surroundings.runtime.pid, groupName, name);
  }

  /** @returns a sentence when its user cannot be had */
  helperRequest(wishes: HelperWishes): HelperRequest | string {
    const { runtime, environment } = this.#surroundings;
    const { uid, directory: cwd, umask } = this.#process.spec;
    const credentials = planCredentials(uid, runtime);
    if (typeof credentials === "string") return credentials;
    const env = { ...environment, ...this.#ownEnvironment(), ...wishes.env };
    return { ...wishes, env, cwd, umask, credentials };
  }

  /**
   * What the system is asked for, to start a child. Its control group is made, if it has limits.
   *
   * @returns a string: why that would be in vain
   */
  spawnRequest(
    command: ResolvedCommand,
    secrets: Readonly<Record<string, string>>,
    { stdio, lasting }: ChildDescriptors,
    gift: BirthGift | null,
  ): SpawnRequest | string {
    const { births, environment, runtime } = this.#surroundings;
    const { spec } = this.#process;
    const credentials = planCredentials(spec.uid, runtime);
    if (typeof credentials === "string") return credentials;
    const limits = needsLauncher(spec) ? launcher() : null;
    const isPlain = gift === null && secrets === NO_SECRETS && births === undefined &&
      limits === null;
    const own = this.#ownEnvironment();
    const request: SpawnRequest = {
      ...command,
      ...(isPlain ? { env: own, commonEnv: environment } : {
        env: {
          ...environment,
          ...own,
          ...secrets,
          ...gift?.env,
          ...births?.begin(spec, lasting),
        },
      }),
      cwd: spec.directory,
      umask: spec.umask,
      credentials,
      stdio,
      ...(gift === null ? {} : { descriptors: gift.descriptors }),
    };
    return limits === null
      ? request
      : limits.limitStart(this.#process, this.#surroundings, request);
  }

  /** What its environment has on top of the daemon's. */
  #ownEnvironment(): Record<string, string> {
    const { config, runtime } = this.#surroundings;
    const { spec } = this.#process;
    this.#environment ??= {
      ...childEnvironment(spec, config().serverUrl, userToBe(spec, runtime)),
      ...(spec.killTree === undefined ? {} : { [TREE_VARIABLE]: this.treeMark }),
    };
    return this.#environment;
  }
}
