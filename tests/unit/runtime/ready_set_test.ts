import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { test } from "node:test";
import { bunHost } from "../../../src/runtime/bun.ts";
import { denoHost } from "../../../src/runtime/deno.ts";
import { buffer, createLibc } from "../../../src/runtime/libc.ts";
import { currentPlatform } from "../../../src/runtime/platform.ts";
import { createReadySet, type ReadySet } from "../../../src/runtime/ready_set.ts";

const platform = currentPlatform();
const host = bunHost() ?? denoHost();
assert.ok(host);
const libc = createLibc(host.loadLibrary(platform), platform);
const { functions } = libc;

function pipe(): { read: number; write: number } {
  const fds = buffer(8);
  assert.equal(functions.pipe(fds), 0);
  const view = new DataView(fds.buffer);
  return { read: view.getInt32(0, true), write: view.getInt32(4, true) };
}

function readyIn(set: ReadySet): number[] {
  const found: number[] = [];
  assert.equal(set.forEachReady((fd) => void found.push(fd)), false);
  return found.sort();
}

/** poll(2) is what macOS gets; its numbers are the same on Linux, so it can be tried here. */
const SETS: [string, () => ReadySet][] = [
  ["epoll", () => createReadySet(libc)],
  ["poll", () => createReadySet({ ...libc, platform: { ...platform, os: "darwin" } })],
];

for (const [name, create] of SETS) {
  test(`${name}: a descriptor is ready as long as there is something, and not after removal`, () => {
    const set = create();
    const [first, second] = [pipe(), pipe()];
    assert.ok(set.add(first.read, "read"));
    assert.ok(set.add(second.read, "read"));
    assert.deepEqual(readyIn(set), []);
    functions.write(first.write, buffer(3), 3);
    assert.deepEqual(readyIn(set), [first.read]);
    assert.deepEqual(readyIn(set), [first.read]);
    functions.close(second.write);
    assert.deepEqual(readyIn(set), [first.read, second.read].sort());
    set.remove(first.read);
    assert.deepEqual(readyIn(set), [second.read]);
    set.remove(second.read);
    assert.deepEqual(readyIn(set), []);
    for (const fd of [first.read, first.write, second.read]) functions.close(fd);
  });

  test(`${name}: a write end is ready while there is room, or nobody reads`, () => {
    const set = create();
    const { read, write } = pipe();
    set.add(write, "write");
    assert.deepEqual(readyIn(set), [write]);
    functions.write(write, buffer(65536), 65536);
    assert.deepEqual(readyIn(set), []);
    functions.close(read);
    assert.deepEqual(readyIn(set), [write]);
    set.remove(write);
    functions.close(write);
  });

  test(`${name}: the end behind the last bytes is told, as no signal comes for it`, () => {
    const set = create();
    const { read, write } = pipe();
    const hangUps: boolean[] = [];
    set.add(read, "read");
    functions.write(write, buffer(3), 3);
    set.forEachReady((_fd, hungUp) => void hangUps.push(hungUp));
    functions.close(write);
    set.forEachReady((_fd, hungUp) => void hangUps.push(hungUp));
    assert.deepEqual(hangUps, [false, true]);
    set.remove(read);
    functions.close(read);
  });

  test(`${name}: a descriptor cannot be added twice`, () => {
    const set = create();
    const { read, write } = pipe();
    set.add(read, "read");
    assert.throws(() => set.add(read, "read"), { code: "EEXIST" });
    [read, write].forEach(functions.close);
  });
}

test("epoll: more ready descriptors than one look takes are told of", () => {
  const set = createReadySet(libc);
  const pipes = Array.from({ length: 130 }, pipe);
  for (const { write } of pipes) set.add(write, "write");
  let found = 0;
  assert.equal(set.forEachReady(() => void found++), true);
  assert.ok(found < pipes.length, `${found} in one look`);
  for (const { read, write } of pipes) {
    set.remove(write);
    functions.close(read);
    functions.close(write);
  }
});

test("epoll: a wait ends with what is ready, with work for the event loop, or with its time", () => {
  const set = createReadySet(libc);
  const [ours, others] = [pipe(), pipe()];
  const found: number[] = [];
  const visit = (fd: number) => void found.push(fd);
  set.add(ours.read, "read");
  assert.ok(set.watchLoop(others.read));
  assert.equal(set.await(visit, 1), "nothing");
  functions.write(ours.write, buffer(3), 3);
  assert.equal(set.await(visit, 1000), "some");
  functions.write(others.write, buffer(3), 3);
  assert.equal(set.await(visit, 1000), "loop");
  // Visited each time that it was ready; what belongs to the event loop never is.
  assert.deepEqual(found, [ours.read, ours.read]);
  assert.deepEqual(readyIn(set), [ours.read]);
  for (const { read, write } of [ours, others]) [read, write].forEach(functions.close);
});

test("epoll: a wait in vain is not taken for an answer by those after it", () => {
  const set = createReadySet(libc);
  const { read, write } = pipe();
  set.add(read, "read");
  const none = Array.from({ length: 20 }, () => set.await(() => {}, 0));
  assert.ok(none.every((awaited) => awaited === "nothing"));
  functions.write(write, buffer(1), 1);
  assert.equal(set.await(() => {}, 1000), "some");
  [read, write].forEach(functions.close);
});

test("a regular file is no event loop to be watched, and neither is anything for poll", () => {
  const [[, epoll], [, poll]] = SETS as [(typeof SETS)[0], (typeof SETS)[0]];
  const file = openSync(import.meta.filename as string, "r");
  assert.equal(epoll().watchLoop(file), false);
  assert.equal(poll().watchLoop(file), false);
  closeSync(file);
});
