/** `supervisord convert FILE …`: a Procfile or a systemd service as sections for a configuration. */
import { readFileSync } from "node:fs";
import { Output } from "../ctl/output.ts";
import { convertProcfile } from "./procfile.ts";
import { type Conversion, programSection } from "./section.ts";
import { convertService } from "./service.ts";

/** @returns the exit status: 0; 1 for a file that cannot be read; 2 for one that is neither */
export function convert(args: readonly string[], invokedAs: string): Promise<number> {
  const [first] = args;
  if (first === undefined || first === "--help" || first === "-h") {
    const usage = `Usage: ${invokedAs} FILE ...\n\nPrints program sections for each Procfile and ` +
      "each systemd service. What has to be looked at stands\nin front of them as comments.\n";
    new Output(first === undefined ? 2 : 1).write(usage);
    return Promise.resolve(first === undefined ? 2 : 0);
  }
  const errors = new Output(2);
  const converted: Conversion[] = [];
  for (const path of args) {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      errors.line(`Error: cannot read ${path}: ${reason}`);
      return Promise.resolve(1);
    }
    const found = convertText(text, path);
    if (found.length === 0) {
      errors.line(
        `Error: ${path} is neither a Procfile (name: command) nor a systemd service (ExecStart=)`,
      );
      return Promise.resolve(2);
    }
    converted.push(...found);
  }
  new Output(1).write(converted.map(programSection).join("\n"));
  return Promise.resolve(0);
}

/** What it is is told by its content: files are called web.service.old or Procfile.dev. */
export function convertText(text: string, path: string): readonly Conversion[] {
  if (!/^\s*\[(?:Unit|Service|Install)\]\s*$/m.test(text)) return convertProcfile(text);
  const service = convertService(text, path);
  return service === null ? [] : [service];
}
