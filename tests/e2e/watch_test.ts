/** Programs that are restarted, or told, when files change. */
import assert from "node:assert/strict";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";

test("a change restarts or signals the program, in new directories and by rename, and ignored files do not", async () => {
  const directory = makeDirectory();
  const place = join(directory, "app");
  mkdirSync(place);
  const programs = `[program:web]
command = sleep 100000
startsecs = 0
watch = ${place}/**/*.py
watch_ignore = *_test.py
watch_debounce = 100ms
[program:told]
command = sh -c 'trap "echo told" HUP; while :; do sleep 0.1; done'
startsecs = 0
watch = ${place}/told.conf
watch_action = signal:HUP
watch_debounce = 100ms
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await daemon.untilState("web", "RUNNING");
    await daemon.untilState("told", "RUNNING");
    writeFileSync(join(place, "a_test.py"), "");
    writeFileSync(join(place, "new.conf"), "");
    renameSync(join(place, "new.conf"), join(place, "told.conf"));
    await daemon.untilLogged(/INFO signalling 'told': \S+\/told\.conf has changed/);
    assert.doesNotMatch(daemon.log(), /restarting 'web'/);
    mkdirSync(join(place, "deep"));
    // Until the new directory is watched, which nobody tells, the file is written again.
    const writing = setInterval(() => writeFileSync(join(place, "deep", "b.py"), "1"), 300);
    try {
      await daemon.untilLogged(/INFO restarting 'web': \S+\/deep\/b\.py has changed/);
    } finally {
      clearInterval(writing);
    }
    await daemon.untilLogged(/(spawned: 'web'[^]*){2}/);
  });
});
