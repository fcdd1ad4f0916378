/** Not one byte of what children write is lost, doubled or out of order, rotation or not. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fixtureCommand } from "../support/journal.ts";
import {
  assertLines,
  LINE_BYTES,
  logFiles,
  numberedLine,
  wholeLog,
} from "../support/numbered_lines.ts";
import { withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

/** A program that writes numbered lines to a log of its own that rolls over at 1 MB. */
function writer(name: string, args: string, more = ""): string {
  return `[program:${name}]
command = ${fixtureCommand("write_lines.ts", args, `--done=%(here)s/${name}.done`)}
stdout_logfile = %(here)s/${name}.log
stdout_logfile_maxbytes = 1MB
stdout_logfile_backups = 500
${more}
`;
}

test("fast writers, in blocks, line by line and over two channels, keep every byte across rotations", async () => {
  const programs = [
    // 64 MB, 25 MB, and 6 MB over two descriptors that are one pipe.
    writer("blocks", "1000000 --blocks"),
    writer("more", "1000000 --blocks"),
    writer("lines", "400000"),
    writer("both", "100000 --both", "redirect_stderr = true"),
  ].join("");
  await withDaemon({ programs }, async (daemon) => {
    const counts = { blocks: 1_000_000, more: 1_000_000, lines: 400_000, both: 100_000 };
    for (const [name, count] of Object.entries(counts)) {
      const log = join(daemon.directory, `${name}.log`);
      await until(
        `${name} to have written all`,
        () =>
          existsSync(join(daemon.directory, `${name}.done`)) &&
          wholeLog(log).length >= count * LINE_BYTES,
        { deadlineMs: 60_000, everyMs: 200 },
      );
      assertLines(wholeLog(log), name, 1, count);
      const files = logFiles(log);
      assert.ok(files.length > count * LINE_BYTES / 2_200_000, `${files.length} files of ${name}`);
      // A chunk is never split, so a file is over its limit by less than one read.
      for (const file of files) {
        assert.ok(statSync(file).size < 2_200_000, `${file}: ${statSync(file).size} bytes`);
      }
    }
  });
});

test("with stdout and stderr apart, each file has its own lines in order", async () => {
  const programs = writer(
    "apart",
    "60000 --both",
    "stderr_logfile = %(here)s/apart.err\n" +
      "stderr_logfile_maxbytes = 1MB\nstderr_logfile_backups = 50",
  );
  await withDaemon({ programs }, async (daemon) => {
    const path = (suffix: string) => join(daemon.directory, `apart.${suffix}`);
    await until(
      "the last line",
      () => wholeLog(path("log")).length + wholeLog(path("err")).length >= 60_000 * LINE_BYTES,
    );
    const expected = (odd: number) =>
      Array.from({ length: 30_000 }, (_, i) => numberedLine("apart", 2 * i + 2 - odd)).join("");
    assert.ok(wholeLog(path("log")) === expected(0), "standard output");
    assert.ok(wholeLog(path("err")) === expected(1), "standard error");
  });
});

test("a grandchild that outlives its parent and the parent's successor share one rotating log", async () => {
  // The first start leaves a writer behind and dies; the second writes itself.
  const write = (first: number) =>
    fixtureCommand("write_lines.ts", "60000", "--rate=20", "--exit", `--start=${first}`);
  const programs = `[program:parent]
command = sh -c 'if [ ! -e first ]; then touch first; ${write(1)} & sleep 0.5; exit 1; fi
  ${write(100001)}; exec sleep 100000'
directory = %(here)s
startsecs = 0
autorestart = true
stdout_logfile = %(here)s/parent.log
stdout_logfile_maxbytes = 300KB
stdout_logfile_backups = 100
`;
  await withDaemon({ programs }, async (daemon) => {
    const log = join(daemon.directory, "parent.log");
    const size = 2 * 60_000 * LINE_BYTES;
    await until("both to have written all", () => wholeLog(log).length >= size);
    assert.match(daemon.log(), /exited: parent \(exit status 1; not expected\)/);
    // Two writers: their lines mix, but each one's are all there and in order.
    const lines = wholeLog(log).split(/(?<=\n)/);
    const numberOf = (line: string) => Number(line.split(" ")[1]);
    assertLines(lines.filter((line) => numberOf(line) <= 100_000).join(""), "parent", 1, 60_000);
    assertLines(
      lines.filter((line) => numberOf(line) > 100_000).join(""),
      "parent",
      100_001,
      160_000,
    );
    assert.ok(logFiles(log).length > 10, "it was not rotated");
  });
});

test("what children that exit at once have written is all there", async () => {
  // More than a pipe holds: the last part is written while the daemon already reads.
  const programs = `[program:brief]
command = sh -c 'seq 1 20000; echo end >&2'
process_name = %(process_num)02d
numprocs = 30
startsecs = 0
autorestart = false
stdout_logfile = %(here)s/brief-%(process_num)02d.log
redirect_stderr = true
`;
  const expected = `${Array.from({ length: 20_000 }, (_, i) => i + 1).join("\n")}\nend\n`;
  await withDaemon({ programs }, async (daemon) => {
    for (let i = 0; i < 30; i++) {
      const name = String(i).padStart(2, "0");
      await daemon.untilState(`brief:${name}`, "EXITED");
      const text = readFileSync(join(daemon.directory, `brief-${name}.log`), "utf8");
      assert.ok(text === expected, `${name}: ${text.length} of ${expected.length} bytes`);
    }
  });
});

test("the last words of a child killed by a signal are in its log before its end is told", async () => {
  const programs = `[program:victim]
command = sh -c 'seq 1 5000; kill -KILL $$'
startsecs = 0
autorestart = false
`;
  await withDaemon({ programs, daemon: "loglevel = info\n" }, async (daemon) => {
    await daemon.untilLogged(/WARN exited: victim \(terminated by SIGKILL; not expected\)/);
    const { stdout } = await daemon.ctl("tail", "-30", "victim");
    assert.match(stdout, /^4999\n5000\n$/m);
  });
});
