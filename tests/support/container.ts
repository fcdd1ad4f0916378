/**
 * A container without a container engine: a root of its own with next to nothing in it, its own
 * process numbers, and the command as process 1. Linux, as root.
 */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { run } from "./run.ts";
import { supervisordCommand } from "./start_daemon.ts";

/**
 * Runs in the new mount namespace, so that nothing has to be unmounted: makes each file or
 * directory named before `--` visible inside the root, and becomes the command after it.
 */
const ENTER = `set -e
root=$1
shift
while [ "$1" != -- ]; do
  mkdir -p "$root$(dirname "$1")"
  if [ -d "$1" ]; then mkdir -p "$root$1"; else : >>"$root$1"; fi
  mount --bind "$1" "$root$1"
  shift
done
shift
mount -t proc proc "$root/proc"
exec chroot "$root" "$@"`;

/** For withDaemon() and run(): nothing of the host's environment, as in any container. */
export const CONTAINER_ENVIRONMENT: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined])),
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/tmp",
};

/** The libraries an executable needs, by ldd. */
async function librariesOf(executable: string): Promise<string[]> {
  const { stdout } = await run(["ldd", executable]);
  return [...stdout.matchAll(/(?:=> |^\s)(\/\S+) \(0x/gm)].map(([, path]) => path as string);
}

async function pathOf(tool: string): Promise<string> {
  return (await run(["sh", "-c", `command -v ${tool}`])).stdout.trim();
}

/**
 * Makes the root in `directory`, which is visible inside under its own name.
 *
 * @param tools programs to put into it, by name
 * @returns the words in front of a command that is to run inside
 */
export async function makeContainer(
  directory: string,
  tools: readonly string[],
): Promise<string[]> {
  const root = join(directory, "root");
  for (const name of ["bin", "dev", "etc", "proc", "tmp"]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\n");

  const isCompiled = supervisordCommand.length === 1;
  const files = await Promise.all(tools.map(pathOf));
  const libraries = await Promise.all(
    [...files, ...isCompiled ? supervisordCommand : []].map(librariesOf),
  );
  if (isCompiled) {
    for (const file of files) copyFileSync(file, join(root, "bin", file.split("/").at(-1) ?? ""));
    for (const library of new Set(libraries.flat())) {
      mkdirSync(dirname(join(root, library)), { recursive: true });
      copyFileSync(library, join(root, library));
    }
  }
  const visible = [
    directory,
    "/dev/null",
    ...isCompiled
      ? supervisordCommand
      // From source it needs a runtime and whatever that needs: most of this system.
      : ["/usr", "/bin", "/sbin", "/lib", "/lib64", process.cwd()].filter((path) =>
        existsSync(path)
      ),
  ];
  for (const [name, target] of [["stdout", "fd/1"], ["stderr", "fd/2"], ["fd", "fd"]] as const) {
    await run(["ln", "-s", `/proc/self/${target}`, join(root, "dev", name)]);
  }
  return [
    "unshare",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount",
    ...["sh", "-c", ENTER, "enter", root, ...visible, "--"],
  ];
}
