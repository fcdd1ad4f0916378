/** One reader of a log over HTTP, while things happen to the log. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { appendFileSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { clientOf } from "../support/client.ts";
import { LogFollower } from "../support/log_follower.ts";
import { type TestDaemon, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

/** Says what it is told to: each line on its standard input. */
const ECHO = `[program:echo]
command = cat
stdout_logfile = %(here)s/echo.log
startsecs = 0
`;

interface Story {
  readonly daemon: TestDaemon;
  /** Path of the log. */
  readonly log: string;
  /** Has the program write a line, and waits until the follower has it. */
  say(line: string): Promise<void>;
  /** All that the follower was sent. */
  seen(): string;
}

async function withFollower(story: (story: Story) => Promise<void>): Promise<void> {
  await withDaemon({ programs: ECHO }, async (daemon) => {
    await daemon.untilState("echo", "RUNNING");
    const client = clientOf(daemon);
    let text = "";
    const follower = new LogFollower({
      socket: join(daemon.directory, "supervisor.sock"),
      path: "/logtail/echo/stdout",
      onData: (bytes) => text += Buffer.from(bytes).toString(),
    });
    await until("the answer", () => follower.head !== "");
    await story({
      daemon,
      log: join(daemon.directory, "echo.log"),
      say: async (line) => {
        await client.call("supervisor.sendProcessStdin", "echo", `${line}\n`);
        await until(`"${line}" to arrive`, () => text.endsWith(`${line}\n`));
      },
      seen: () => text,
    });
    assert.ok(!follower.isOver, "the stream has ended");
    follower.close();
    client.close();
  });
}

test("a followed line arrives as soon as it is written", async () => {
  await withFollower(async ({ say }) => {
    const delays: number[] = [];
    for (let i = 0; i < 20; i++) {
      const before = performance.now();
      await say(`line ${i}`);
      delays.push(performance.now() - before);
    }
    // Against a look once a second, as the slowest sensible follower would have; the machine may
    // be busy, so the quickest of the lines speaks for all.
    assert.ok(Math.min(...delays) < 500, `milliseconds: ${delays.map(Math.round)}`);
  });
});

test("a follower lives through clear, log reopen, truncation and removal of its log", async () => {
  await withFollower(async ({ daemon, log, say, seen }) => {
    await say("at first");
    assert.equal((await daemon.ctl("clear", "echo")).stdout, "echo: cleared\n");
    await say("after the clear");
    assert.equal(readFileSync(log, "utf8"), "after the clear\n");

    truncateSync(log);
    await until("the notice", () => seen().endsWith("==> File truncated <==\n"));
    await say("after the truncation");

    rmSync(log);
    daemon.signal("SIGUSR2");
    await daemon.untilLogged(/supervisord logreopen/);
    await say("after removal and reopening");
    assert.equal(readFileSync(log, "utf8"), "after removal and reopening\n");

    // Somebody else's line: found by looking, since nobody announces it.
    appendFileSync(log, "from outside\n");
    await until("the foreign line", () => seen().endsWith("from outside\n"));
    assert.equal(
      seen(),
      "at first\nafter the clear\n==> File truncated <==\nafter the truncation\n" +
        "after removal and reopening\nfrom outside\n",
    );
  });
});

test("a follower that speaks HTTP/1.0 gets the stream without chunks", async () => {
  await withFollower(async ({ daemon, say }) => {
    let answer = "";
    const old = connect(join(daemon.directory, "supervisor.sock"), () => {
      old.write("GET /logtail/echo HTTP/1.0\r\n\r\n");
    });
    old.on("data", (bytes) => answer += bytes);
    await say("for both");
    await until("the line", () => answer.endsWith("\r\n\r\nfor both\n"));
    await say("and again");
    await until("the next line", () => answer.endsWith("\r\n\r\nfor both\nand again\n"));
    assert.match(answer, /^HTTP\/1\.[01] 200 /);
    assert.doesNotMatch(answer, /transfer-encoding/i);
    old.destroy();
  });
});

test("what cannot be followed is 404: unknown names and channels, and programs without a log", async () => {
  const programs = `${ECHO}[program:mute]
command = sleep 100000
stdout_logfile = NONE
`;
  await withDaemon({ programs }, async (daemon) => {
    const statusOf = (path: string) =>
      new Promise<number>((resolve, reject) => {
        const socket = connect(join(daemon.directory, "supervisor.sock"), () => {
          socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        });
        socket.once("data", (bytes: Uint8Array) => {
          resolve(Number(Buffer.from(bytes).toString("latin1").split(" ")[1]));
          socket.destroy();
        });
        socket.once("error", reject);
      });
    const paths = ["/logtail/nobody", "/logtail/echo/stdnone", "/logtail/mute", "/logtail"];
    for (const path of paths) assert.equal(await statusOf(path), 404, path);
    assert.equal(await statusOf("/logtail/echo%3Aecho/stderr"), 200);
    assert.equal(await statusOf("/mainlogtail"), 200);
  });
});
