import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MAX_READ_BYTES } from "../../../src/rpc/log_methods.ts";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { processSpec } from "../../support/process_spec.ts";
import { assertFault, callerFor, okStatus } from "../../support/rpc.ts";

const TEXT = "0123456789\n";

/** Runs with a daemon whose process `x` logs to a file with this content. */
async function withLog(
  content: string | Uint8Array,
  body: (o: {
    daemon: FakeDaemon;
    rpc: ReturnType<typeof callerFor>;
    path: string;
  }) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "log-methods-"));
  try {
    const path = join(directory, "x.log");
    writeFileSync(path, content);
    const daemon = new FakeDaemon([groupSpec("x", [processSpec("x")])]);
    Object.assign(daemon.find("x").logPaths, { stdout: path, stderr: null });
    daemon.mainLogPath = path;
    await body({ daemon, rpc: callerFor(daemon), path });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const READS: readonly [offset: number | string, length: number | string, text: string][] = [
  [0, 0, TEXT],
  [3, 4, "3456"],
  [3, 0, "3456789\n"],
  [-3, 0, "89\n"],
  [-100, 0, TEXT],
  [11, 0, ""],
  [500, 10, ""],
  [1e300, 0, ""],
  [0, 1e300, TEXT],
  ["3", " 4 ", "3456"],
  [3.9, 4.2, "3456"],
];
for (const [offset, length, text] of READS) {
  test(`reading (${offset}, ${length}) gives ${JSON.stringify(text)} from every log`, async () => {
    await withLog(TEXT, async ({ rpc }) => {
      for (const method of ["readProcessStdoutLog", "readProcessLog"]) {
        assert.equal(await rpc.supervisor(method, "x", offset, length), text, method);
      }
      for (const method of ["readLog", "readMainLog"]) {
        assert.equal(await rpc.supervisor(method, offset, length), text, method);
      }
    });
  });
}

for (const [offset, length] of [[-1, 1], [-1, -1], [0, -1], [5, -5]] as const) {
  test(`reading (${offset}, ${length}) is BAD_ARGUMENTS`, async () => {
    await withLog(TEXT, async ({ rpc }) => {
      await assertFault(
        rpc.supervisor("readProcessStdoutLog", "x", offset, length),
        3,
        "BAD_ARGUMENTS",
      );
    });
  });
}

for (const wrong of ["a", "", "1.5", [], {}, null]) {
  test(`${JSON.stringify(wrong)} is no offset`, async () => {
    await withLog(TEXT, async ({ rpc }) => {
      for (const method of ["readProcessStdoutLog", "tailProcessStdoutLog"]) {
        await assertFault(rpc.supervisor(method, "x", wrong, 0), 2, "INCORRECT_PARAMETERS");
      }
    });
  });
}

test("reading is NO_FILE without a log, with its path if it should be there", async () => {
  await withLog(TEXT, async ({ daemon, rpc, path }) => {
    await assertFault(rpc.supervisor("readProcessStderrLog", "x", 0, 0), 20, "NO_FILE");
    rmSync(path);
    await assertFault(rpc.supervisor("readProcessStdoutLog", "x", 0, 0), 20, `NO_FILE: ${path}`);
    await assertFault(rpc.supervisor("readLog", 0, 0), 20, `NO_FILE: ${path}`);
    await assertFault(rpc.supervisor("clearLog"), 20, "NO_FILE");
    daemon.mainLogPath = null;
    await assertFault(rpc.supervisor("readLog", 0, 0), 20, "NO_FILE: syslog");
    await assertFault(rpc.supervisor("clearLog"), 20, "NO_FILE");
  });
});

test("reading a log that is a directory is FAILED", async () => {
  await withLog(TEXT, async ({ daemon, rpc }) => {
    daemon.find("x").logPaths.stdout = tmpdir();
    await assertFault(rpc.supervisor("readProcessStdoutLog", "x", 0, 0), 30, "FAILED");
  });
});

test("a slice that is too large is refused; its parts are not", async () => {
  await withLog("", async ({ rpc, path }) => {
    truncateSync(path, MAX_READ_BYTES + 10);
    await assert.rejects(rpc.supervisor("readProcessStdoutLog", "x", 0, 0), /too many/);
    assert.equal(await rpc.supervisor("readProcessStdoutLog", "x", 0, 3), "\0\0\0");
    assert.equal(await rpc.supervisor("readProcessStdoutLog", "x", -2, 0), "\0\0");
  });
});

test("bytes that are not UTF-8, and halves of characters, are replaced", async () => {
  await withLog(new Uint8Array([0x61, 0xff, 0xc3, 0xa4, 0x62]), async ({ rpc }) => {
    assert.equal(await rpc.supervisor("readProcessStdoutLog", "x", 0, 0), "a\ufffdäb");
    assert.equal(await rpc.supervisor("readProcessStdoutLog", "x", 0, 3), "a\ufffd\ufffd");
    assert.equal(await rpc.supervisor("readProcessStdoutLog", "x", 3, 0), "\ufffdb");
  });
});

const TAILS: readonly [offset: number, length: number, result: [string, number, boolean]][] = [
  [0, 100, [TEXT, 11, false]],
  [0, 3, ["89\n", 11, true]],
  [8, 3, ["89\n", 11, false]],
  [11, 5, ["", 11, false]],
  [0, -5, ["", 11, true]],
];
for (const [offset, length, result] of TAILS) {
  test(`tailing (${offset}, ${length}) gives ${JSON.stringify(result)}`, async () => {
    await withLog(TEXT, async ({ rpc }) => {
      assert.deepEqual(await rpc.supervisor("tailProcessStdoutLog", "x", offset, length), result);
      assert.deepEqual(await rpc.supervisor("tailProcessLog", "x", offset, length), result);
    });
  });
}

test("tailing what is not there gives nothing at offset 0", async () => {
  await withLog(TEXT, async ({ rpc, path }) => {
    assert.deepEqual(await rpc.supervisor("tailProcessStderrLog", "x", 5, 5), ["", 0, false]);
    rmSync(path);
    assert.deepEqual(await rpc.supervisor("tailProcessStdoutLog", "x", 5, 5), ["", 0, false]);
  });
});

test("log methods of a whole group are BAD_NAME", async () => {
  await withLog(TEXT, async ({ rpc }) => {
    for (
      const [method, ...rest] of [
        ["readProcessStdoutLog", 0, 0],
        ["tailProcessStderrLog", 0, 0],
        ["clearProcessLogs"],
        ["clearProcessLog"],
      ] as const
    ) {
      await assertFault(rpc.supervisor(method, "x:*", ...rest), 10, "BAD_NAME: x:*");
    }
  });
});

test("clearing clears, or is FAILED", async () => {
  await withLog(TEXT, async ({ daemon, rpc }) => {
    const x = daemon.find("x");
    assert.equal(await rpc.supervisor("clearProcessLogs", "x"), true);
    assert.deepEqual(await rpc.supervisor("clearAllProcessLogs"), [okStatus("x", "x")]);
    assert.equal(await rpc.supervisor("clearLog"), true);
    assert.equal(x.cleared, 2);
    assert.deepEqual(daemon.requests, ["clearMainLog"]);

    x.clearProblem = new Error("EACCES");
    daemon.clearProblem = new Error("EACCES");
    await assertFault(rpc.supervisor("clearProcessLogs", "x"), 30, "FAILED: x");
    await assertFault(rpc.supervisor("clearLog"), 30, "FAILED");
    assert.deepEqual(await rpc.supervisor("clearAllProcessLogs"), [
      { name: "x", group: "x", status: 30, description: "FAILED: x" },
    ]);
  });
});

test("rotating begins new logs, for one and for all, and says why it could not", async () => {
  await withLog(TEXT, async ({ daemon, rpc }) => {
    const x = daemon.find("x");
    assert.equal(await rpc.supervisor("rotateProcessLogs", "x"), true);
    assert.deepEqual(await rpc.supervisor("rotateAllProcessLogs"), [okStatus("x", "x")]);
    assert.equal(x.rotated, 2);
    await assertFault(rpc.supervisor("rotateProcessLogs", "x:*"), 10, "BAD_NAME: x:*");

    x.clearProblem = new Error("EACCES");
    await assertFault(rpc.supervisor("rotateProcessLogs", "x"), 30, "FAILED: x: EACCES");
    assert.deepEqual(await rpc.supervisor("rotateAllProcessLogs"), [
      { name: "x", group: "x", status: 30, description: "FAILED: x: EACCES" },
    ]);
    // What clients compare with the reference's list stays what it is.
    assert.ok(!rpc.methodNames().some((name) => name.includes("rotate")));
  });
});
