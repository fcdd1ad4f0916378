import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { askerFor } from "../../support/app.ts";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { processSpec } from "../../support/process_spec.ts";

interface Stream {
  /** Reads until as many bytes have come, or the stream ends. */
  read(bytes: number): Promise<string>;
  close(): Promise<void>;
}

function streamOf(response: Response): Stream {
  const reader = response.body?.getReader();
  assert.ok(reader);
  let pending = "";
  return {
    async read(bytes) {
      while (pending.length < bytes) {
        const { done, value } = await reader.read();
        if (done) break;
        pending += Buffer.from(value).toString("latin1");
      }
      const text = pending.slice(0, bytes);
      pending = pending.slice(bytes);
      return text;
    },
    close: () => reader.cancel(),
  };
}

async function withLog(
  content: string,
  body: (
    o: { daemon: FakeDaemon; ask: ReturnType<typeof askerFor>; path: string },
  ) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "logtail-"));
  try {
    const path = join(directory, "x.log");
    writeFileSync(path, content);
    utimesSync(path, 0, 1e9);
    const daemon = new FakeDaemon([
      groupSpec("g", [processSpec("x", { group: "g" })]),
      groupSpec("ä b", [processSpec("ä b")]),
    ]);
    daemon.find("g:x").logPaths.stdout = path;
    daemon.find("ä b").logPaths.stderr = path;
    daemon.mainLogPath = path;
    await body({ daemon, ask: askerFor(daemon), path });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const PATHS = [
  "/logtail/g:x",
  "/logtail/g%3Ax/stdout",
  "/logtail/g:x?query",
  "/logtail/%C3%A4%20b/stderr",
  "/mainlogtail",
  "/mainlogtailfoo",
];
for (const path of PATHS) {
  test(`GET ${path} sends the last 1024 bytes, then what is appended`, async () => {
    await withLog("a".repeat(3000) + "TAIL\n", async ({ ask, path: file }) => {
      const response = await ask("GET", path);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), "text/plain;charset=utf-8");
      assert.equal(response.headers.get("last-modified"), "Sun, 09 Sep 2001 01:46:40 GMT");
      const isMain = path.startsWith("/main");
      assert.equal(response.headers.get("x-accel-buffering"), isMain ? null : "no");
      const stream = streamOf(response);
      try {
        assert.equal(await stream.read(1024), "a".repeat(1019) + "TAIL\n");
        appendFileSync(file, "more\n");
        assert.equal(await stream.read(5), "more\n");
      } finally {
        await stream.close();
      }
    });
  });
}

test("a log shorter than 1024 bytes is sent whole, every byte as it is", async () => {
  await withLog("", async ({ ask, path }) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    writeFileSync(path, bytes);
    const stream = streamOf(await ask("GET", "/logtail/g:x"));
    try {
      assert.equal(await stream.read(256), Buffer.from(bytes).toString("latin1"));
    } finally {
      await stream.close();
    }
  });
});

test("a log that is missing, or no file, is 404", async () => {
  await withLog("x", async ({ daemon, ask, path }) => {
    rmSync(path);
    assert.equal((await ask("GET", "/logtail/g:x")).status, 404);
    assert.equal((await ask("GET", "/mainlogtail")).status, 404);
    daemon.find("g:x").logPaths.stdout = "/dev/null";
    assert.equal((await ask("GET", "/logtail/g:x")).status, 404);
  });
});

test("a megabyte that is appended while nobody reads arrives whole", async () => {
  await withLog("x".repeat(1024), async ({ ask, path }) => {
    const stream = streamOf(await ask("GET", "/logtail/g:x"));
    try {
      appendFileSync(path, "y".repeat(1_000_000) + "z");
      const text = await stream.read(1024 + 1_000_001);
      assert.equal(text, "x".repeat(1024) + "y".repeat(1_000_000) + "z");
    } finally {
      await stream.close();
    }
  });
});
