/** Formats, rotation by time and on demand, compression and owners of logs, with real programs. */
import assert from "node:assert/strict";
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { gunzipSync } from "node:zlib";
import { clientOf } from "../support/client.ts";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const text = (path: string): string => existsSync(path) ? readFileSync(path, "utf8") : "";

test("lines get their time and names, as text and as JSON, also the last one without an end", async () => {
  const directory = makeDirectory();
  const [out, err] = [join(directory, "web.out"), join(directory, "web.err")];
  const programs = `[program:web]
command = sh -c 'printf one; sleep 0.2; printf " line\\nlast"; printf "%%s\\n" "quoted \\"x\\"" >&2'
startsecs = 0
autorestart = false
stdout_logfile = ${out}
stderr_logfile = ${err}
stdout_log_format = {time} [{group}:{name}] {stream}: {message}
stderr_log_format = json
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await daemon.untilState("web", "EXITED");
    const prefix = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[web:web\] stdout: `;
    assert.match(text(out), new RegExp(`^${prefix}one line\n${prefix}last\n$`));
    const { message, name, stream, pid } = JSON.parse(text(err));
    assert.deepEqual({ message, name, stream }, {
      message: 'quoted "x"',
      name: "web",
      stream: "stderr",
    });
    assert.ok(pid > 0);
    const tail = await daemon.ctl("tail", "web");
    assert.match(tail.stdout, /stdout: one line\n/);
  });
});

test("a log of yesterday is rotated, compressed and owned; rotate begins a new one at once", async () => {
  const directory = makeDirectory();
  const log = join(directory, "web.log");
  writeFileSync(log, "yesterday\n");
  utimesSync(log, Date.now() / 1000 - 86_400, Date.now() / 1000 - 86_400);
  const programs = `[program:web]
command = sh -c 'echo one; exec sleep 100000'
stdout_logfile = ${log}
stdout_logfile_rotate = daily
stdout_logfile_compress = gzip
stdout_logfile_mode = 0600
redirect_stderr = true
[program:idle]
command = sleep 100000
autostart = false
stdout_logfile = ${directory}/idle.log
`;
  writeFileSync(join(directory, "idle.log"), "from an earlier run\n");
  await withDaemon({ directory, programs }, async (daemon) => {
    await daemon.untilState("web", "RUNNING");
    const unzipped = (n: number) => gunzipSync(readFileSync(`${log}.${n}.gz`)).toString();
    await until("the first line", () => Promise.resolve(text(log) === "one\n"));
    await until("compression", () => Promise.resolve(!existsSync(`${log}.1`)));
    assert.equal(unzipped(1), "yesterday\n");
    const rotated = await daemon.ctl("rotate", "web", "idle");
    assert.equal(rotated.stdout, "web: rotated\nidle: rotated\n");
    assert.equal(text(log), "");
    await until(
      "compression",
      () => Promise.resolve(existsSync(`${log}.2.gz`) && !existsSync(`${log}.1`)),
    );
    assert.deepEqual([unzipped(1), unzipped(2)], ["one\n", "yesterday\n"]);
    assert.equal(statSync(`${log}.1.gz`).mode & 0o777, 0o600);
    assert.equal(text(join(directory, "idle.log.1")), "from an earlier run\n");
    writeFileSync(join(directory, "idle.log"), "by hand\n");
    const client = clientOf(daemon);
    assert.equal(await client.call("supervisor.rotateProcessLogs", "idle"), true);
    client.close();
    assert.equal(text(join(directory, "idle.log.1")), "by hand\n");
    assert.deepEqual(readdirSync(directory).filter((name) => name.startsWith(".web")), []);
  });
});

test("a log is rotated by a cron expression", async () => {
  const directory = makeDirectory();
  const log = join(directory, "web.log");
  const programs = `[program:web]
command = sh -c 'while :; do date +%%s; sleep 0.2; done'
stdout_logfile = ${log}
stdout_logfile_rotate = cron: * * * * * *
`;
  await withDaemon({ directory, programs }, async () => {
    // All that is in one file was printed in one second, or little later.
    await until("three rotations", () => Promise.resolve(existsSync(`${log}.3`)));
    const seconds = new Set(text(`${log}.2`).trim().split("\n"));
    assert.ok(seconds.size <= 2, [...seconds].join(" "));
  });
});

test("lines go to syslog on other machines, whole, by UDP and TCP, and what is lost is told once", async () => {
  const directory = makeDirectory();
  const datagrams: string[] = [];
  let stream = "";
  const udp = createSocket("udp4").on("message", (bytes) => datagrams.push(bytes.toString()));
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  const tcp = createServer((socket) => socket.on("data", (bytes) => stream += bytes.toString()));
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  const address = tcp.address();
  const tcpPort = typeof address === "object" && address !== null ? address.port : 0;
  const programs = `[program:web]
command = sh -c 'printf one; sleep 0.2; echo " line"; echo lost >&2; echo again >&2; exec sleep 100000'
stdout_syslog = true
stdout_syslog_target = udp://127.0.0.1:${udp.address().port}
stdout_syslog_tag = shop
stdout_syslog_facility = local0
stderr_syslog = true
stderr_syslog_target = unix://${directory}/nobody.sock
[program:api]
command = sh -c 'echo two; echo three; exec sleep 100000'
stdout_syslog = true
stdout_syslog_target = tcp://127.0.0.1:${tcpPort}
`;
  try {
    await withDaemon({ directory, programs }, async (daemon) => {
      await until("the datagram", () => Promise.resolve(datagrams.length > 0));
      assert.match(datagrams[0]!, /^<134>1 \S+Z \S+ shop \d+ - - one line$/);
      const messages = /^(\d+) (<14>1 .* api \d+ - - two)(\d+) (<14>1 .* api \d+ - - three)$/;
      await until("both messages", () => Promise.resolve(messages.test(stream)));
      const [, one, first, two, second] = messages.exec(stream)!;
      assert.deepEqual([Number(one), Number(two)], [first!.length, second!.length]);
      await daemon.untilLogged(/stderr of 'web' is lost on its way to unix:.*nobody\.sock: ENOENT/);
      await until(
        "the count of what was lost",
        async () =>
          /lost output +0 bytes of stdout, 11 of stderr/.test(
            (await daemon.ctl("status", "-v", "web")).stdout,
          ),
      );
      assert.equal(daemon.log().match(/is lost on its way/g)?.length, 1);
    });
  } finally {
    udp.close();
    tcp.close();
  }
});
