/** on_orphans and where it keeps account. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../../src/config/load.ts";
import { fakeEnvironment } from "./fake_environment.ts";

function orphansOf(lines: string) {
  const environment = fakeEnvironment({ files: { "/s.conf": `[supervisord]\n${lines}\n` } });
  return loadConfig({ configFile: "/s.conf", options: {}, environment }).daemon.orphans;
}

test("without on_orphans nobody keeps account of children", () => {
  assert.equal(orphansOf("children_file=/tmp/x.children"), undefined);
});

test("account is kept beside the pid file unless it says where", () => {
  assert.deepEqual(orphansOf("pidfile=/tmp/x.pid\non_orphans=adopt"), {
    policy: "adopt",
    file: "/tmp/x.children",
  });
  assert.equal(orphansOf("pidfile=/tmp/x\non_orphans=stop")?.file, "/tmp/x.children");
  assert.equal(
    orphansOf("on_orphans=ignore\nchildren_file=/tmp/here")?.file,
    "/tmp/here",
  );
});

test("a word that on_orphans does not know is an error that names those it knows", () => {
  assert.throws(() => orphansOf("on_orphans=adpot"), /adopt/);
});
