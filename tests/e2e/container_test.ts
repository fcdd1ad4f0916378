/** supervisord as the first process of a container, and as the reaper of somebody else's. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { CONTAINER_ENVIRONMENT, makeContainer } from "../support/container.ts";
import { allProcesses, statusField } from "../support/processes.ts";
import { run } from "../support/run.ts";
import {
  configText,
  makeDirectory,
  supervisordCommand,
  type TestDaemon,
  withDaemon,
} from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const TOOLS = ["sh", "sleep", "seq"];

/** Leaves a process behind that ends later with status 7, and nobody to wait for it but us. */
const ORPHAN_MAKER = `[program:mother]
command = sh -c '(sh -c "sleep 0.3; exit 7" &); exec sleep 100000'
startsecs = 0
`;

/** The daemon as the host sees it: the child of the command that made the container. */
function firstProcess(daemon: TestDaemon): number {
  const [child] = allProcesses().filter(({ parent }) => parent === daemon.pid);
  assert.ok(child !== undefined, "the container is empty");
  return child.pid;
}

async function withContainer(
  programs: string,
  story: (daemon: TestDaemon) => Promise<void>,
): Promise<void> {
  const directory = makeDirectory();
  const wrapper = await makeContainer(directory, TOOLS);
  await withDaemon({ directory, wrapper, programs, env: CONTAINER_ENVIRONMENT }, story);
}

test("as process 1 it reaps orphans, and TERM ends everything in order with status 0", async () => {
  const programs = `${ORPHAN_MAKER}
[program:last]
command = sleep 100000
priority = 1
[program:middle]
command = sleep 100000
priority = 2
[program:first]
command = sh -c 'trap "sleep 0.3; exit 0" TERM; while :; do sleep 0.1; done'
priority = 3000
stopasgroup = false
`;
  await withContainer(programs, async (daemon) => {
    for (const name of ["first", "middle", "last"]) await daemon.untilState(name, "RUNNING");
    assert.equal((await daemon.ctl("pid")).stdout, "1\n");
    assert.match(statusField(firstProcess(daemon), "NSpid"), /\t1$/);
    await daemon.untilLogged(/ INFO reaped unknown pid \d+ \(exit status 7\)$/m);
    const zombies = allProcesses().filter(({ parent, state }) =>
      parent === firstProcess(daemon) && state === "Z"
    );
    assert.deepEqual(zombies, []);

    daemon.remember();
    process.kill(firstProcess(daemon), "SIGTERM");
    assert.equal(await daemon.exit(), 0);
    await daemon.assertNobodyLeft();
    const stopped = [...daemon.log().matchAll(/ stopped: (\S+) /g)].map(([, name]) => name);
    assert.deepEqual(stopped, ["first", "mother", "middle", "last"]);
    assert.ok(!existsSync(join(daemon.directory, "supervisord.pid")));
    assert.ok(!existsSync(join(daemon.directory, "supervisor.sock")));
  });
});

test("in a container, the logs of several children on /dev/stdout mix by whole lines", async () => {
  const names = ["alpha", "beta", "gamma"];
  const lines = 4_000;
  // seq writes in blocks that end anywhere in a line.
  const programs = names.map((name) =>
    `[program:${name}]
command = sh -c 'seq -f "${name} %%g of a line that is long enough to be cut" 1 ${lines}; exec sleep 100000'
stdout_logfile = /dev/stdout
stdout_logfile_maxbytes = 0
startsecs = 0
`
  ).join("");
  await withContainer(programs, async (daemon) => {
    const linesOf = (name: string) =>
      daemon.output.stdout.split("\n").filter((line) => line.startsWith(`${name} `));
    await until("all lines", () => names.every((name) => linesOf(name).length >= lines));
    for (const name of names) {
      const expected = Array.from(
        { length: lines },
        (_, i) => `${name} ${i + 1} of a line that is long enough to be cut`,
      );
      assert.deepEqual(linesOf(name), expected);
    }
    // Everything else there is the main log, which a foreground daemon shows as well.
    const others = daemon.output.stdout.split("\n").filter((line) =>
      line !== "" && !names.some((name) => line.startsWith(`${name} `))
    );
    for (const line of others) {
      assert.match(line, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]{4} /);
    }
    assert.equal(daemon.output.stderr, "");
    process.kill(firstProcess(daemon), "SIGTERM");
    assert.equal(await daemon.exit(), 0);
  });
});

test("a container whose configuration is broken ends with status 2 and says why", async () => {
  const directory = makeDirectory();
  const wrapper = await makeContainer(directory, TOOLS);
  const config = join(directory, "supervisord.conf");
  writeFileSync(config, configText(directory, "[program:a]\ncommand = sleep 1\nnumprocs = many\n"));
  const ended = await run([...wrapper, ...supervisordCommand, "-n", "-c", config], {
    env: CONTAINER_ENVIRONMENT,
  });
  assert.equal(ended.status, 2);
  assert.match(ended.stderr, /^Error: .*'many' in section 'program:a'/);
  await run(["rm", "-rf", directory]);
});

test("as a subreaper it reaps the orphans of its children, and none is left at the end", async () => {
  // prctl(PR_SET_CHILD_SUBREAPER) holds over exec.
  const become = "import ctypes, os, sys; assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0; " +
    "os.execvp(sys.argv[1], sys.argv[1:])";
  const wrapper = ["/usr/bin/python3", "-c", become];
  await withDaemon({ wrapper, programs: ORPHAN_MAKER }, async (daemon) => {
    await daemon.untilLogged(/ INFO reaped unknown pid \d+ \(exit status 7\)$/m);
    assert.deepEqual(
      allProcesses().filter(({ parent, state }) => parent === daemon.pid && state === "Z"),
      [],
    );
  });
});
