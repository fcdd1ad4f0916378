/** Limits and rights, as the programs themselves find them. As root, or what needs it would fail. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const SHOW = "ulimit -Sn; ulimit -Hn; ulimit -c; nice; cat /proc/self/oom_score_adj; id -u; pwd; " +
  "umask; echo $GREETING; ls -A /tmp | wc -l; " +
  "grep -E 'CapEff|CapAmb|NoNewPrivs|Cpus_allowed_list|SigBlk|SigIgn' /proc/self/status; " +
  "ionice; ls /proc/$$/fd | wc -l";

test("a program finds itself under the limits, as its user, in its directory, with its pid", async () => {
  const directory = makeDirectory();
  const programs = `[program:confined]
command = sh -c "${SHOW}; exec sleep 100000"
user = nobody
directory = /usr
umask = 027
environment = GREETING="hello, you"
rlimit_nofile = 100:200
rlimit_core = 0
nice = 5
ionice = best-effort:6
oom_score_adj = 300
cpu_affinity = 0
no_new_privs = true
capabilities = CAP_NET_BIND_SERVICE
private_tmp = true
stdout_logfile = ${directory}/out.log
redirect_stderr = true
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await daemon.untilState("confined", "RUNNING");
    const said = () => readFileSync(join(directory, "out.log"), "utf8").trim().split("\n");
    await until("the program to tell what it sees", () => said().length >= 18);
    const [soft, hard, core, nice, oom, uid, cwd, umask, greeting, inTmp, ...rest] = said();
    assert.deepEqual(
      [soft, hard, core, nice, oom, uid, cwd, umask, greeting, inTmp],
      ["100", "200", "0", "5", "300", "65534", "/usr", "0027", "hello, you", "0"],
    );
    const status = rest.join("\n");
    assert.match(status, /CapEff:\s0000000000000400$/m);
    assert.match(status, /NoNewPrivs:\s1$/m);
    assert.match(status, /Cpus_allowed_list:\s0$/m);
    assert.match(status, /SigBlk:\s0+$/m);
    assert.match(status, /SigIgn:\s0+$/m);
    assert.match(status, /best-effort: prio 6/);
    const pid = await daemon.pidOf("confined");
    assert.match(readFileSync(`/proc/${pid}/cmdline`, "latin1"), /^sleep/);
    assert.doesNotMatch(
      readFileSync(`/proc/${pid}/environ`, "latin1"),
      /SUPERVISORD_(LAUNCH|CHILD)/,
    );
    assert.equal((await daemon.ctl("stop", "confined")).stdout, "confined: stopped\n");
  });
});

test("a limit that cannot be set is said in the program's log, and the program is not started", async () => {
  const directory = makeDirectory();
  const programs = `[program:nowhere]
command = /bin/true
chroot = ${directory}/no-such-directory
startretries = 0
[program:elsewhere]
command = cat
nice = 1
directory = ${directory}/nothing
startretries = 0
stderr_logfile = ${directory}/err.log
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    const fatal = await daemon.untilState("nowhere", "FATAL");
    assert.equal(fatal.description, "can't find command '/bin/true'");
    await daemon.untilState("elsewhere", "FATAL");
    assert.match(daemon.log(), /exited: elsewhere \(exit status 127; not expected\)/);
    assert.equal(
      readFileSync(join(directory, "err.log"), "utf8"),
      `supervisor: couldn't chdir to ${directory}/nothing: ENOENT\n` +
        "supervisor: child process was not spawned\n",
    );
  });
});

test("a chroot is the root of the program", async () => {
  const directory = makeDirectory();
  const root = join(directory, "root");
  const libraries = execFileSync("ldd", ["/bin/cat"], { encoding: "utf8" }).match(/\/\S+(?= \()/g);
  for (const file of ["/bin/cat", ...libraries ?? []]) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    copyFileSync(file, join(root, file));
    chmodSync(join(root, file), 0o755);
  }
  writeFileSync(join(root, "message"), "from inside\n");
  const programs = `[program:inside]
command = cat /message -
environment = PATH="/bin"
user = nobody
chroot = ${root}
stdout_logfile = ${directory}/out.log
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await daemon.untilState("inside", "RUNNING");
    assert.equal(readFileSync(join(directory, "out.log"), "utf8"), "from inside\n");
  });
});

test("a program that uses more than its memory_limit is restarted", async () => {
  const programs = `[program:hungry]
command = python3 -c 'import time; x = b"x" * (60 << 20); time.sleep(100000)'
memory_limit = 40MB
memory_limit_interval = 300ms
[program:modest]
command = sleep 100000
memory_limit = 40MB
memory_limit_interval = 300ms
`;
  await withDaemon({ programs }, async (daemon) => {
    await daemon.untilLogged(
      /WARN restarting 'hungry': it uses \d+\.\d MiB of memory, more than 40\.0 MiB \(memory_limit\)/,
    );
    await daemon.untilLogged(/(spawned: 'hungry'[^]*){2}/);
    assert.doesNotMatch(daemon.log(), /restarting 'modest'/);
  });
});
