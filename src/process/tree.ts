/** Who belongs to a process: its descendants, those in its group, those it left to the daemon. */

/** One line of the process table. */
export interface TreeEntry {
  readonly pid: number;
  readonly parent: number;
  /** Process group. */
  readonly group: number;
  /** With the pid it names a process for good. */
  readonly startTime: number;
  /** It has ended and was not collected yet. */
  readonly isZombie: boolean;
}

export interface TreeRoot {
  /** The process itself, which may have ended. */
  readonly pid: number;
  /** pid of the daemon, to which orphans come. */
  readonly daemon: number;
  /** Seen to belong to it before: pid to start time. */
  readonly known: ReadonlyMap<number, number>;
  /** Processes that others answer for, the daemon's other children among them. */
  readonly isForeign: (pid: number) => boolean;
  /** Whether an orphan carries this process's mark; asked only where nothing else tells. */
  readonly isMarked: (pid: number) => boolean;
}

/** Everybody who belongs to the process and lives, without itself, parents before children. */
export function membersOf(
  table: ReadonlyMap<number, TreeEntry>,
  root: TreeRoot,
): TreeEntry[] {
  const children = new Map<number, TreeEntry[]>();
  for (const entry of table.values()) {
    const siblings = children.get(entry.parent);
    if (siblings === undefined) children.set(entry.parent, [entry]);
    else siblings.push(entry);
  }
  const members = new Map<number, TreeEntry>();
  const add = (entry: TreeEntry): void => {
    if (entry.pid === root.pid || entry.pid === root.daemon || members.has(entry.pid)) return;
    if (root.isForeign(entry.pid)) return;
    members.set(entry.pid, entry);
    for (const child of children.get(entry.pid) ?? []) add(child);
  };
  for (const child of children.get(root.pid) ?? []) add(child);
  for (const entry of table.values()) {
    if (entry.group === root.pid || root.known.get(entry.pid) === entry.startTime) add(entry);
  }
  for (const orphan of children.get(root.daemon) ?? []) {
    if (orphan.pid === root.pid || members.has(orphan.pid) || root.isForeign(orphan.pid)) continue;
    if (!orphan.isZombie && root.isMarked(orphan.pid)) add(orphan);
  }
  return [...members.values()].filter(({ isZombie }) => !isZombie);
}
