/** One run of supervisorctl: where it is connected, what it prints, how it will exit. */
import type { Dial } from "../../src/runtime/dial_types.ts";
import { ConnectionError, HttpStatusError } from "../../src/client/errors.ts";
import { RpcClient } from "../../src/client/rpc_client.ts";
import type { TlsClientOptions } from "../../src/client/tls_dial.ts";
import { FAULT_CODES } from "../../src/rpc/faults.ts";
import { Fault, type Value } from "../../src/xmlrpc/value.ts";
import type { Command } from "./command.ts";
import { findCommand } from "./commands.ts";
import { describeError, EndOfInputError } from "./errors.ts";
import type { LineInput } from "./input.ts";
import { Interrupted, Interrupts } from "./interrupts.ts";
import { parseLine } from "./line.ts";
import { needsSelection } from "./names.ts";
import { Output } from "./output.ts";
import { EXIT } from "./results.ts";

export interface SessionOptions {
  readonly serverUrl: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly token?: string;
  readonly tls?: TlsClientOptions;
  /** Ask before a shutdown, and for a password when one is wanted. */
  readonly interactive: boolean;
  /** Where answers and, in the shell, lines come from; asked for when first needed. */
  readonly openInput: (interrupts: Interrupts) => Promise<LineInput>;
  /** How to connect; default: the portable way. */
  readonly dial?: Dial | null;
  readonly output?: Output;
  readonly errorOutput?: Output;
  /** Called after each answer. */
  readonly onAnswer?: () => void;
}

/** What a server must say for us to talk to it. */
const API_VERSION = "3.0";

export class Session {
  readonly output: Output;
  /** What a followed log has to complain about. */
  readonly errorOutput: Output;
  readonly interrupts = new Interrupts();
  readonly interactive: boolean;
  /** The arguments as they were given, where there is a command line: blanks in them are theirs. */
  givenWords: readonly string[] | null = null;
  /** What patterns and filters of the last line stood for. */
  chosen: string | null = null;
  /** JSON is wanted instead of text. */
  isJson = false;
  /** The last failure's; a later success does not change it. */
  exitStatus: number = EXIT.SUCCESS;
  /** Why the server could not be talked to, the last time that it could not. */
  connectionFailure: ConnectionError | HttpStatusError | null = null;
  #serverUrl: string;
  #username: string | null;
  #password: string | null;
  #token: string | undefined;
  readonly #tls: TlsClientOptions | undefined;
  #client: RpcClient | null = null;
  #input: Promise<LineInput> | null = null;
  readonly #openInput: SessionOptions["openInput"];
  readonly #dial: Dial | null;
  readonly #onAnswer: () => void;

  constructor(options: SessionOptions) {
    this.#serverUrl = options.serverUrl;
    this.#username = options.username;
    this.#password = options.password;
    this.#token = options.token;
    this.#tls = options.tls;
    this.interactive = options.interactive;
    this.#openInput = options.openInput;
    this.#dial = options.dial ?? null;
    this.#onAnswer = options.onAnswer ?? (() => {});
    this.output = options.output ?? new Output(1);
    this.errorOutput = options.errorOutput ?? new Output(2);
  }

  get serverUrl(): string {
    return this.#serverUrl;
  }

  get client(): RpcClient {
    this.#client ??= new RpcClient({
      serverUrl: this.#serverUrl,
      username: this.#username,
      password: this.#password,
      token: this.#token,
      tls: this.#tls,
      ...(this.#dial === null ? {} : { dial: this.#dial }),
    });
    return this.#client;
  }

  /** Talks to another server from now on. */
  switchServer(url: string): void {
    this.#disconnect();
    this.#serverUrl = url;
  }

  /** A call of the supervisor namespace. */
  async call(method: string, ...params: Value[]): Promise<Value> {
    const answer = await this.client.call(`supervisor.${method}`, ...params);
    this.#onAnswer();
    return answer;
  }

  get input(): Promise<LineInput> {
    this.#input ??= this.#openInput(this.interrupts);
    return this.#input;
  }

  /** @throws EndOfInputError, Interrupted */
  async ask(prompt: string): Promise<string> {
    const answer = await (await this.input).readLine(prompt);
    if (answer === null) throw new EndOfInputError();
    return answer;
  }

  /** Whether the question is answered with anything that begins with y; true if none is to be asked. */
  async confirm(question: string): Promise<boolean> {
    if (!this.interactive) return true;
    return /^y/i.test(await this.ask(`${question} y/N? `));
  }

  /** Prints the usage error and the help of the action. */
  usageError(message: string, command: Command | null, exit: number = EXIT.GENERIC): void {
    this.output.line(message);
    if (command !== null) this.printHelp(command);
    this.exitStatus = exit;
  }

  printHelp(command: Command): void {
    this.output.line(command.help.join("\n"));
  }

  /**
   * Runs a line. Whatever goes wrong is printed, never thrown (but Interrupted).
   *
   * @returns true when the line ends the shell
   */
  async run(text: string): Promise<boolean> {
    const { line, action, rest } = parseLine(text);
    if (line === "") return false;
    const command = action === null ? null : findCommand(action);
    if (command === null) {
      this.output.line(`*** Unknown syntax: ${line}`);
      this.exitStatus = EXIT.GENERIC;
      return false;
    }
    try {
      return await this.#perform(command, rest);
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      if (error instanceof ConnectionError || error instanceof HttpStatusError) {
        this.connectionFailure = error;
      }
      this.output.line(describeError(error));
      this.exitStatus = EXIT.GENERIC;
      return false;
    } finally {
      // A shell that waits for its user keeps no connection (and no worker of the server) busy.
      this.client.close();
    }
  }

  /** Ends what holds the terminal or the server. */
  async close(): Promise<void> {
    this.#disconnect();
    (await this.#input)?.close();
  }

  async #perform(command: Command, rest: string): Promise<boolean> {
    while (true) {
      try {
        return await this.#attempt(command, rest);
      } catch (error) {
        if (!(error instanceof HttpStatusError) || error.status !== 401) throw error;
        this.output.line("Server requires authentication");
        if (!this.interactive) throw error;
        await this.#logIn();
      }
    }
  }

  async #logIn(): Promise<void> {
    const username = await this.ask("Username:");
    const password = await (await this.input).readSecret("Password:");
    if (password === null) throw new EndOfInputError();
    this.output.line("");
    this.#disconnect();
    this.#username = username;
    this.#password = password;
    this.#token = undefined;
  }

  async #attempt(command: Command, rest: string): Promise<boolean> {
    if (!command.acceptsArguments && rest !== "") {
      this.usageError(`Error: ${command.name} accepts no arguments`, command);
      return false;
    }
    if (command.needsServer && !await this.checkServer(command)) return false;
    if (command.selects !== undefined && needsSelection(rest)) {
      const { applySelection } = await import("./selection.ts");
      const chosen = await applySelection(this, command, rest);
      if (chosen === null) return false;
      this.chosen = chosen;
      this.givenWords = null;
      return await command.run(this, chosen) === "end";
    }
    return await command.run(this, rest) === "end";
  }

  /**
   * Asks the server who it is; if it cannot be talked to, says so in a sentence.
   *
   * @returns whether the action may go on
   */
  async checkServer(command: Command): Promise<boolean> {
    const failure = await this.#findProblem();
    if (failure === null) return true;
    this.output.line(failure.text);
    this.exitStatus = command.exitWhenUnreachable ?? failure.exit;
    return false;
  }

  async #findProblem(): Promise<{ text: string; exit: number } | null> {
    try {
      const version = await this.call("getVersion");
      if (version === API_VERSION) return null;
      return {
        text: `Sorry, this version of supervisorctl expects to talk to a server with API version ` +
          `${API_VERSION}, but the remote version is ${version}.`,
        exit: EXIT.NOT_INSTALLED,
      };
    } catch (error) {
      if (error instanceof Fault && error.code === FAULT_CODES.UNKNOWN_METHOD) {
        return {
          text: "Sorry, supervisord responded but did not recognize the supervisor namespace " +
            "commands that supervisorctl uses to control it.  Please check that the " +
            "[rpcinterface:supervisor] section is enabled in the configuration file " +
            "(see sample.conf).",
          exit: EXIT.UNIMPLEMENTED_FEATURE,
        };
      }
      if (error instanceof ConnectionError) this.connectionFailure = error;
      if (error instanceof ConnectionError && error.code === "ECONNREFUSED") {
        return {
          text: `${this.#serverUrl} refused connection`,
          exit: EXIT.INSUFFICIENT_PRIVILEGES,
        };
      }
      if (error instanceof ConnectionError && error.code === "ENOENT") {
        return { text: `${this.#serverUrl} no such file`, exit: EXIT.NOT_RUNNING };
      }
      throw error;
    }
  }

  #disconnect(): void {
    this.#client?.close();
    this.#client = null;
  }
}
