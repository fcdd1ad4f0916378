/** `supervisord print WHAT`: files that go with the program, from inside the executable. */
import { writeSync } from "node:fs";

interface Printable {
  readonly name: string;
  readonly doc: string;
  readonly text: () => Promise<string>;
}

const PRINTABLES: readonly Printable[] = [
  {
    name: "dashboard",
    doc: "a Grafana dashboard for /metrics",
    text: async () => (await import("../src/http/api/dashboard.ts")).grafanaDashboard(),
  },
  {
    name: "sample-config",
    doc: "a commented supervisord.conf",
    text: async () => (await import("./echo_supervisord_conf.ts")).sampleConfiguration,
  },
];

function list(): string {
  return PRINTABLES.map(({ name, doc }) => `${name.padEnd(15)} ${doc}\n`).join("");
}

/** @returns the exit status: 0, or 2 for a name that is none */
export async function print(args: readonly string[], invokedAs: string): Promise<number> {
  const [wanted, ...rest] = args;
  if (wanted === undefined) {
    writeAll(1, list());
    return 0;
  }
  const printable = PRINTABLES.find(({ name }) => name === wanted);
  if (printable === undefined || rest.length > 0) {
    writeAll(2, `Error: cannot print "${args.join(" ")}"\nUsage: ${invokedAs} WHAT\n\n${list()}`);
    return 2;
  }
  const text = await printable.text();
  writeAll(1, text.endsWith("\n") ? text : `${text}\n`);
  return 0;
}

function writeAll(fd: 1 | 2, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    // One write takes what a pipe has room for.
    while (bytes.length > 0) bytes = bytes.subarray(writeSync(fd, bytes));
  } catch {
    // the reader has seen enough
  }
}
