/** A Session with everything around it in the test's hands. */
import { EndOfInputError } from "../../../cli/ctl/errors.ts";
import type { LineInput } from "../../../cli/ctl/input.ts";
import { Output } from "../../../cli/ctl/output.ts";
import { Session } from "../../../cli/ctl/session.ts";
import {
  FakeSupervisor,
  type FakeSupervisorOptions,
  type Method,
} from "../client/fake_supervisor.ts";

/** An Output that keeps what is written. */
export class Recorder {
  text = "";
  readonly output: Output = new Output(-1, (_fd, bytes) => {
    this.text += this.#decoder.decode(bytes, { stream: true });
    return bytes.length;
  });
  readonly #decoder = new TextDecoder();
}

/** Hands out the lines and prints prompts like a pipe does. */
export class ScriptedInput implements LineInput {
  readonly #lines: string[];
  readonly #output: Output;

  constructor(lines: readonly string[], output: Output) {
    this.#lines = [...lines];
    this.#output = output;
  }

  readLine(prompt: string): Promise<string | null> {
    this.#output.write(prompt);
    return Promise.resolve(this.#lines.shift() ?? null);
  }

  readSecret(prompt: string): Promise<string | null> {
    return this.readLine(prompt);
  }

  close(): void {}
}

export interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
  /** What was asked of the server, without the check that comes first. */
  readonly calls: readonly string[];
}

export interface Setting {
  readonly methods?: Readonly<Record<string, Method>>;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** What is no XML-RPC call. */
  readonly handle?: FakeSupervisorOptions["handle"];
  /** Instead of a server of our own. */
  readonly serverUrl?: string;
  readonly interactive?: boolean;
  readonly input?: readonly string[];
}

/** Methods of the supervisor namespace by their short names, with what every server has. */
function methodsOf(setting: Setting): Record<string, Method> {
  const methods = { getVersion: () => "3.0", ...setting.methods };
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [`supervisor.${name}`, method]),
  );
}

/** Does `work` with a session on a fake server. */
export async function withSession(
  setting: Setting,
  work: (session: Session) => Promise<unknown>,
): Promise<Result> {
  const server = await FakeSupervisor.start({
    methods: methodsOf(setting),
    ...(setting.handle === undefined ? {} : { handle: setting.handle }),
    ...(setting.credentials === undefined ? {} : { credentials: setting.credentials }),
  });
  const stdout = new Recorder();
  const stderr = new Recorder();
  const session = new Session({
    serverUrl: setting.serverUrl ?? server.url,
    username: null,
    password: null,
    interactive: setting.interactive ?? false,
    openInput: () => {
      if (setting.input === undefined) throw new EndOfInputError();
      return Promise.resolve(new ScriptedInput(setting.input, stdout.output));
    },
    output: stdout.output,
    errorOutput: stderr.output,
  });
  try {
    await work(session);
  } finally {
    await session.close();
    await server.stop();
  }
  return {
    stdout: stdout.text.replaceAll(server.url, "URL"),
    stderr: stderr.text.replaceAll(server.url, "URL"),
    exit: session.exitStatus,
    calls: server.calls.filter((call) => call !== "getVersion()"),
  };
}

export function runLine(line: string, setting: Setting = {}): Promise<Result> {
  return withSession(setting, (session) => session.run(line));
}
