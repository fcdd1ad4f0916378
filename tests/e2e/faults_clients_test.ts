/** Clients of the worst kind, against the real daemon. See docs/faults.md. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { withBystander } from "../support/bystander.ts";
import { clientOf } from "../support/client.ts";
import { anonymousMemory } from "../support/processes.ts";
import type { TestDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const MEBIBYTE = 1024 * 1024;

interface Client {
  readonly socket: Socket;
  received: string;
  isOver: boolean;
}

/** Connects; an error is an end like any other. */
function client(daemon: TestDaemon): Promise<Client> {
  return new Promise((resolve) => {
    const socket = connect(join(daemon.directory, "supervisor.sock"));
    const one: Client = { socket, received: "", isOver: false };
    socket.setEncoding("latin1");
    socket.on("connect", () => resolve(one));
    socket.on("data", (text: string) => one.received += text);
    socket.on("error", () => one.isOver = true);
    socket.on("close", () => {
      one.isOver = true;
      resolve(one);
    });
  });
}

const openFiles = (daemon: TestDaemon) => readdirSync(`/proc/${daemon.pid}/fd`).length;

test("clients that dribble, stop half-way, send too much or never read cost the daemon little, and nobody else anything", async () => {
  const programs = `[program:talker]
command = sh -c 'seq -f "%%0999.0f" 1 20000; exec sleep 100000'
startsecs = 0
stdout_logfile = %(here)s/talker.log
stdout_logfile_maxbytes = 0
`;
  await withBystander({ programs }, async (daemon) => {
    const files = openFiles(daemon);
    const memory = anonymousMemory(daemon.pid);

    const tooMany = await client(daemon);
    tooMany.socket.write("GET / HTTP/1.1\r\n");
    for (let i = 0; i < 100; i++) tooMany.socket.write("X-Header: 1\r\n".repeat(1000));
    await until(
      "the hundred thousand headers to be refused",
      () =>
        tooMany.received.startsWith("HTTP/1.1 431 ") || (tooMany.isOver && tooMany.received === ""),
    );

    const tooLarge = await client(daemon);
    tooLarge.socket.write(`POST /RPC2 HTTP/1.1\r\nHost: a\r\nContent-Length: ${1024 ** 3}\r\n\r\n`);
    await until("the gigabyte to be refused", () => tooLarge.received.startsWith("HTTP/1.1 413 "));

    // They stay until their time is over, which tests/unit/runtime/http shows by its clock.
    const half = await client(daemon);
    half.socket.write("POST /RPC2 HTTP/1.1\r\nHost: a\r\nContent-Le");
    const dribble = await client(daemon);
    const request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    const deaf: Client[] = [];
    for (let i = 0; i < 20; i++) {
      const one = await client(daemon);
      one.socket.pause();
      one.socket.write(
        "GET /api/v1/processes/talker/logs/stdout/download HTTP/1.1\r\nHost: a\r\n\r\n",
      );
      deaf.push(one);
    }
    const rpc = clientOf(daemon);
    for (const letter of request) {
      dribble.socket.write(letter);
      const info = await rpc.call("supervisor.getProcessInfo", "talker") as { statename: string };
      assert.equal(info.statename, "RUNNING");
    }
    await until("who dribbles to be answered", () => dribble.received.startsWith("HTTP/1.1 200 "));
    rpc.close();
    const grown = (anonymousMemory(daemon.pid) - memory) / MEBIBYTE;
    assert.ok(grown < 96, `twenty clients that do not read cost ${grown} MiB`);

    for (const { socket } of [tooMany, tooLarge, half, dribble, ...deaf]) socket.destroy();
    await until("their descriptors to be free again", () => openFiles(daemon) <= files + 2);
  });
});

test("a thousand connections at once are all answered", async () => {
  await withBystander({}, async (daemon) => {
    const files = openFiles(daemon);
    const all = await Promise.all(Array.from({ length: 1000 }, () => client(daemon)));
    for (const { socket } of all) socket.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    await until(
      "a thousand answers",
      () => all.every(({ received }) => received.startsWith("HTTP/1.1 200 ")),
    );
    for (const { socket } of all) socket.destroy();
    await until("a thousand ends", () => openFiles(daemon) <= files + 2);
  });
});
