import assert from "node:assert/strict";
import { test } from "node:test";
import { unchangedMappings } from "../../../src/runtime/release_memory.ts";

const FILE = "/opt/a program";

function mapping(header: string, rss: number, anonymous: number): string {
  return `${header}
Size:                100 kB
Rss:                 ${rss} kB
Pss:                 ${rss} kB
Private_Dirty:         0 kB
Anonymous:           ${anonymous} kB
VmFlags: rd mr mw me sd
`;
}

const TABLE: [title: string, smaps: string, expected: { start: number; length: number }[]][] = [
  [
    "program text and constants are dropped",
    mapping(`00200000-00300000 r--p 00000000 fe:00 53 ${" ".repeat(20)}${FILE}`, 7000, 0) +
    mapping(`01a40000-01a50000 r-xp 01838000 fe:00 53 ${" ".repeat(20)}${FILE}`, 64, 0),
    [{ start: 0x200000, length: 0x100000 }, { start: 0x1a40000, length: 0x10000 }],
  ],
  [
    "a page that differs from the file keeps its whole mapping",
    mapping(`00200000-00300000 r--p 00000000 fe:00 53   ${FILE}`, 7000, 4),
    [],
  ],
  [
    "what can be written is left alone, even while it is unchanged",
    mapping(`00200000-00300000 rw-p 00000000 fe:00 53   ${FILE}`, 7000, 0),
    [],
  ],
  [
    "other files and memory without a file are left alone",
    mapping("00200000-00300000 r-xp 00000000 fe:00 53   /lib/libc.so.6", 7000, 0) +
    mapping("00400000-00500000 r--p 00000000 00:00 0 ", 7000, 0) +
    mapping("00600000-00700000 r-xp 00000000 00:00 0    [vdso]", 4, 0),
    [],
  ],
  [
    "a mapping of which nothing is resident needs no call",
    mapping(`00200000-00300000 r--p 00000000 fe:00 53   ${FILE}`, 0, 0),
    [],
  ],
  [
    "addresses above 4 GiB are exact",
    mapping(`7f26f4105000-7f26f4106000 r-xp 00000000 fe:00 53   ${FILE}`, 4, 0),
    [{ start: 0x7f26f4105000, length: 0x1000 }],
  ],
];

for (const [title, smaps, expected] of TABLE) {
  test(title, () => assert.deepEqual(unchangedMappings(smaps, FILE), expected));
}
