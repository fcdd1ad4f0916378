/** What has to be downloaded and installed. */
import { spawnSync } from "node:child_process";
import { createReadStream, openSync, readSync, statSync } from "node:fs";
import { createGzip } from "node:zlib";
import type { Figures } from "../metric.ts";
import type { Implementation } from "../supervisor.ts";

/** A binary is all there is to it; of a script it is the Debian packages it needs. */
export async function measureDisk({ supervisord }: Implementation): Promise<Figures> {
  const [file = "", ...args] = supervisord;
  if (args.length > 0) return {};
  if (isScript(file)) return packagesOf(file);
  let compressed = 0;
  for await (const piece of createReadStream(file).pipe(createGzip({ level: 9 }))) {
    compressed += (piece as Uint8Array).length;
  }
  return { installed_MiB: statSync(file).size / 2 ** 20, gzip_MiB: compressed / 2 ** 20 };
}

function isScript(file: string): boolean {
  const start = Buffer.alloc(2);
  readSync(openSync(file, "r"), start, 0, 2, 0);
  return start.toString() === "#!";
}

interface Package {
  readonly kilobytes: number;
  readonly depends: readonly string[];
  /** On every Debian system anyway. */
  readonly isGiven: boolean;
}

/** The package of the file and what it depends on, without what every Debian system has. */
function packagesOf(file: string): Figures {
  const [owner] = output("dpkg-query", ["-S", file]).split(":");
  if (owner === undefined || owner === "") return {};
  const wanted = [owner];
  const seen = new Set<string>();
  let kilobytes = 0;
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const found = readPackage(name);
    if (found === null || found.isGiven || name === "libc6") continue;
    kilobytes += found.kilobytes;
    wanted.push(...found.depends);
  }
  return { installed_MiB: kilobytes / 1024 };
}

function readPackage(name: string): Package | null {
  const format = "${Installed-Size}|${Essential}|${Priority}|${Pre-Depends},${Depends}";
  const text = output("dpkg-query", ["-W", `-f=${format}`, name]);
  const [size, essential, priority, depends = ""] = text.split("|", 4);
  if (size === undefined || size === "") return null;
  const isGiven = essential === "yes" || priority === "required" || priority === "important";
  const names = depends.split(",").map((one) => /^\s*([a-z0-9.+-]+)/.exec(one)?.[1] ?? "");
  return { kilobytes: Number(size), isGiven, depends: names.filter((one) => one !== "") };
}

function output(command: string, args: readonly string[]): string {
  return spawnSync(command, args, { encoding: "utf8" }).stdout ?? "";
}
