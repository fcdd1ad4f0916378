/** Datagrams over unix sockets, and descriptors above the standard ones, on the real system. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { exitOf, readBytes, request, runtime, until } from "./children.ts";

/** Sends each argument behind the path as one datagram; the word FD sends a descriptor along. */
const SENDER = `
import array, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(sys.argv[1])
for text in sys.argv[2:]:
    if text == "FD":
        s.sendmsg([b"BARRIER=1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [1]))])
    elif text.isdigit():
        s.send(b"x" * int(text))
    else:
        s.send(text.encode())
`;

async function send(path: string, ...texts: string[]): Promise<void> {
  const result = runtime.spawn(
    request(["/usr/bin/python3", "-c", SENDER, path, ...texts], [0, 2, 2]),
  );
  assert.ok(result.ok);
  assert.equal(await exitOf(result.pid), 0, "exit status of the sender");
}

async function withSocket(
  story: (o: { path: string; fd: number; received: string[]; close: () => void }) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "datagrams-"));
  const path = join(directory, "socket");
  const received: string[] = [];
  const socket = runtime.openDatagrams(
    path,
    (datagram) => received.push(new TextDecoder().decode(datagram)),
  );
  try {
    await story({ path, fd: socket.fd, received, close: () => socket.close() });
  } finally {
    socket.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

test("datagrams arrive one by one, empty ones are nothing, long ones are cut", async () => {
  await withSocket(async ({ path, received }) => {
    await send(path, "READY=1\nSTATUS=up", "0", "5000", "last");
    await until("the last one has arrived", () => received.includes("last"));
    assert.deepEqual(received.map((text) => text.slice(0, 20)), [
      "READY=1\nSTATUS=up",
      "x".repeat(20),
      "last",
    ]);
    assert.equal(received[1]?.length, 4096);
  });
});

test("a descriptor that is sent along is closed, and the text of it arrives", async () => {
  await withSocket(async ({ path, received }) => {
    const pipe = runtime.pipe();
    const result = runtime.spawn(
      request(["/usr/bin/python3", "-c", SENDER, path, "FD"], [0, pipe.write, 2]),
    );
    runtime.closeFd(pipe.write);
    assert.ok(result.ok);
    await until("it has arrived", () => received.includes("BARRIER=1"));
    // The end of this pipe comes only when nobody has its other end any more: we neither.
    assert.equal((await readBytes(pipe.read)).length, 0);
  });
});

test("drain() takes what has arrived at once", async () => {
  const directory = mkdtempSync(join(tmpdir(), "datagrams-"));
  const received: string[] = [];
  const socket = runtime.openDatagrams(join(directory, "socket"), (datagram) => {
    received.push(new TextDecoder().decode(datagram));
  });
  await send(join(directory, "socket"), "one", "two");
  socket.drain();
  assert.deepEqual(received, ["one", "two"]);
  socket.close();
  socket.close();
  rmSync(directory, { recursive: true });
});

test("a path that is taken, and one that is too long, are errors with their code", async () => {
  await withSocket(({ path }) => {
    assert.throws(() => runtime.openDatagrams(path, () => {}), { code: "EADDRINUSE" });
    assert.throws(() => runtime.openDatagrams(`/tmp/${"x".repeat(200)}`, () => {}), {
      code: "ENAMETOOLONG",
    });
    return Promise.resolve();
  });
});

test("a child finds descriptors under the numbers they are to have, and no others", async () => {
  const [out, three, seven] = [runtime.pipe(), runtime.pipe(), runtime.pipe()];
  const script = "echo three >&3; echo seven >&7; " +
    'for fd in 0 1 2 3 4 5 6 7 8 9; do (eval ": >&$fd") 2>/dev/null && echo $fd; done; true';
  const result = runtime.spawn({
    ...request(["/bin/sh", "-c", script], [0, out.write, 2]),
    descriptors: new Map([[7, seven.write], [3, three.write]]),
  });
  for (const { write } of [out, three, seven]) runtime.closeFd(write);
  assert.ok(result.ok);
  const read = async (fd: number) => new TextDecoder().decode(await readBytes(fd)).trim();
  assert.equal(await read(three.read), "three");
  assert.equal(await read(seven.read), "seven");
  assert.equal(await read(out.read), "0\n1\n2\n3\n7");
  await exitOf(result.pid);
});

test("sources that are targets themselves do not replace each other", async () => {
  const [one, two] = [runtime.pipe(), runtime.pipe()];
  const [a, b] = [one.write, two.write];
  const script = `import os; os.write(${a}, b"to a"); os.write(${b}, b"to b")`;
  // Each is wanted under the number of the other.
  const result = runtime.spawn({
    ...request(["/usr/bin/python3", "-c", script], [0, 2, 2]),
    descriptors: new Map([[a, b], [b, a]]),
  });
  for (const fd of [a, b]) runtime.closeFd(fd);
  assert.ok(result.ok);
  const read = async (fd: number) => new TextDecoder().decode(await readBytes(fd));
  assert.deepEqual(await Promise.all([read(one.read), read(two.read)]), ["to b", "to a"]);
  assert.equal(await exitOf(result.pid), 0);
});
