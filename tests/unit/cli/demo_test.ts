import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { test } from "node:test";
import { prepareDemo } from "../../../cli/demo.ts";
import { demoConfiguration } from "../../../src/config/demo.ts";

test("the demonstration gets a directory of its own, and takes it away again", async () => {
  const demo = await prepareDemo("supervisord");
  try {
    const text = readFileSync(demo.configFile, "utf8");
    assert.match(text, /^\[program:clock\]$/m);
    assert.ok(demo.welcome.includes(`supervisord ctl -c ${demo.configFile} status`));
  } finally {
    demo.remove();
  }
  assert.ok(!existsSync(dirname(demo.configFile)));
});

test("two demonstrations at once get different ports and directories", async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => {
    // Somebody may have the port already: that is what this test wants to see anyway.
    blocker.once("error", () => resolve());
    blocker.listen(9001, "127.0.0.1", resolve);
  });
  const demo = await prepareDemo("supervisord");
  try {
    const port = /^port = 127\.0\.0\.1:(\d+)$/m.exec(readFileSync(demo.configFile, "utf8"))?.[1];
    assert.notEqual(port, "9001");
    assert.ok(Number(port) > 0);
  } finally {
    demo.remove();
    blocker.close();
  }
});

test("a percent sign in a path or a user name is written so that it stays one", () => {
  const text = demoConfiguration({ directory: "/tmp/50%", port: 9001, user: "a%b" });
  assert.match(text, /^pidfile = \/tmp\/50%%\/supervisord\.pid$/m);
  assert.match(text, /^user = a%%b$/m);
});

test("without a user there is no user= line", () => {
  const text = demoConfiguration({ directory: "/tmp/x", port: 9001, user: null });
  assert.doesNotMatch(text, /^user\b/m);
});
