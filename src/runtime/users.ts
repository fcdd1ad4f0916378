/**
 * The user database. libc's functions come first, because they also ask what nsswitch.conf names
 * (LDAP, sssd, systemd's dynamic users). The files are read where libc finds nobody: a container
 * without the NSS modules has users that only they tell of.
 */
import { readFileSync } from "node:fs";
import { buffer, cString, type Libc, readCString, readMemory, readPointer } from "./libc.ts";
import type { GroupEntry, UserDatabase, UserEntry } from "./types.ts";

/** struct passwd and struct group: the offsets that are the same on all platforms. */
const PASSWD = { name: 0, uid: 16, gid: 20 } as const;
const GROUP = { name: 0, gid: 16 } as const;

/** More groups than a Linux process can have (NGROUPS_MAX). */
const GROUPS_MAX = 65536;

/** Where the files are; tests put others in their place. */
export interface UserFiles {
  readonly passwd: string;
  readonly group: string;
}

const SYSTEM_FILES: UserFiles = { passwd: "/etc/passwd", group: "/etc/group" };

export function createUserDatabase(libc: () => Libc): UserDatabase {
  const files = createFileUserDatabase(SYSTEM_FILES);
  return {
    userByName: (name) =>
      userAt(libc(), libc().functions.getpwnam(cString(name))) ?? files.userByName(name),
    userById: (uid) => userAt(libc(), libc().functions.getpwuid(uid)) ?? files.userById(uid),
    groupByName: (name) =>
      groupAt(libc(), libc().functions.getgrnam(cString(name))) ?? files.groupByName(name),
    groupById: (gid) => groupAt(libc(), libc().functions.getgrgid(gid)) ?? files.groupById(gid),
    groupsOf: (user) => groupList(libc(), user) ?? files.groupsOf(user),
  };
}

function userAt(libc: Libc, address: number): UserEntry | null {
  if (address === 0) return null;
  const homeOffset = libc.platform.passwdHomeOffset;
  const entry = readMemory(libc, address, homeOffset + 16);
  return {
    name: readCString(libc, readPointer(entry, PASSWD.name)),
    uid: entry.getUint32(PASSWD.uid, true),
    gid: entry.getUint32(PASSWD.gid, true),
    home: readCString(libc, readPointer(entry, homeOffset)),
    // The member behind pw_dir, everywhere.
    shell: readCString(libc, readPointer(entry, homeOffset + 8)),
  };
}

function groupAt(libc: Libc, address: number): GroupEntry | null {
  if (address === 0) return null;
  const entry = readMemory(libc, address, GROUP.gid + 4);
  return {
    name: readCString(libc, readPointer(entry, GROUP.name)),
    gid: entry.getUint32(GROUP.gid, true),
  };
}

/** @returns null where libc cannot tell */
function groupList(libc: Libc, user: UserEntry): number[] | null {
  const count = new Int32Array(new ArrayBuffer(4));
  const countBytes = new Uint8Array(count.buffer);
  for (let room = 64; room <= GROUPS_MAX; room *= 4) {
    const list = buffer(room * 4);
    count[0] = room;
    if (libc.functions.getgrouplist(cString(user.name), user.gid, list, countBytes) !== -1) {
      return primaryFirst(user.gid, new Uint32Array(list.buffer, 0, count[0]));
    }
  }
  return null;
}

function primaryFirst(primary: number, gids: Iterable<number>): number[] {
  return [...new Set([primary, ...gids])];
}

/** The same out of passwd(5) and group(5) files; a missing file has nobody in it. */
export function createFileUserDatabase(files: UserFiles): UserDatabase {
  const users = () => records(files.passwd, 6).map(parseUser).filter((user) => user !== null);
  const groups = () => records(files.group, 3).map(parseGroup).filter((group) => group !== null);
  return {
    userByName: (name) => users().find((user) => user.name === name) ?? null,
    userById: (uid) => users().find((user) => user.uid === uid) ?? null,
    groupByName: (name) => groups().find((group) => group.name === name) ?? null,
    groupById: (gid) => groups().find((group) => group.gid === gid) ?? null,
    groupsOf: (user) => {
      const lists = groups().filter((group) => group.members.includes(user.name));
      return primaryFirst(user.gid, lists.map((group) => group.gid));
    },
  };
}

function records(path: string, leastFields: number): string[][] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return []; // no such file, or not for us: nobody is known
  }
  return text.split("\n").map((line) => line.split(":")).filter((fields) =>
    fields.length >= leastFields
  );
}

function parseUser(
  [name = "", , uid = "", gid = "", , home = "", shell = ""]: string[],
): UserEntry | null {
  return isId(uid) && isId(gid) ? { name, uid: Number(uid), gid: Number(gid), home, shell } : null;
}

function parseGroup(
  [name = "", , gid = "", members = ""]: string[],
): GroupEntry & { members: string[] } | null {
  return isId(gid) ? { name, gid: Number(gid), members: members.split(",") } : null;
}

function isId(text: string): boolean {
  return /^\d+$/.test(text);
}
