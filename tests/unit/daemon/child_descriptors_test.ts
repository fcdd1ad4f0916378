/** Which descriptors a child is given, and that none of them is forgotten. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ChildDescriptors, type StreamsOptions } from "../../../src/daemon/child_descriptors.ts";
import type { Births } from "../../../src/daemon/orphans/births.ts";
import { FakeRuntime } from "../../support/fake_runtime.ts";

const DEV_NULL = 3;

const STREAMS: StreamsOptions = {
  socket: null,
  readsStdout: true,
  readsStderr: true,
  redirectStderr: false,
  births: null,
};

function open(over: Partial<StreamsOptions> = {}) {
  const runtime = new FakeRuntime();
  const descriptors = new ChildDescriptors({ runtime, devNull: DEV_NULL });
  descriptors.openStreams({ ...STREAMS, ...over });
  const ours = () => [descriptors.stdin, descriptors.stdout, descriptors.stderr];
  return { runtime, descriptors, ours };
}

test("a child that is born keeps its ends, and this side only its own", () => {
  const { runtime, descriptors, ours } = open();
  assert.equal(runtime.openFds.size, 6);
  descriptors.closeChildEnds();
  assert.deepEqual([...runtime.openFds], ours());
  assert.ok(descriptors.stdio.every((fd) => !runtime.openFds.has(fd)));
});

test("nothing stays open when nothing came of it, whatever was given beside the streams", () => {
  const { runtime, descriptors } = open();
  const { read, write } = runtime.pipe();
  descriptors.give([read, write]);
  descriptors.closeAll();
  assert.equal(runtime.openFds.size, 0);
});

test("output that nobody would see goes to /dev/null, and stderr where stdout goes if asked", () => {
  const unseen = open({ readsStdout: false, readsStderr: false });
  assert.deepEqual(unseen.descriptors.stdio.slice(1), [DEV_NULL, DEV_NULL]);
  assert.deepEqual(unseen.ours().slice(1), [-1, -1]);
  const both = open({ redirectStderr: true });
  assert.equal(both.descriptors.stdio[2], both.descriptors.stdio[1]);
  assert.equal(both.descriptors.stderr, -1);
});

test("pipes that are to outlive the daemon are opened both ways, and both ends are the child's", () => {
  const runtime = new FakeRuntime();
  const births: Births = {
    keepsPipes: true,
    openBothWays: () => runtime.pipe().read,
    begin: () => ({}),
    born: () => {},
    movedTo: () => {},
    ended: () => {},
  };
  const descriptors = new ChildDescriptors({ runtime, devNull: DEV_NULL });
  descriptors.openStreams({ ...STREAMS, readsStdout: false, readsStderr: false, births });
  const { stdin } = descriptors;
  assert.equal(open().descriptors.lasting, null);
  assert.deepEqual([descriptors.lasting?.stdin, descriptors.lasting?.stdout], [stdin, -1]);
  // The other end of the pair that stands for opening both ways is nobody's here.
  const spare = (descriptors.stdio[0] ?? 0) + 1;
  descriptors.closeChildEnds();
  assert.deepEqual([...runtime.openFds], [stdin, spare]);
});

test("the last descriptors of the daemon are no child's", () => {
  const { descriptors } = open();
  descriptors.keepReserve();
  descriptors.give([1023]);
  assert.throws(() => descriptors.keepReserve(), { code: "EMFILE" });
});
