/** `supervisord print WHAT`: files that go with the program, from inside the executable. */
import { writeSync } from "node:fs";
import { nearestName } from "../src/config/nearest.ts";

interface Printable {
  readonly name: string;
  readonly doc: string;
  /** What may follow the name, for those that need it. */
  readonly subjects?: () => Promise<readonly string[]>;
  /** @param subject one of the subjects, or "" */
  readonly text: (subject: string) => Promise<string>;
}

const manual = () => import("./print/manual.ts");
const completion = () => import("./print/completion.ts");

const PRINTABLES: readonly Printable[] = [
  {
    name: "completion-bash",
    doc: "completion for bash",
    text: async () => (await completion()).bashCompletion(names()),
  },
  {
    name: "completion-fish",
    doc: "completion for fish",
    text: async () => (await completion()).fishCompletion(names()),
  },
  {
    name: "completion-zsh",
    doc: "completion for zsh",
    text: async () => (await completion()).zshCompletion(names()),
  },
  {
    name: "dashboard",
    doc: "a Grafana dashboard for /metrics",
    text: async () => (await import("../src/http/api/dashboard.ts")).grafanaDashboard(),
  },
  {
    name: "json-schema",
    doc: "JSON Schema of the configuration",
    text: async () => {
      const { configurationSchema } = await import("../src/config/json_schema.ts");
      const { buildInfo } = await import("../src/build_info.ts");
      return JSON.stringify(configurationSchema(buildInfo.version), null, 2);
    },
  },
  {
    name: "licenses",
    doc: "what is in the executable, and its licences",
    text: async () => (await import("./print/licenses.ts")).licenseReport(),
  },
  {
    name: "man",
    doc: "a manual page, for man(1)",
    subjects: async () => (await manual()).MANUAL.map(({ name }) => name),
    text: async (subject) => (await manual()).manualPage(subject) ?? "",
  },
  {
    name: "openapi",
    doc: "description of the JSON API, OpenAPI 3.1",
    text: async () => {
      const { describeRoutes } = await import("../src/http/api/app.ts");
      return JSON.stringify(describeRoutes(), null, 2);
    },
  },
  {
    name: "options",
    doc: "every option of the configuration, as Markdown",
    text: async () => (await import("./print/option_reference.ts")).optionReference(),
  },
  {
    name: "sample-config",
    doc: "a commented supervisord.conf",
    text: async () => (await import("./echo_supervisord_conf.ts")).sampleConfiguration,
  },
  {
    name: "systemd-unit",
    doc: "a service for systemd, /etc/systemd/system/supervisor.service",
    text: async () => (await import("./print/systemd_unit.ts")).systemdUnit,
  },
];

const names = () => PRINTABLES.map(({ name }) => name);

async function list(): Promise<string> {
  const lines = await Promise.all(PRINTABLES.map(async ({ name, doc, subjects }) => {
    const more = subjects === undefined ? "" : `: ${(await subjects()).join(", ")}`;
    return `${name.padEnd(17)} ${doc}${more}\n`;
  }));
  return lines.join("");
}

/** @returns the exit status: 0, or 2 for a name that is none */
export async function print(args: readonly string[], invokedAs: string): Promise<number> {
  const [wanted, ...rest] = args;
  if (wanted === undefined) {
    writeAll(1, await list());
    return 0;
  }
  const refuse = async (problem: string): Promise<number> => {
    writeAll(2, `Error: ${problem}\nUsage: ${invokedAs} WHAT\n\n${await list()}`);
    return 2;
  };
  const printable = PRINTABLES.find(({ name }) => name === wanted);
  if (printable === undefined) {
    return await refuse(`cannot print "${args.join(" ")}"${suggestion(wanted, names())}`);
  }
  const subjects = await printable.subjects?.() ?? [];
  const subject = subjects.length === 0 ? "" : rest.shift();
  if (rest.length > 0) return await refuse(`cannot print "${args.join(" ")}"`);
  if (subject === undefined) {
    return await refuse(`${wanted} of what? One of: ${subjects.join(", ")}`);
  }
  if (subject !== "" && !subjects.includes(subject)) {
    return await refuse(`cannot print "${args.join(" ")}"${suggestion(subject, subjects)}`);
  }
  const text = await printable.text(subject);
  writeAll(1, text.endsWith("\n") ? text : `${text}\n`);
  return 0;
}

function suggestion(typed: string, known: readonly string[]): string {
  const near = nearestName(typed, known);
  return near === null ? "" : `; did you mean "${near}"?`;
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
