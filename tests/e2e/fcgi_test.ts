/** FastCGI programs behind a real nginx. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { clientOf } from "../support/client.ts";
import { freePort } from "../support/ports.ts";
import { run } from "../support/run.ts";
import {
  configText,
  makeDirectory,
  supervisordCommand,
  type TestDaemon,
  withDaemon,
} from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const responder = fileURLToPath(new URL("../fixtures/fcgi_responder.py", import.meta.url));

interface Site {
  readonly port: number;
  readonly config: string;
}

/** An nginx in front of `upstreams`, by the first part of the path; a program of the same daemon. */
async function prepareNginx(directory: string, upstreams: Record<string, string>): Promise<Site> {
  const port = await freePort();
  mkdirSync(join(directory, "nginx"));
  const locations = Object.entries(upstreams).map(([name, upstream]) =>
    `location /${name} {
      fastcgi_pass ${upstream};
      fastcgi_param REQUEST_URI $request_uri;
      fastcgi_param REQUEST_METHOD $request_method;
    }`
  );
  // One process in the foreground, everything it writes below its own directory.
  writeFileSync(
    join(directory, "nginx.conf"),
    `daemon off;
master_process off;
pid ${directory}/nginx/pid;
error_log stderr;
events {}
http {
  access_log off;
  ${
      ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((what) => `${what}_temp_path ${directory}/nginx/${what};`).join("\n  ")
    }
  server {
    listen 127.0.0.1:${port};
    ${locations.join("\n    ")}
  }
}
`,
  );
  return {
    port,
    config: `[program:nginx]
command = nginx -c ${directory}/nginx.conf -p ${directory}/nginx
environment = PATH="/usr/sbin:/usr/bin:/sbin:/bin"
priority = 2000
redirect_stderr = true
`,
  };
}

async function get(site: Site, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${site.port}${path}`, {
    headers: { connection: "close" },
  });
  const text = (await response.text()).trim();
  assert.equal(response.status, 200, text);
  return text;
}

function logCount(daemon: TestDaemon, text: string): number {
  return daemon.log().split(text).length - 1;
}

test("copies of a fcgi-program share one unix socket, also while one is restarted under load", async () => {
  const directory = makeDirectory();
  const socket = join(directory, "app.sock");
  const site = await prepareNginx(directory, { app: `unix:${socket}` });
  const programs = `[fcgi-program:app]
command = /usr/bin/python3 ${responder} 0.02
socket = unix://${socket}
socket_mode = 0660
socket_owner = nobody
process_name = %(program_name)s_%(process_num)d
numprocs = 2
priority = 1000
stderr_logfile = %(here)s/app.err
${site.config}`;
  await withDaemon({ directory, programs }, async (daemon) => {
    for (const name of ["app:app_0", "app:app_1", "nginx"]) {
      await daemon.untilState(name, "RUNNING");
    }
    const stats = statSync(socket);
    assert.ok(stats.isSocket());
    assert.equal(stats.mode & 0o777, 0o660);
    assert.ok(stats.uid !== 0, "it still belongs to root");

    // The very same socket is descriptor 0 of both.
    const pids = await Promise.all(["app:app_0", "app:app_1"].map((name) => daemon.pidOf(name)));
    const links = pids.map((pid) => readlinkSync(`/proc/${pid}/fd/0`));
    assert.match(links[0] ?? "", /^socket:\[\d+\]$/);
    assert.equal(links[0], links[1]);

    await until("nginx", () => get(site, "/app/first"));
    const answeredBy = new Set<string>();
    await until("both copies to answer", async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => get(site, `/app/${i}`)),
      );
      for (const answer of answers) answeredBy.add(answer.split(" ")[0] ?? "");
      return answeredBy.size === 2;
    });

    // Requests go on without a break while one copy after the other is restarted.
    let isOver = false;
    let served = 0;
    const load = Array.from({ length: 4 }, async (_, worker) => {
      for (let i = 0; !isOver; i++) {
        assert.match(await get(site, `/app/${worker}-${i}`), new RegExp(` /app/${worker}-${i}$`));
        served++;
      }
    });
    for (const name of ["app:app_0", "app:app_1"]) {
      const restarted = await daemon.ctl("restart", name);
      assert.equal(restarted.status, 0, restarted.stdout);
    }
    isOver = true;
    await Promise.all(load);
    assert.ok(served > 20, `only ${served} requests were made`);
    assert.equal(readlinkSync(`/proc/${await daemon.pidOf("app:app_0")}/fd/0`), links[0]);

    // Once to try it out, once for use: the restarts have not closed it.
    assert.equal(logCount(daemon, `Creating socket unix://${socket}`), 2);
    assert.equal(logCount(daemon, `Closing socket unix://${socket}`), 1);
    const stopped = await daemon.ctl("stop", "app:*");
    assert.equal(stopped.status, 0, stopped.stdout);
    assert.equal(logCount(daemon, `Closing socket unix://${socket}`), 2);
    assert.ok(existsSync(socket), "the file of a closed socket stays, as in Supervisor");
    await daemon.ctl("start", "app:*");
    await until("an answer on a new socket", () => get(site, "/app/again"));
  });
});

test("a fcgi-program on a TCP port, inside a group, keeps its socket over its restarts", async () => {
  const directory = makeDirectory();
  const port = await freePort();
  const site = await prepareNginx(directory, { tcp: `127.0.0.1:${port}` });
  const programs = `[fcgi-program:tcp]
command = /usr/bin/python3 ${responder}
socket = tcp://127.0.0.1:${port}
stderr_logfile = %(here)s/tcp.err
[program:beside]
command = sleep 100000
[group:both]
programs = tcp, beside
${site.config}`;
  await withDaemon({ directory, programs }, async (daemon) => {
    for (const name of ["both:tcp", "both:beside", "nginx"]) {
      await daemon.untilState(name, "RUNNING");
    }
    const first = await until("an answer", () => get(site, "/tcp"));
    assert.equal(first, `tcp ${await daemon.pidOf("both:tcp")} /tcp`);
    const beside = await daemon.pidOf("both:beside");
    assert.match(readlinkSync(`/proc/${beside}/fd/0`), /^pipe:/);

    // A crash: the daemon starts it again on a socket that can be had again at once.
    process.kill(await daemon.pidOf("both:tcp"), "SIGKILL");
    const second = await until("an answer of the next one", async () => {
      const answer = await get(site, "/tcp");
      return answer !== first && answer;
    });
    assert.match(second, /^tcp \d+ \/tcp$/);
    const restarted = await daemon.ctl("restart", "both:tcp");
    assert.equal(restarted.status, 0, restarted.stdout);
    assert.match(await until("an answer", () => get(site, "/tcp")), /^tcp \d+ \/tcp$/);

    // Its standard input is the socket: there is nothing to write to.
    const client = clientOf(daemon);
    await assert.rejects(
      client.call("supervisor.sendProcessStdin", "both:tcp", "x"),
      /NO_FILE: both:tcp/,
    );
    client.close();
    assert.equal(readFileSync(join(directory, "tcp.err"), "utf8"), "");
  });
});

test("a FastCGI socket that cannot be made is a start-up error that names it", async () => {
  const directory = makeDirectory();
  const config = join(directory, "supervisord.conf");
  const url = `unix://${directory}/missing/app.sock`;
  const programs = `[fcgi-program:app]\ncommand = sleep 100000\nsocket = ${url}\n`;
  writeFileSync(config, configText(directory, programs));
  const refused = await run([...supervisordCommand, "-n", "-c", config], { cwd: directory });
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /^Error: Could not create FastCGI socket unix:\/\/.*ENOENT/m);
  assert.ok(refused.stderr.includes(url));
  assert.ok(!existsSync(join(directory, "supervisord.pid")));
  rmSync(directory, { recursive: true, force: true });
});
