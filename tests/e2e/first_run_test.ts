/** What people meet first: no daemon, another socket, a wrong password, and what is said to do. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../support/run.ts";
import {
  configText,
  makeDirectory,
  supervisorctlCommand,
  supervisordCommand,
  TestDaemon,
} from "../support/start_daemon.ts";

const doctor = (configFile: string, ...words: string[]) =>
  run([...supervisorctlCommand, "-c", configFile, ...words, "doctor"]);

/** On a terminal of its own: both outputs come together. */
async function onTerminal(words: readonly string[]): Promise<string> {
  const command = words.map((word) => `'${word}'`).join(" ");
  return (await run(["script", "-qec", command, "/dev/null"])).stdout.replaceAll("\r", "");
}

test("the doctor finds nothing wrong with a daemon that runs, and something without it", async () => {
  const directory = makeDirectory();
  const daemon = await TestDaemon.start({
    directory,
    programs: "[program:a]\ncommand = sleep 600\n",
  });
  const configFile = daemon.configFile;
  try {
    const healthy = await doctor(configFile);
    assert.equal(healthy.status, 0, healthy.stdout);
    assert.match(healthy.stdout, /^ok +daemon +pid \d+ answers at unix:.*state RUNNING$/m);
    assert.match(healthy.stdout, /^ok +processes +1 processes, none of them failing$/m);
    const { findings } = JSON.parse((await doctor(configFile, "--json")).stdout);
    assert.equal(findings.find(({ what }: { what: string }) => what === "version")?.level, "ok");
  } finally {
    await daemon.stop();
  }
  try {
    writeFileSync(configFile, configText(directory, ""));
    const ill = await doctor(configFile);
    assert.equal(ill.status, 1);
    assert.match(
      ill.stdout,
      /^FAIL +daemon +unix:.*: there is no such socket\n(.*\n)* +-> .*supervisord -c /m,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("the doctor looks at a file that supervisorctl cannot use", async () => {
  const directory = makeDirectory();
  try {
    const file = join(directory, "s.conf");
    writeFileSync(file, "[supervisord]\n");
    const { status, stdout } = await doctor(file);
    assert.equal(status, 1);
    assert.match(stdout, /^FAIL +configuration .*supervisorctl section\n +-> .*serverurl = /m);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("on a terminal a failed action is followed by what to do, and nowhere else", async () => {
  const directory = makeDirectory();
  try {
    const file = join(directory, "s.conf");
    writeFileSync(file, configText(directory, ""));
    const action = [...supervisorctlCommand, "-c", file, "status"];
    const line = `unix://${directory}/supervisor.sock no such file\n`;
    const piped = await run(action);
    assert.deepEqual([piped.stdout, piped.stderr, piped.status], [line, "", 4]);
    const seen = await onTerminal(action);
    assert.ok(seen.startsWith(`${line}  supervisorctl read ${file}\n`), seen);
    assert.match(seen, /supervisord -c /);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("on a terminal a start that failed is followed by what to do, and nowhere else", async () => {
  const directory = makeDirectory();
  const missing = join(directory, "missing.conf");
  const daemon = await TestDaemon.start({ directory });
  try {
    const start = [...supervisordCommand, "-c", missing];
    const piped = await run(start);
    assert.match(piped.stderr, /^Error: could not find config file .*\nFor help, use .* -h\n$/);
    const seen = await onTerminal(start);
    assert.ok(seen.startsWith(piped.stderr), seen);
    assert.match(seen, /\n {2}echo_supervisord_conf > /);

    // In the background it is another process that fails.
    writeFileSync(missing, configText(directory, "").replace("nodaemon = true", ""));
    const second = await onTerminal(start);
    assert.match(second, /^Error: Another program is already listening .*\n.*\n {2}\[inet_http/);
    const again = await onTerminal([...supervisordCommand, "-n", "-c", daemon.configFile]);
    assert.match(again, new RegExp(`\\n  a supervisord runs with .* pid ${daemon.pid}: `));

    const unknown = [...supervisorctlCommand, "-c", daemon.configFile, "statsu"];
    assert.equal((await run(unknown)).stdout, "*** Unknown syntax: statsu\n");
    assert.match(await onTerminal(unknown), /\n {2}did you mean status\?/);
    await daemon.stop();
  } finally {
    await daemon.dispose();
    rmSync(directory, { recursive: true, force: true });
  }
});

test("a wrong password is told apart from none", async () => {
  const directory = makeDirectory();
  const server = `unix://${directory}/locked.sock`;
  const daemon = await TestDaemon.start({
    directory,
    programs: `[unix_http_server:locked]\nfile = ${directory}/locked.sock\n` +
      "username = u\npassword = p\n",
  });
  const ask = (...words: string[]) =>
    doctor(daemon.configFile, "-s", server, ...words).then(({ stdout }) => stdout);
  try {
    assert.match(await ask(), /^FAIL +daemon .* asks for a user name and a password$/m);
    assert.match(await ask("-u", "u", "-p", "q"), /^FAIL +daemon .* does not accept these/m);
    assert.match(await ask("-u", "u", "-p", "p"), /^ok +daemon /m);
  } finally {
    await daemon.stop();
    rmSync(directory, { recursive: true, force: true });
  }
});
