/**
 * `supervisord hash-password`: what stands in a configuration for a password. It is read from
 * standard input, never from the command line, where everybody could see it.
 */
import { History } from "./ctl/history.ts";
import { type LineInput, PipeInput } from "./ctl/input.ts";
import { Interrupts } from "./ctl/interrupts.ts";
import { Output } from "./ctl/output.ts";
import { isTerminal } from "./is_terminal.ts";

const TOKEN_NAME = /^[A-Za-z0-9_-]+$/;

function usage(invokedAs: string): string {
  return `Usage: ${invokedAs}                 hash the password that comes on standard input\n` +
    `       ${invokedAs} --token NAME    make a token, and the section that knows it\n`;
}

/** @returns the exit status: 0; 1 without a password; 2 for wrong arguments */
export async function hashPassword(args: readonly string[], invokedAs: string): Promise<number> {
  const output = new Output(1);
  const [option, name, ...rest] = args;
  if (option === undefined) return await hashInput(output);
  if (option === "--help" || option === "-h") {
    output.write(usage(invokedAs));
    return 0;
  }
  if (option !== "--token" || name === undefined || rest.length > 0 || !TOKEN_NAME.test(name)) {
    new Output(2).write(
      `Error: cannot do "${args.join(" ")}"; a name has letters, digits, - and _\n` +
        usage(invokedAs),
    );
    return 2;
  }
  const { hashSecret, makeSecret } = await scrypt();
  const secret = makeSecret();
  output.line(`; Shown only now. For the client (SUPERVISOR_TOKEN, token_file, Bearer):`);
  output.line(`;   ${name}.${secret}`);
  output.line(`[token:${name}]`);
  output.line(`hash = ${await hashSecret(new TextEncoder().encode(secret))}`);
  output.line("role = view");
  return 0;
}

const scrypt = () => import("../src/http/access/scrypt.ts");

async function hashInput(output: Output): Promise<number> {
  const input = await openInput(output);
  try {
    const password = await input.readSecret(isTerminal(0) ? "Password: " : "");
    if (isTerminal(0)) output.line("");
    if (password === null || password === "") {
      new Output(2).line("Error: no password came on standard input");
      return 1;
    }
    const { hashSecret } = await scrypt();
    output.line(await hashSecret(new TextEncoder().encode(password)));
    return 0;
  } finally {
    input.close();
  }
}

async function openInput(output: Output): Promise<LineInput> {
  if (!isTerminal(0)) return new PipeInput(output);
  const { TerminalInput } = await import("./ctl/terminal.ts");
  return new TerminalInput({ output, history: new History(), interrupts: new Interrupts() });
}
