/** The instructions in packaging/quiet_start/patch.ts are what its assembler sources say. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { CODE } from "../../packaging/quiet_start/patch.ts";

const SOURCES = [
  { source: "x64.s", machine: 62, tools: "" },
  { source: "arm64.s", machine: 183, tools: "aarch64-linux-gnu-" },
] as const;

const directory = mkdtempSync(join(tmpdir(), "quiet-start-"));

function run(command: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
}

function assemble(source: string, tools: string): string {
  const [object, code] = [join(directory, `${source}.o`), join(directory, `${source}.bin`)];
  run(`${tools}as`, ["-o", object, join("packaging/quiet_start", source)]);
  run(`${tools}objcopy`, ["-O", "binary", "-j", ".text", object, code]);
  return readFileSync(code).toString("base64");
}

let failed = 0;
for (const { source, machine, tools } of SOURCES) {
  try {
    const code = assemble(source, tools);
    if (code === CODE.get(machine)) continue;
    failed++;
    process.stdout.write(`FAIL ${source}: patch.ts has other instructions; these are\n${code}\n`);
  } catch (error) {
    failed++;
    process.stdout.write(`FAIL ${source}: ${error instanceof Error ? error.message : error}\n`);
  }
}
rmSync(directory, { recursive: true });
process.stdout.write(`${SOURCES.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
