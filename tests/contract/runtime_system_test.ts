import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { hostname, tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { SystemError } from "../../src/runtime/system_error.ts";
import {
  exitOf,
  PROGRAM_ENV,
  programCommand,
  readBytes,
  request,
  run,
  runtime,
  shell,
  testAsOther,
  testAsRoot,
  until,
} from "./children.ts";

const { system, users } = runtime;

function directory(): string {
  return mkdtempSync(`${tmpdir()}/runtime-contract-`);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

test("the runtime knows itself", () => {
  assert.equal(runtime.pid, process.pid);
  assert.match(runtime.version, /^\d+\.\d+\.\d+/);
  assert.equal(system.hostName(), hostname());
  assert.equal(runtime.selfCommand[0], process.execPath);
  assert.equal(system.getuid(), process.getuid?.());
  assert.equal(system.getgid(), process.getgid?.());
});

test("the monotonic clock is the kernel's own, so that it survives a new program text", () => {
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
  // The uptime also counts the time a machine was suspended; it never lags behind.
  assert.ok(runtime.clock.monotonic() < uptime + 1000);
  const earlier = runtime.clock.monotonic();
  assert.ok(runtime.clock.monotonic() >= earlier);
});

// Spelled out, so that no zone files are needed.
const ZONES: readonly (readonly [zone: string, minutes: readonly number[]])[] = [
  ["UTC0", [0, 0, 0]],
  ["IST-5:30", [330, 330, 330]],
  ["EST5EDT,M3.2.0,M11.1.0", [-300, -240, -240]],
];
for (const [zone, minutes] of ZONES) {
  test(`local time is what the C library makes of TZ=${zone}`, async () => {
    const { stdout, status } = await run(programCommand("local_time.ts"), {
      env: { ...PROGRAM_ENV, TZ: zone },
    });
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), minutes);
  });
}

test("after() calls back once, and not at all when it was cancelled or is never due", async () => {
  let calls = 0;
  const cancel = runtime.clock.after(1, () => void (calls += 100));
  cancel();
  const cancelFar = runtime.clock.after(1e12, () => void (calls += 100));
  const cancelNever = runtime.clock.after(Infinity, () => void (calls += 100));
  await new Promise<void>((resolve) =>
    runtime.clock.after(5, () => {
      calls++;
      resolve();
    })
  );
  cancelFar();
  cancelNever();
  assert.equal(calls, 1);
});

test("kill() says which error", () => {
  system.kill(process.pid, 0);
  assert.throws(
    () => system.kill(2 ** 22 + 1, 0),
    (error: unknown) =>
      error instanceof SystemError && error.code === "ESRCH" && error.call === "kill",
  );
});

test("kill() of a negative pid reaches the whole group", async () => {
  const result = runtime.spawn(
    request(["/bin/sh", "-c", "sleep 60 & sleep 60 & wait"], [0, 1, 2]),
  );
  assert.ok(result.ok);
  await until("both are running", () => membersOf(result.pid) === 3);
  system.kill(-result.pid, 9);
  assert.equal(await exitOf(result.pid), 9);
  await until("the group is empty", () => {
    try {
      system.kill(-result.pid, 0);
      return false;
    } catch {
      return true;
    }
  });
});

function membersOf(group: number): number {
  const children = readFileSync(`/proc/${group}/task/${group}/children`, "utf8");
  return 1 + children.split(" ").filter((pid) => pid !== "").length;
}

test("limits are read and lowered, and children inherit them", async () => {
  const before = system.getLimit("nofile");
  assert.ok(before.soft <= before.hard);
  system.setLimit("nofile", { soft: 777, hard: before.hard });
  try {
    assert.equal(system.getLimit("nofile").soft, 777);
    assert.equal((await shell("ulimit -Sn")).stdout, "777\n");
  } finally {
    system.setLimit("nofile", before);
  }
  assert.deepEqual(system.getLimit("nofile"), before);
});

test("limits agree with what the kernel shows", async () => {
  const { stdout } = await shell("cat /proc/self/limits");
  const hard = (title: string) => stdout.match(new RegExp(`^${title} +\\S+ +(\\S+)`, "m"))?.[1];
  const text = (value: number) => value === Infinity ? "unlimited" : String(value);
  assert.equal(text(system.getLimit("nproc").hard), hard("Max processes"));
  assert.equal(text(system.getLimit("nofile").hard), hard("Max open files"));
});

testAsOther("a limit above the hard one is refused", () => {
  const { hard } = system.getLimit("nofile");
  assert.throws(() => system.setLimit("nofile", { soft: hard + 1, hard: hard + 1 }), {
    code: "EPERM",
  });
});

test("umask() gives back the one before", () => {
  const before = system.umask(0o077);
  assert.equal(system.umask(before), 0o077);
});

testAsOther("becoming another user without the right to is refused", () => {
  assert.throws(() => system.become({ uid: 0, gid: 0, groups: [0] }), { code: "EPERM" });
});

testAsRoot("become() changes every thread, for good", async () => {
  const { stdout, status } = await run(programCommand("become_program.ts"), { env: PROGRAM_ENV });
  assert.equal(status, 0);
  const { identities, spawned } = JSON.parse(stdout);
  const expected = [
    "Uid:\t65534\t65534\t65534\t65534",
    "Gid:\t65534\t65534\t65534\t65534",
    "Groups:\t4 65534",
  ];
  assert.ok(identities.length > 1, "there should be more than one thread");
  for (const identity of identities) assert.deepEqual(identity, expected);
  assert.deepEqual(spawned, { ok: false, step: "credentials", code: "EPERM" });
});

test("dup2() makes a copy that stays open in children, also onto itself", async () => {
  const pipe = runtime.pipe();
  const flags = (fd: number) => {
    const text = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
    return parseInt(text.match(/flags:\s*(\d+)/)?.[1] ?? "", 8) & 0o2000000;
  };
  assert.notEqual(flags(pipe.read), 0);
  const target = 200;
  system.dup2(pipe.read, target);
  assert.equal(readlinkSync(`/proc/self/fd/${target}`), readlinkSync(`/proc/self/fd/${pipe.read}`));
  assert.equal(flags(target), 0);
  const { stdout } = await shell("ls /proc/$$/fd; true");
  assert.ok(stdout.split("\n").includes(String(target)));
  system.setCloseOnExec(target, true);
  system.dup2(target, target);
  assert.equal(flags(target), 0);
  system.closeOnExecFrom(3);
  assert.notEqual(flags(target), 0);
  [pipe.read, pipe.write, target].forEach(runtime.closeFd);
  assert.throws(() => system.dup2(pipe.read, target), { code: "EBADF" });
});

test("listen() on a unix path gives a socket that a child can accept from", async () => {
  const place = directory();
  const fd = system.listen({ unix: `${place}/fcgi.sock`, backlog: 16 });
  assert.ok(statSync(`${place}/fcgi.sock`).isSocket());
  assert.match(readlinkSync(`/proc/self/fd/${fd}`), /^socket:/);
  assert.throws(() => system.listen({ unix: `${place}/fcgi.sock`, backlog: 16 }), {
    code: "EADDRINUSE",
  });
  await canConnect({ path: `${place}/fcgi.sock` });
  runtime.closeFd(fd);
  rmSync(place, { recursive: true });
});

test("listen() on an address reuses it at once, and says when it is taken", async () => {
  const first = system.listen({ host: "localhost", port: 0, backlog: 16 });
  const port = portOf(first);
  await canConnect({ host: "127.0.0.1", port });
  assert.throws(() => system.listen({ host: "127.0.0.1", port, backlog: 16 }), {
    code: "EADDRINUSE",
  });
  runtime.closeFd(first);
  runtime.closeFd(system.listen({ host: "127.0.0.1", port, backlog: 16 }));
});

/** The local port of a listening socket, from /proc/net/tcp by its inode. */
function portOf(fd: number): number {
  const inode = readlinkSync(`/proc/self/fd/${fd}`).match(/\d+/)?.[0] ?? "";
  const line = readFileSync("/proc/net/tcp", "utf8").split("\n")
    .find((line) => line.trim().split(/\s+/)[9] === inode);
  return parseInt(line?.match(/:([0-9A-F]{4}) /)?.[1] ?? "", 16);
}

function canConnect(where: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(where, () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
  });
}

const LISTEN_FAILURES: [string, Parameters<typeof system.listen>[0], string][] = [
  ["a path that is too long", { unix: `/tmp/${"x".repeat(120)}`, backlog: 1 }, "ENAMETOOLONG"],
  ["a missing directory", { unix: "/no/such/socket", backlog: 1 }, "ENOENT"],
  ["an unknown host", { host: "no-such-host.invalid", port: 1, backlog: 1 }, "ENOTFOUND"],
  ["an address of another machine", { host: "192.0.2.1", port: 1, backlog: 1 }, "EADDRNOTAVAIL"],
];

for (const [title, address, code] of LISTEN_FAILURES) {
  test(`listen() on ${title} fails with ${code}`, () => {
    assert.throws(() => system.listen(address), { name: "SystemError", code });
  });
}

test("syslog() without a syslog daemon is silent", () => {
  system.syslog("supervisord", 14, "text");
});

test("the user database finds by name and by number, and knows all groups", async () => {
  const root = users.userByName("root");
  const { stdout } = await shell("awk -F: '$1 == \"root\" { print $7 }' /etc/passwd");
  const expected = { name: "root", uid: 0, gid: 0, home: "/root", shell: stdout.trim() };
  assert.deepEqual(root, expected);
  assert.deepEqual(users.userById(0), root);
  assert.equal(users.groupByName("root")?.gid, 0);
  assert.equal(users.groupById(0)?.name, "root");
  assert.equal(users.userByName("no-such-user"), null);
  assert.equal(users.userById(4_000_000_000), null);
  assert.equal(users.groupByName("no-such-group"), null);
  assert.equal(users.groupById(4_000_000_000), null);
});

test("groupsOf() agrees with id(1), the primary group first", async () => {
  for (const name of ["root", "daemon", "nobody"]) {
    const user = users.userByName(name);
    if (user === null) continue;
    const { stdout } = await shell(`id -G ${name}`);
    const groups = users.groupsOf(user);
    assert.equal(groups[0], user.gid);
    assert.deepEqual([...groups].sort(), stdout.trim().split(" ").map(Number).sort());
  }
});

test("a signal handler is called on the event loop until it is taken back", async () => {
  let calls = 0;
  const remove = runtime.onSignal("SIGUSR2", () => void calls++);
  system.kill(process.pid, 12);
  assert.equal(calls, 0);
  await until("the signal arrived", () => calls === 1);
  const keep = runtime.onSignal("SIGUSR2", () => {});
  remove();
  remove();
  system.kill(process.pid, 12);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(calls, 1);
  keep();
});

test("execve() keeps pid, children, pipes and signals in flight", async () => {
  const argv = programCommand("replace_program.ts");
  const [output, input] = [runtime.pipe(), runtime.pipe()];
  const result = runtime.spawn(request(argv, [input.read, output.write, 2], {
    env: PROGRAM_ENV,
  }));
  assert.ok(result.ok);
  [input.read, input.write, output.write].forEach(runtime.closeFd);
  const said = decode(await readBytes(output.read)).split("\n");
  assert.equal(await exitOf(result.pid), 0);
  const numbers = Array.from({ length: 50 }, (_, i) => String(i + 1));
  assert.deepEqual(said, ["refused", `${result.pid} true ${7 << 8}`, ...numbers, ""]);
});

const ANSWER = () => new Response("ok");

test("serve() on a unix path and on an address answers and tells who asks", async () => {
  const place = directory();
  const fetchHandler = (request: Request, info: { remoteAddress: string; remotePort: number }) =>
    Response.json([request.method, info.remoteAddress, info.remotePort > 0]);
  const unix = await runtime.serve({ unix: `${place}/s`, maxBodyBytes: 1000, fetch: fetchHandler });
  const tcp = await runtime.serve({
    hostname: "127.0.0.1",
    port: 0,
    maxBodyBytes: 1000,
    fetch: fetchHandler,
  });
  assert.equal(unix.port, 0);
  assert.ok(tcp.port > 0);
  assert.equal(bodyOf(await ask({ path: `${place}/s` }, GET)), '["GET","",false]');
  assert.equal(
    bodyOf(await ask({ host: "127.0.0.1", port: tcp.port }, GET)),
    '["GET","127.0.0.1",true]',
  );
  await Promise.all([unix.stop(), tcp.stop()]);
  assert.equal(existsSync(`${place}/s`), false);
  rmSync(place, { recursive: true });
});

const GET = "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";

interface Client {
  readonly socket: Socket;
  received: string;
  closed: boolean;
}

function open(
  where: { path: string } | { host: string; port: number },
  text: string,
): Promise<Client> {
  return new Promise((resolve, reject) => {
    const socket = connect(where, () => {
      const client: Client = { socket, received: "", closed: false };
      socket.on("data", (chunk) => void (client.received += chunk.toString()));
      socket.on("close", () => void (client.closed = true));
      socket.write(text);
      resolve(client);
    });
    socket.on("error", reject);
  });
}

async function ask(
  where: { path: string } | { host: string; port: number },
  text: string,
): Promise<string> {
  const client = await open(where, text);
  await until("the server is done", () => client.closed);
  return client.received;
}

function bodyOf(response: string): string {
  const body = response.slice(response.indexOf("\r\n\r\n") + 4);
  return body.match(/^[0-9a-f]+\r\n(.*)\r\n0\r\n\r\n$/s)?.[1] ?? body;
}

test("serve() says what is wrong with a place", async () => {
  const place = directory();
  const listening = await runtime.serve({ unix: `${place}/s`, maxBodyBytes: 1, fetch: ANSWER });
  const tcp = await runtime.serve({
    hostname: "127.0.0.1",
    port: 0,
    maxBodyBytes: 1,
    fetch: ANSWER,
  });
  const cases: [Omit<Parameters<typeof runtime.serve>[0], "fetch" | "maxBodyBytes">, string][] = [
    [{ unix: `${place}/s` }, "EADDRINUSE"],
    [{ unix: `${place}/no/s` }, "ENOENT"],
    [{ unix: `${place}/${"x".repeat(110)}` }, "ENAMETOOLONG"],
    [{ hostname: "127.0.0.1", port: tcp.port }, "EADDRINUSE"],
    [{ hostname: "no-such-host.invalid", port: 0 }, "ENOTFOUND"],
    [{ hostname: "192.0.2.1", port: 0 }, "EADDRNOTAVAIL"],
  ];
  for (const [where, code] of cases) {
    await assert.rejects(() => runtime.serve({ ...where, maxBodyBytes: 1, fetch: ANSWER }), {
      name: "SystemError",
      code,
    });
  }
  void listening.stop();
  void tcp.stop();
  rmSync(place, { recursive: true, force: true });
});

test("an empty host name means every IPv4 interface", async () => {
  const server = await runtime.serve({ hostname: "", port: 0, maxBodyBytes: 1, fetch: ANSWER });
  assert.equal(bodyOf(await ask({ host: "127.0.0.1", port: server.port }, GET)), "ok");
  await server.stop();
});

/** Runs `action` against a server on a unix socket. */
async function withServer(
  fetch: (request: Request) => Response | Promise<Response>,
  action: (where: { path: string }) => Promise<void>,
): Promise<void> {
  const place = directory();
  const server = await runtime.serve({ unix: `${place}/s`, maxBodyBytes: 1000, fetch });
  try {
    await action({ path: `${place}/s` });
  } finally {
    await server.stop();
    rmSync(place, { recursive: true });
  }
}

for (const kind of ["thrown", "rejected"]) {
  test(`an error ${kind} by a handler is a plain 500 without its text`, async () => {
    const fail = () => {
      const error = new Error("secret detail");
      if (kind === "thrown") throw error;
      return Promise.reject(error);
    };
    await withServer(fail, async (where) => {
      const response = await ask(where, GET);
      assert.match(response, /^HTTP\/1.1 500 /);
      assert.equal(bodyOf(response), "Internal Server Error");
    });
  });
}

const BODY = "x".repeat(1001);
const BODIES: [string, string, string][] = [
  ["an announced body that fits", `Content-Length: 1000\r\n\r\n${BODY.slice(1)}`, "200"],
  ["an announced body that does not", `Content-Length: 1001\r\n\r\n${BODY}`, "413"],
  ["a chunked body", `Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`, "411"],
];

for (const [title, rest, status] of BODIES) {
  test(`${title} is answered ${status}`, async () => {
    const echoLength = async (request: Request) => new Response(`${(await request.text()).length}`);
    await withServer(echoLength, async (where) => {
      const client = await open(where, `POST / HTTP/1.1\r\nHost: t\r\n${rest}`);
      await until("there is an answer", () => client.received.includes("\r\n\r\n"));
      assert.equal(client.received.split(" ")[1], status);
      client.socket.destroy();
    });
  });
}

test("a streamed answer goes out as it comes, and is cancelled when the client goes away", async () => {
  let cancelled = 0;
  const stream = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
        cancel: () => void cancelled++,
      }),
    );
  await withServer(stream, async (where) => {
    const client = await open(where, GET);
    await until("the first bytes are here", () => client.received.includes("first"));
    assert.equal(cancelled, 0);
    client.socket.destroy();
    await until("the stream is cancelled", () => cancelled === 1);
  });
});

test("a client that does not read holds its stream back", async () => {
  let pulls = 0;
  const block = new Uint8Array(64 * 1024);
  const endless = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => {
          pulls++;
          controller.enqueue(block);
        },
      }),
    );
  await withServer(endless, async (where) => {
    const client = await open(where, GET);
    client.socket.pause();
    let before = -1;
    await until("no more is asked for", () => {
      const same = before === pulls && pulls > 0;
      before = pulls;
      return same;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(pulls < 200, `${pulls} blocks were taken for nobody`);
    client.socket.destroy();
  });
});

test("stop() ends answers in the middle, and nobody is let in after it", async () => {
  const place = directory();
  let cancelled = 0;
  const server = await runtime.serve({
    unix: `${place}/s`,
    maxBodyBytes: 1,
    fetch: () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
          cancel: () => void cancelled++,
        }),
      ),
  });
  const client = await open({ path: `${place}/s` }, GET);
  await until("the first bytes are here", () => client.received.includes("first"));
  await server.stop();
  await until("the connection is closed", () => client.closed);
  await until("the stream is cancelled", () => cancelled === 1);
  await assert.rejects(open({ path: `${place}/s` }, GET));
  rmSync(place, { recursive: true });
});

for (
  const [title, head] of [
    ["an empty Host, as Python's supervisorctl sends it on a unix socket", "Host: \r\n"],
    ["no Host at all", ""],
  ] as const
) {
  test(`serve() answers a request with ${title}`, async () => {
    const place = directory();
    const server = await runtime.serve({ unix: `${place}/s`, maxBodyBytes: 1000, fetch: ANSWER });
    const text = `GET / HTTP/1.1\r\n${head}Connection: close\r\n\r\n`;
    const answer = await ask({ path: `${place}/s` }, text);
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.equal(bodyOf(answer), "ok");
    await server.stop();
    rmSync(place, { recursive: true });
  });
}
