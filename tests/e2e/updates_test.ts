/** Updates that leave alone what has not changed, and decisions that outlive the daemon. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { clientOf } from "../support/client.ts";
import { configText, makeDirectory, TestDaemon, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const NOTE_EVENTS = fileURLToPath(new URL("../fixtures/note_events.py", import.meta.url));

function web(numprocs: number, more = ""): string {
  return `[program:web]
command = sleep 100000
process_name = web_%(process_num)d
numprocs = ${numprocs}
startsecs = 0
${more}`;
}

const shop = (worker: string) =>
  `[group:shop]
programs = api, worker
[program:api]
command = sleep 100000
startsecs = 0
[program:worker]
command = ${worker}
startsecs = 0
environment = TOKEN="${worker}"
`;

function rewrite(daemon: TestDaemon, programs: string): void {
  writeFileSync(daemon.configFile, configText(daemon.directory, programs));
}

async function pids(daemon: TestDaemon): Promise<Map<string, number | null>> {
  return new Map([...await daemon.status()].map(([name, { pid }]) => [name, pid]));
}

test("more processes, and a member that has changed, touch nobody else", async () => {
  await withDaemon({ programs: web(3) + shop("sleep 100000") }, async (daemon) => {
    for (const name of ["web:web_2", "shop:api", "shop:worker"]) await daemon.pidOf(name);
    const before = await pids(daemon);
    rewrite(daemon, web(5, "priority = 5\n") + shop("sleep 200000"));

    const plan = await daemon.ctl("update", "--plan", "--minimal");
    assert.equal(plan.status, 0);
    assert.match(plan.stdout, /^web: change processes in the group \(.*supervisord\.conf:\d+\)$/m);
    assert.match(plan.stdout, /^ +scale web: 3 -> 5 processes$/m);
    assert.match(plan.stdout, /^ +start +web:web_4: web goes from 3 to 5 processes$/m);
    assert.match(plan.stdout, /^ +update without a restart +web:web_0: /m);
    assert.match(plan.stdout, /^ +restart +shop:worker: its settings have changed$/m);
    assert.match(plan.stdout, /^ +command: sleep 100000 -> sleep 200000 \(.*conf:\d+\)$/m);
    assert.match(plan.stdout, /^ +environment\.TOKEN: \(set\) -> \(set to something else\) \(/m);
    assert.doesNotMatch(plan.stdout, /shop:api/);

    const whole = JSON.parse((await daemon.ctl("--json", "update", "--dry-run", "shop")).stdout);
    assert.deepEqual(
      whole.groups[0].processes.map((
        { namespec, action, cause }: Record<string, unknown>,
      ) => [namespec, action, cause]),
      [["shop:api", "restart", "group"], ["shop:worker", "restart", "changed"]],
    );
    assert.deepEqual([whole.action, whole.ok], ["update", true]);
    const unknown = await daemon.ctl("update", "--plan", "nobody");
    assert.equal(unknown.status, 1);
    assert.match(unknown.stdout, /^ERROR: no such group: nobody\nNo config updates/);
    // Nothing has been read into the daemon, nothing has been done.
    assert.deepEqual(await pids(daemon), before);

    const update = await daemon.ctl("update", "--minimal");
    assert.equal(update.status, 0);
    assert.match(update.stdout, /^web:web_3: added, starts$/m);
    assert.match(update.stdout, /^shop:worker: restarted$/m);
    const [three, worker] = [await daemon.pidOf("web:web_3"), await daemon.pidOf("shop:worker")];
    const after = await pids(daemon);
    for (const name of ["web:web_0", "web:web_1", "web:web_2", "shop:api"]) {
      assert.equal(after.get(name), before.get(name), name);
    }
    assert.notEqual(worker, before.get("shop:worker"));
    assert.equal((await daemon.ctl("update", "--plan")).stdout, "No config updates to processes\n");

    // Fewer again; and who was stopped by hand stays so.
    await daemon.ctl("stop", "shop:worker");
    rewrite(daemon, web(4, "priority = 5\n") + shop("sleep 300000"));
    await daemon.ctl("update", "--minimal");
    const last = await daemon.status();
    assert.equal(last.has("web:web_4"), false);
    assert.equal(last.get("web:web_3")?.pid, three);
    assert.equal(last.get("shop:worker")?.state, "STOPPED");
  });
});

test("a pool of listeners grows and shrinks under its members, and no event that waits is lost", async () => {
  const directory = makeDirectory();
  const [notes, gate] = [join(directory, "notes"), join(directory, "gate")];
  // Nobody is ready before there is a gate: until then all events wait in the pool.
  const pool = (numprocs: number) =>
    `[eventlistener:notes]
command = sh -c 'until test -e ${gate}; do sleep 0.1; done; exec python3 ${NOTE_EVENTS} ${notes}'
process_name = notes_%(process_num)d
events = REMOTE_COMMUNICATION
numprocs = ${numprocs}
startsecs = 0
`;
  await withDaemon({ directory, programs: pool(2) }, async (daemon) => {
    const before = [await daemon.pidOf("notes:notes_0"), await daemon.pidOf("notes:notes_1")];
    const client = clientOf(daemon);
    const texts = Array.from({ length: 9 }, (_, i) => `event ${i}`);
    for (const text of texts) await client.call("supervisor.sendRemoteCommEvent", "t", text);
    client.close();

    rewrite(daemon, pool(3));
    const plan = (await daemon.ctl("update", "--plan", "--minimal")).stdout;
    assert.match(plan, /^ +start +notes:notes_2: notes goes from 2 to 3 processes$/m);
    assert.doesNotMatch(plan, /notes_0|notes_1/);
    assert.equal((await daemon.ctl("update", "--minimal")).status, 0);
    await daemon.pidOf("notes:notes_2");
    assert.deepEqual(
      [await daemon.pidOf("notes:notes_0"), await daemon.pidOf("notes:notes_1")],
      before,
    );
    assert.equal((await daemon.ctl("scale", "notes=1")).status, 0);
    assert.deepEqual([...(await daemon.status()).keys()], ["notes:notes_0"]);
    assert.equal(await daemon.pidOf("notes:notes_0"), before[0]);
    writeFileSync(gate, "");
    const noted = () => existsSync(notes) ? readFileSync(notes, "utf8").match(/event \d/g) : null;
    await until("all events", () => noted()?.length === texts.length);
    assert.deepEqual(noted(), texts);
  });
});

test("what is disabled and scaled stays so when the daemon starts again", async () => {
  const directory = makeDirectory();
  const first = await TestDaemon.start({ directory, programs: web(2) + shop("sleep 100000") });
  const { configFile } = first;
  try {
    const before = [await first.pidOf("web:web_0"), await first.pidOf("shop:api")];
    assert.match(
      (await first.ctl("disable", "--now", "shop:worker")).stdout,
      /^shop:worker: disabled\nshop:worker: stopped\n$/,
    );
    const scaled = await first.ctl("scale", "web=3");
    assert.equal(scaled.stdout, "web: 3 processes (2 in the file)\nweb:web_2: added, starts\n");
    await first.pidOf("web:web_2");
    assert.deepEqual([await first.pidOf("web:web_0"), await first.pidOf("shop:api")], before);
    assert.equal(statSync(join(directory, "supervisord.state")).mode & 0o777, 0o600);
    assert.match((await first.ctl("reread")).stdout, /No config updates/);
    await first.stop();
  } catch (error) {
    await first.dispose();
    throw error;
  }

  await withDaemon({ directory, configFile }, async (daemon) => {
    await daemon.pidOf("web:web_2");
    assert.equal((await daemon.status()).get("shop:worker")?.state, "STOPPED");
    assert.match((await daemon.ctl("why", "shop:worker")).stdout, /disabled/);
    const verbose = await daemon.ctl("status", "-v", "web:web_0", "shop:worker");
    assert.match(verbose.stdout, / scaled +3 processes, 2 in the file\n/);
    assert.match(verbose.stdout, / disabled +does not start with supervisord\n/);

    // Another program that goes on with the same processes knows of it, too.
    const pids = [await daemon.pidOf("web:web_0"), await daemon.pidOf("web:web_2")];
    assert.equal((await daemon.ctl("upgrade")).status, 0);
    assert.equal((await daemon.ctl("update", "--plan")).stdout, "No config updates to processes\n");
    assert.deepEqual([await daemon.pidOf("web:web_0"), await daemon.pidOf("web:web_2")], pids);
    assert.match((await daemon.ctl("status", "-v", "shop:worker")).stdout, / disabled /);

    assert.equal((await daemon.ctl("scale", "nobody=3")).status, 1);
    assert.equal((await daemon.ctl("scale", "web")).status, 2);
    // Nothing but that has kept it from starting.
    assert.equal((await daemon.ctl("enable", "shop:*")).status, 0);
    await daemon.pidOf("shop:worker");
    await daemon.ctl("scale", "--reset", "web");
    assert.equal((await daemon.status()).has("web:web_2"), false);
  });
});

test("a state file that cannot be read is reported and ignored", async () => {
  const directory = makeDirectory();
  writeFileSync(join(directory, "supervisord.state"), '{"version": 1, "disabled": "web"');
  await withDaemon({ directory, programs: web(1) }, async (daemon) => {
    await daemon.pidOf("web:web_0");
    assert.match(daemon.log(), /CRIT the state file \S+ is ignored: it is no JSON/);
  });
});

const chain = (seconds: number) =>
  `[program:db]
command = sleep ${seconds}
startsecs = 0
[program:app]
command = sleep ${seconds}
startsecs = 0
depends_on = db
`;

test("of two groups that have changed, the one that depends on the other is stopped first", async () => {
  for (const options of [[], ["--minimal"]]) {
    await withDaemon({ programs: chain(100000) }, async (daemon) => {
      await daemon.pidOf("app");
      rewrite(daemon, chain(200000));
      assert.equal((await daemon.ctl("update", ...options)).status, 0);
      await daemon.pidOf("app");
      const words = [...daemon.log().matchAll(/ (spawned|stopped): '?([a-z]+)/g)];
      assert.deepEqual(
        words.map(([, word, name]) => `${word} ${name}`).slice(2),
        ["stopped app", "stopped db", "spawned db", "spawned app"],
      );
    });
  }
});
