/** Environments from files, sections, templates and secrets, as real programs find them. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

/** Of a process, as the system knows it. */
function environmentOf(pid: number): Map<string, string> {
  const pairs = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").slice(0, -1);
  return new Map(pairs.map((pair) => [
    pair.slice(0, pair.indexOf("=")),
    pair.slice(pair.indexOf("=") + 1),
  ]));
}

test("files, sections, templates and variables make an environment; a changed file is an update", async () => {
  const directory = makeDirectory();
  const file = join(directory, "web.env");
  writeFileSync(file, "# of the machine\nexport HOST='db one'\nPORT=5432\n");
  const programs = `[variables]
seconds = 100000
[env:w*]
Mixed_Case = yes
[template:sleeper]
command = sleep %(var_seconds)s
environment_files = web.env, -missing.env
set_home = true
[program:web]
use = sleeper
environment = URL="%(ENV_HOST)s:%(ENV_PORT)s"
[program:other]
command = sleep %(var_seconds)s
`;
  await withDaemon({ directory, programs, env: { HOME: "/nowhere" } }, async (daemon) => {
    const [pid, other] = [await daemon.pidOf("web"), await daemon.pidOf("other")];
    const found = environmentOf(pid);
    assert.equal(found.get("URL"), "db one:5432");
    assert.equal(found.get("Mixed_Case"), "yes");
    assert.notEqual(found.get("HOME"), "/nowhere");
    assert.ok(found.has("LOGNAME") && found.has("SHELL"));
    assert.equal(environmentOf(other).get("HOME"), "/nowhere");

    writeFileSync(file, "HOST=two\nPORT=1\n");
    assert.equal((await daemon.ctl("reread")).stdout, "web: changed\n");
    await daemon.ctl("update");
    assert.equal(environmentOf(await daemon.pidOf("web")).get("URL"), "two:1");
    assert.equal(await daemon.pidOf("other"), other);

    writeFileSync(file, "HOST=two\nPORT is 1\n");
    const refused = await daemon.ctl("reread");
    assert.match(refused.stdout, /not an assignment in environment file .*web\.env, line 2/);
  });
});

test("secrets reach the process at each start, and nobody else hears of them", async () => {
  const directory = makeDirectory();
  const key = join(directory, "key");
  const word = join(directory, "word");
  const complaint = join(directory, "complaint");
  writeFileSync(word, "TOKEN='hunter 2'\n");
  writeFileSync(complaint, "hunter3\n");
  const programs = `[program:web]
command = sleep 100000
secret_files = KEY:${key}
secret_command = sh -c 'cat ${complaint} >&2; cat ${word}'
pre_start = sh -c 'env >${directory}/hook'
startretries = 0
`;
  const daemonLog = "loglevel = debug";
  await withDaemon({ directory, programs, daemon: daemonLog }, async (daemon) => {
    await daemon.untilState("web", "FATAL");
    const reason = `cannot read secret KEY in ${key}: ENOENT`;
    assert.match((await daemon.ctl("status")).stdout, new RegExp(reason));

    writeFileSync(key, "hunter1\n", { mode: 0o600 });
    assert.equal((await daemon.ctl("start", "web")).stdout, "web: started\n");
    const found = environmentOf(await daemon.pidOf("web"));
    assert.deepEqual([found.get("KEY"), found.get("TOKEN")], ["hunter1", "hunter 2"]);

    writeFileSync(word, "hunter4\n");
    assert.equal(
      (await daemon.ctl("restart", "web")).stdout,
      "web: stopped\nweb: ERROR (spawn error)\n",
    );
    await until("the state", async () => (await daemon.status()).get("web")?.state === "FATAL");
    const told = [
      await daemon.ctl("status", "-v", "web"),
      await daemon.ctl("--json", "status"),
      await daemon.ctl("reread"),
    ].map(({ stdout }) => stdout).join("\n");
    assert.match(told, /secret_command: line 1 of its output: not an assignment/);
    assert.ok(existsSync(join(directory, "hook")));
    const texts = [told, daemon.log(), readFileSync(join(directory, "hook"), "utf8")];
    for (const text of texts) assert.doesNotMatch(text, /hunter/);
  });
});
