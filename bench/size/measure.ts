/** Bytes of the executable and of what is downloaded. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { readSection } from "./section.ts";

/** By name, in the order in which they are shown. */
export type Sizes = Readonly<Record<string, number>>;

/** @param executable of this machine, as compile.sh makes it */
export function measureExecutable(executable: string): Sizes {
  const program = readSection(executable, ".bun");
  const whole = statSync(executable).size;
  const text = programWithoutBytecode();
  return {
    "executable": whole,
    "of it the runtime": whole - program.length,
    "of it our program": program.length,
    "its text": text.length,
    "its bytecode": program.length - text.length,
    "our program, gzip -6": gzipSync(program, { level: 6 }).length,
    "its text, gzip -6": gzipSync(text, { level: 6 }).length,
  };
}

/** The files of a release, by what they are for. */
export function measureRelease(directory: string): Sizes {
  const files = readdirSync(directory)
    .filter((name) => /\.(tar\.xz|deb|rpm|tgz|apk)$/.test(name)).sort();
  const name = (file: string) => file.replace(/([-_])\d+\.\d+\.\d+(-\d+)?(?=[-_.])/, "");
  return Object.fromEntries(
    files.map((file) => [name(file), statSync(join(directory, file)).size]),
  );
}

/** What compile.sh would embed without --bytecode. */
function programWithoutBytecode(): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), "supervisor-size-"));
  try {
    const file = join(directory, "supervisord");
    const words = ["build", "--compile", "--format=esm", "--splitting", "--minify"];
    const built = spawnSync(
      process.execPath,
      [...words, "--sourcemap=none", "--outfile", file, "./cli/main.ts"],
      { encoding: "utf8" },
    );
    if (built.status !== 0) throw new Error(`the build failed: ${built.stderr}`);
    return readSection(file, ".bun");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
