/** Programs that are restarted, or told, when files change. */
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

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

test("directories that come later, go, and come again are watched", async () => {
  const directory = makeDirectory();
  const [place, conf] = [join(directory, "srv", "app", "src"), join(directory, "srv", "conf")];
  const programs = `[program:web]
command = sleep 100000
startsecs = 0
watch = ${place}/*.py, ${conf}
watch_debounce = 100ms
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await daemon.untilState("web", "RUNNING");
    await daemon.untilLogged(/INFO \S+\/app\/src is not there: 'web' watches it once it is/);
    const restarts = () => daemon.log().match(/restarting 'web': .*/g) ?? [];
    const nextRestart = async (what: RegExp, act: () => void) => {
      const before = restarts().length;
      act();
      const line = await until(`a restart for ${what}`, () => restarts()[before]);
      assert.match(line, what);
      await until("its end", () => daemon.log().match(/spawned: 'web'/g)?.length === before + 2);
    };
    // Step by step, and nothing of interest in it: no change.
    mkdirSync(join(directory, "srv"));
    mkdirSync(place, { recursive: true });
    await nextRestart(/src\/a\.py has changed/, () => writeFileSync(join(place, "a.py"), "1"));
    await nextRestart(/\/srv\S* has changed/, () => {
      rmSync(join(directory, "srv"), { recursive: true });
    });
    // In one step, with all that is in it.
    const other = join(directory, "other");
    mkdirSync(join(other, "app", "src"), { recursive: true });
    writeFileSync(join(other, "app", "src", "b.py"), "1");
    await nextRestart(/src\/b\.py has changed/, () => renameSync(other, join(directory, "srv")));
    await nextRestart(/src\/b\.py has changed/, () => writeFileSync(join(place, "b.py"), "2"));
    // What is watched may be a directory itself.
    await nextRestart(/srv\/conf has changed/, () => mkdirSync(conf));
    await nextRestart(/conf\/x has changed/, () => writeFileSync(join(conf, "x"), "1"));
  });
});
