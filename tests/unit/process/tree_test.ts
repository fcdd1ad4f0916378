/** Who belongs to a process, by tables of /proc that were made up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { membersOf, type TreeEntry, type TreeRoot } from "../../../src/process/tree.ts";

const DAEMON = 10;
const WEB = 100;

/** `pid parent group`, and `Z` for one that has ended; the start time is ten times the pid. */
function table(...lines: readonly string[]): Map<number, TreeEntry> {
  const entries = lines.map((line) => {
    const [pid = 0, parent = 0, group = 0] = line.split(" ").map(Number);
    return { pid, parent, group, startTime: pid * 10, isZombie: line.endsWith("Z") };
  });
  return new Map(entries.map((entry) => [entry.pid, entry]));
}

const root = (over: Partial<TreeRoot> = {}): TreeRoot => ({
  pid: WEB,
  daemon: DAEMON,
  known: new Map(),
  isForeign: () => false,
  isMarked: () => false,
  ...over,
});

const cases:
  readonly (readonly [string, readonly string[], Partial<TreeRoot>, readonly number[]])[] = [
    ["a process alone has nobody", ["10 1 10", "100 10 100"], {}, []],
    [
      "children and their children belong to it, parents first",
      ["100 10 100", "103 102 100", "101 100 100", "102 101 100"],
      {},
      [101, 102, 103],
    ],
    ["whoever left the group is still a descendant", ["100 10 100", "101 100 101"], {}, [101]],
    ["an orphan in the group belongs to it", ["101 1 100"], {}, [101]],
    ["an orphan that carries the mark does", ["101 10 101"], { isMarked: (p) => p === 101 }, [101]],
    ["and so do the children of that orphan", ["101 10 101", "102 101 101"], {
      isMarked: (p) => p === 101,
    }, [101, 102]],
    ["an orphan without a mark does not", ["101 10 101"], {}, []],
    ["whoever was seen before does, wherever it is now", ["101 1 101"], {
      known: new Map([[101, 1010]]),
    }, [101]],
    ["another process that has got its pid does not", ["101 1 101"], {
      known: new Map([[101, 7]]),
    }, []],
    [
      "other programs do not, nor what they have started",
      [
        "100 10 100",
        "200 10 200",
        "201 200 200",
      ],
      { isForeign: (p) => p === 200, isMarked: () => true },
      [],
    ],
    [
      "who has ended already is nobody's business, but its children are",
      [
        "100 10 100",
        "101 100 100 Z",
        "102 101 100",
      ],
      {},
      [102],
    ],
    ["the daemon is never a member, not even of a group of that number", ["10 1 100"], {}, []],
  ];

for (const [title, lines, over, expected] of cases) {
  test(title, () => {
    assert.deepEqual(membersOf(table(...lines), root(over)).map(({ pid }) => pid), expected);
  });
}

test("a table that goes round in circles comes to an end", () => {
  const members = membersOf(table("100 10 100", "101 102 101", "102 101 100"), root());
  assert.deepEqual(members.map(({ pid }) => pid).sort(), [101, 102]);
});
