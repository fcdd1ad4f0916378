/** Under a service manager that wants to know: Type=notify. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeDirectory, TestDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

/** Prints each datagram as a line of JSON; neither runtime has such sockets. */
const RECEIVER = `
import json, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = sys.argv[1]
s.bind(chr(0) + name[1:] if name.startswith("@") else name)
print("bound", flush=True)
while True: print(json.dumps(s.recv(4096).decode()), flush=True)
`;

interface Receiver {
  readonly messages: string[];
  readonly child: ChildProcess;
}

async function receive(address: string): Promise<Receiver> {
  const child = spawn("/usr/bin/python3", ["-c", RECEIVER, address], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const messages: string[] = [];
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    messages.push(...lines);
  });
  await until("the socket to be bound", () => messages.shift() === "bound");
  return { messages, child };
}

const told = ({ messages }: Receiver) => messages.map((line) => JSON.parse(line) as string);

for (const kind of ["path", "abstract"] as const) {
  test(`a service manager at a socket with a name that is ${kind} hears of the whole life`, async () => {
    const directory = makeDirectory();
    const address = kind === "path"
      ? join(directory, "notify")
      : `@supervisord-test-${directory.replaceAll("/", "-")}`;
    const receiver = await receive(address);
    try {
      const daemon = await TestDaemon.start({
        directory,
        env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: "1000000" },
        programs: `[program:web]
command = sh -c 'env >web.env; exec sleep 600'
directory = ${directory}
`,
      });
      await until("READY", () => told(receiver).some((text) => text.startsWith("READY=1\n")));
      const ready = told(receiver).find((text) => text.startsWith("READY=1"));
      assert.match(ready ?? "", new RegExp(`^READY=1\nMAINPID=${daemon.pid}\nSTATUS=`));
      await until("a status", () => told(receiver).includes("STATUS=1 of 1 processes run"));
      await until("a sign of life", () => told(receiver).includes("WATCHDOG=1"));
      await until("the environment", () => existsSync(join(directory, "web.env")));
      const { stdout } = await daemon.ctl("reload");
      assert.equal(stdout, "Restarted supervisord\n");
      await until("RELOADING", () => told(receiver).some((text) => text.startsWith("RELOADING=1")));
      await until(
        "READY again",
        () => told(receiver).filter((text) => text.startsWith("READY=1")).length === 2,
      );
      const upgrade = await daemon.ctl("reload", "--keep");
      assert.equal(upgrade.status, 0, upgrade.stdout);
      await until(
        "READY of the successor",
        () => told(receiver).filter((text) => text.startsWith("READY=1")).length === 3,
      );
      daemon.signal("SIGTERM");
      assert.equal(await daemon.exit(), 0);
      await until("STOPPING", () => told(receiver).some((text) => text.startsWith("STOPPING=1")));
      const { readFileSync } = await import("node:fs");
      const environment = readFileSync(join(directory, "web.env"), "utf8");
      assert.doesNotMatch(environment, /^(NOTIFY_SOCKET|WATCHDOG_)/m);
      await daemon.dispose();
    } finally {
      receiver.child.kill("SIGKILL");
      await once(receiver.child, "exit");
      rmSync(directory, { recursive: true, force: true });
    }
  });
}
