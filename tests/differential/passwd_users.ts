/** Users and groups of this machine from the files alone, for tests. */
import { readFileSync } from "node:fs";
import type { LoadEnvironment } from "../../src/config/types.ts";

function rows(path: string): string[][] {
  return readFileSync(path, "utf8").split("\n").filter((line) => line !== "")
    .map((line) => line.split(":"));
}

export function passwdUsers(): LoadEnvironment["users"] {
  const users = rows("/etc/passwd").map(([name = "", , uid, gid, , home = ""]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home,
  }));
  const groups = rows("/etc/group").map(([name = "", , gid]) => ({ name, gid: Number(gid) }));
  return {
    userByName: (name) => users.find((entry) => entry.name === name) ?? null,
    userById: (uid) => users.find((entry) => entry.uid === uid) ?? null,
    groupByName: (name) => groups.find((entry) => entry.name === name) ?? null,
    groupById: (gid) => groups.find((entry) => entry.gid === gid) ?? null,
  };
}
