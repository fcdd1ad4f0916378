/** An outside world made of a few files and users. */
import type { LoadEnvironment } from "../../../src/config/types.ts";

export interface FakeWorld {
  /** Path -> content; directories are there because something is in them. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly directories?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  /** Permission bits of files; 0o644 otherwise. */
  readonly modes?: Readonly<Record<string, number>>;
  /** Files that exist and cannot be read. */
  readonly unreadable?: readonly string[];
}

const USERS = [
  { name: "root", uid: 0, gid: 0, home: "/root" },
  { name: "chris", uid: 1000, gid: 1001, home: "/home/chris" },
];
const GROUPS = [{ name: "root", gid: 0 }, { name: "staff", gid: 50 }];

function parents(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, i) => parts.slice(0, i).join("/") || "/");
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

export function fakeEnvironment(world: FakeWorld = {}): LoadEnvironment {
  const { files = {}, directories = [], env = {}, cwd = "/cwd", uid = 1000 } = world;
  const absolute = (path: string) => path.startsWith("/") ? path : `${cwd}/${path}`;
  const known = new Set(["/", "/tmp", "/root", "/home/chris", cwd, ...directories]);
  for (const path of [...Object.keys(files), ...known]) {
    for (const parent of parents(path)) known.add(parent);
  }
  return {
    readFile(path) {
      const content = files[absolute(path)];
      if (world.unreadable?.includes(absolute(path))) throw failure("EACCES");
      if (content === undefined) throw failure(known.has(absolute(path)) ? "EISDIR" : "ENOENT");
      return typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
    listDirectory(path) {
      const prefix = `${absolute(path).replace(/\/+$/, "")}/`;
      const below = [...Object.keys(files), ...known].filter((file) => file.startsWith(prefix));
      return [...new Set(below.map((file) => file.slice(prefix.length).split("/")[0]!))]
        .filter((name) => name !== "");
    },
    stat(path) {
      const at = absolute(path).replace(/(.)\/+$/, "$1");
      if (files[at] !== undefined) {
        return { isDirectory: false, isFile: true, mode: world.modes?.[at] ?? 0o644 };
      }
      return known.has(at) ? { isDirectory: true, isFile: false, mode: 0o755 } : null;
    },
    cwd,
    env,
    hostName: "host1",
    uid,
    tempDirectory: "/tmp",
    home: "/home/chris",
    users: {
      userByName: (name) => USERS.find((user) => user.name === name) ?? null,
      userById: (id) => USERS.find((user) => user.uid === id) ?? null,
      groupByName: (name) => GROUPS.find((group) => group.name === name) ?? null,
      groupById: (id) => GROUPS.find((group) => group.gid === id) ?? null,
    },
  };
}
