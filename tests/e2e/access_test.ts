/** Who may come in and do what: TLS, tokens, certificates of clients, failed logins, the audit log. */
import assert from "node:assert/strict";
import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { cheapHash } from "../support/cheap_hash.ts";
import { freePort } from "../support/ports.ts";
import { run, type RunResult } from "../support/run.ts";
import {
  configText,
  makeDirectory,
  supervisorctlCommand,
  supervisordCommand,
  type TestDaemon,
  withDaemon,
} from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const isFromSource = supervisordCommand.length > 1;
const isOnDeno = supervisordCommand[0]?.endsWith("deno") === true;
const fixture = (name: string) => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;

/** supervisorctl with a [supervisorctl] section of its own. */
function clientOf(daemon: TestDaemon, settings: string, env: Record<string, string> = {}) {
  const file = join(daemon.directory, `ctl-${Math.random().toString(36).slice(2)}.conf`);
  writeFileSync(file, `[supervisorctl]\n${settings}\n`);
  return (...args: string[]): Promise<RunResult> =>
    run([...supervisorctlCommand, "-c", file, ...args], { cwd: daemon.directory, env });
}

const PROGRAMS = `[program:web]
command = sleep 100000
[program:db]
command = sleep 100000
`;

test("a token made by hash-password may operate its group over TLS, and nothing else", async () => {
  const directory = makeDirectory();
  const port = await freePort();
  const made = await run([...supervisordCommand, "hash-password", "--token", "deploy"]);
  const token = /^; {3}(deploy\.\S+)$/m.exec(made.stdout)?.[1] ?? "";
  const section = made.stdout.slice(made.stdout.indexOf("[token")).replace("= view", "= operate");
  for (const name of ["server.pem", "server.key"]) {
    copyFileSync(fixture(name), join(directory, name));
  }
  const programs = `${PROGRAMS}[inet_http_server]
port = 127.0.0.1:${port}
certificate = ${directory}/server.pem
private_key = ${directory}/server.key
${section}groups = web
`;
  const audit = join(directory, "audit.log");
  await withDaemon({ directory, programs, daemon: `audit_log = ${audit}\n` }, async (daemon) => {
    const url = `serverurl = https://127.0.0.1:${port}\n`;
    const ca = `ca_file = ${fixture("ca.pem")}\n`;
    await daemon.untilState("db", "RUNNING");

    const deploy = clientOf(daemon, `${url}${ca}`, { SUPERVISOR_TOKEN: token });
    assert.match((await deploy("status", "web")).stdout, /^web +RUNNING/);
    assert.equal((await deploy("restart", "web")).stdout, "web: stopped\nweb: started\n");
    const refused = await deploy("stop", "db");
    assert.match(
      refused.stdout,
      /^db: ERROR \(not permitted: the role operate is needed, for db\)$/m,
    );
    assert.equal(refused.status, 1);
    assert.equal((await deploy("shutdown")).status, 1);

    const nobody = await clientOf(daemon, `${url}${ca}`)("status");
    assert.match(nobody.stdout, /^Server requires authentication$/m);
    const untrusting = await clientOf(daemon, url, { SUPERVISOR_TOKEN: token })("status");
    assert.match(untrusting.stdout, /certificate/);
    assert.notEqual(untrusting.status, 0);
    const insecure = clientOf(daemon, `${url}insecure = true\ntoken = ${token}\n`);
    assert.match((await insecure("status", "db")).stdout, /^db +RUNNING/);

    // Over the unix socket its mode decides, as ever.
    assert.equal((await daemon.ctl("stop", "db")).stdout, "db: stopped\n");
    const lines = readFileSync(audit, "utf8").trim().split("\n").map((line) => JSON.parse(line));
    const short = lines.map(({ who, action, target, result }) => [action, target, result, who]);
    const who = isOnDeno ? "anonymous" : `uid:${process.getuid?.()}`;
    assert.deepEqual(short, [
      ["supervisor.stopProcess", "web", "ok", "token:deploy"],
      ["supervisor.startProcess", "web", "ok", "token:deploy"],
      ["supervisor.stopProcess", "db", "not permitted", "token:deploy"],
      ["supervisor.shutdown", "", "not permitted", "token:deploy"],
      ["supervisor.stopProcess", "db", "ok", who],
    ]);
    assert.match(lines[0].from, /^127\.0\.0\.1:\d+$/);
    assert.equal(statSync(audit).mode & 0o777, 0o600);

    // A token that is taken away is worth nothing from the next reread on.
    writeFileSync(
      daemon.configFile,
      readFileSync(daemon.configFile, "utf8").replace("[token:deploy]", "[token:other]"),
    );
    await daemon.ctl("reread");
    assert.match((await deploy("status")).stdout, /^Server requires authentication$/m);
  });
});

test("who guesses is slowed down, and others are not", async () => {
  const port = await freePort();
  const programs = `[inet_http_server]
port = 127.0.0.1:${port}
username = bob
password = ${cheapHash("right")}
[token:watch]
hash = ${cheapHash("s")}
`;
  await withDaemon({ programs }, async () => {
    const ask = (authorization: string) =>
      fetch(`http://127.0.0.1:${port}/api/v1/daemon`, { headers: { authorization } });
    const basic = (password: string) => ask(`Basic ${btoa(`bob:${password}`)}`);
    assert.equal((await basic("right")).status, 200);
    let guesses = 0;
    let refusal = await basic(`${guesses}`);
    while (refusal.status === 401 && guesses < 50) refusal = await basic(`${++guesses}`);
    assert.equal(refusal.status, 429);
    assert.ok(Number(refusal.headers.get("retry-after")) >= 1);
    assert.equal(guesses, 11);
    assert.equal((await ask("Bearer watch.s")).status, 200);
    await until(
      "the right password to be looked at again",
      async () => (await basic("right")).status === 200,
      { everyMs: 100 },
    );
  });
});

test("a certificate whose key is another's is refused at the start, with its place", async () => {
  const directory = makeDirectory();
  const port = await freePort();
  const file = join(directory, "supervisord.conf");
  const server = (rest: string) =>
    writeFileSync(
      file,
      configText(directory, `[inet_http_server]\nport = 127.0.0.1:${port}\n${rest}`),
    );
  server(`certificate = ${fixture("server.pem")}\nprivate_key = ${fixture("second.key")}\n`);
  const line = readFileSync(file, "utf8").split("\n").findIndex((text) =>
    /^certificate/.test(text)
  );
  const mismatch = await run([...supervisordCommand, "-n", "-c", file], { cwd: directory });
  assert.equal(mismatch.status, 2);
  assert.match(mismatch.stderr, /does not belong to .*server\.pem in section \[inet_http_server\]/);
  assert.ok(mismatch.stderr.includes(`(${file}:${line + 1})`), mismatch.stderr);

  server(`certificate = /nowhere/x.pem\n`);
  const missing = await run([...supervisordCommand, "-n", "-c", file], { cwd: directory });
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /Cannot read the certificate \/nowhere\/x\.pem/);
});

test("with client_ca a certificate is needed; a host that cannot check it does not start", async () => {
  const port = await freePort();
  const directory = makeDirectory();
  const programs = `[inet_http_server]
port = 127.0.0.1:${port}
certificate = ${fixture("server.pem")}
private_key = ${fixture("server.key")}
client_ca = ${fixture("ca.pem")}
`;
  if (isFromSource && isOnDeno) {
    const file = join(directory, "supervisord.conf");
    writeFileSync(file, configText(directory, programs));
    const { status, stderr } = await run([...supervisordCommand, "-n", "-c", file]);
    assert.equal(status, 2);
    assert.match(stderr, /client_ca cannot be had on Deno/);
    return;
  }
  await withDaemon({ directory, programs }, async (daemon) => {
    const common = `serverurl = https://localhost:${port}\nca_file = ${fixture("ca.pem")}\n`;
    const own = `client_certificate = ${fixture("client.pem")}\nclient_key = ${
      fixture("client.key")
    }`;
    const strange = own.replaceAll("client.", "stranger.");
    assert.equal((await clientOf(daemon, common + own)("version")).status, 0);
    for (const settings of [common, common + strange]) {
      const { stdout, status } = await clientOf(daemon, settings)("version");
      assert.match(stdout, /^error: /);
      assert.notEqual(status, 0);
    }
  });
});

test("a server that is open to other machines says so loudly", async () => {
  const port = await freePort();
  const programs = `[inet_http_server]\nport = *:${port}\n`;
  await withDaemon({ programs }, async (daemon) => {
    const loud = await daemon.untilLogged(
      /CRIT Server 'inet_http_server' lets every machine that reaches port (\d+) start and stop/,
    );
    assert.equal(loud[1], String(port));
    assert.match(daemon.log(), /CRIT Server 'inet_http_server' running without any HTTP auth/);
  });
});
