import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ServerSpec } from "../../../src/config/types.ts";
import { StartupError } from "../../../src/daemon/host.ts";
import { IDLE_SERVER } from "../../support/idle_server.ts";
import { openServers } from "../../../src/http/listen.ts";
import type { HttpServer, ServeOptions } from "../../../src/runtime/http_types.ts";
import { SystemError } from "../../../src/runtime/system_error.ts";
import type { Runtime } from "../../../src/runtime/types.ts";

/** Just enough of a runtime: real sockets without HTTP, and what was asked of it, in order. */
class FakeRuntime {
  readonly asked: string[] = [];
  /** What the next TCP server fails with. */
  failure: Error | null = null;
  readonly pid = 4711;
  readonly system = {
    getuid: () => 0,
    umask: (mask: number): number => {
      this.asked.push(`umask ${mask.toString(8)}`);
      return 0o022;
    },
  };
  readonly users = { userById: () => null };

  async serve({ unix, hostname, port }: ServeOptions): Promise<HttpServer> {
    this.asked.push(`serve ${unix ?? `${hostname}:${port}`}`);
    if (unix === undefined && this.failure !== null) throw this.failure;
    const server: Server | null = unix === undefined ? null : createServer();
    if (unix !== undefined) {
      await new Promise<void>((resolve, reject) => {
        server?.once("error", reject);
        server?.listen({ path: unix }, resolve);
      });
    }
    return {
      ...IDLE_SERVER,
      port: port ?? 0,
      stop: async () => {
        this.asked.push(`stop ${unix ?? `${hostname}:${port}`}`);
        if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
      },
    };
  }
}

function setUp() {
  const directory = mkdtempSync(join(tmpdir(), "listen-"));
  const runtime = new FakeRuntime();
  const lines: string[] = [];
  return {
    directory,
    path: join(directory, "s.sock"),
    runtime,
    lines,
    open: (...servers: ServerSpec[]) =>
      openServers({
        servers,
        appFor: () => ({ fetch: () => new Response() }),
        runtime: runtime as unknown as Runtime,
        rpcNamespaces: ["supervisor", "other"],
        log: (level, text) => lines.push(`${level} ${text}`),
        stderr: (text) => lines.push(`stderr ${text}`),
      }),
  };
}

type SetUp = ReturnType<typeof setUp>;

async function withSetUp(body: (o: SetUp) => Promise<void>): Promise<void> {
  const o = setUp();
  try {
    await body(o);
  } finally {
    rmSync(o.directory, { recursive: true });
  }
}

function unix(path: string, mode = 0o700): ServerSpec {
  const address = { kind: "unix", path, mode, owner: null } as const;
  return { section: "unix_http_server", address, credentials: null };
}

function inet(port: number): ServerSpec {
  const address = { kind: "inet", host: "127.0.0.1", port } as const;
  const credentials = { username: "u", password: "p" };
  return { section: "inet_http_server", address, credentials };
}

test("servers are opened in order, and each says what it is", async () => {
  await withSetUp(async ({ open, path, runtime, lines }) => {
    const servers = await open(inet(9001), unix(path));
    assert.deepEqual(runtime.asked, [
      "serve 127.0.0.1:9001",
      "umask 177",
      `serve ${path}.4711`,
      "umask 22",
    ]);
    assert.deepEqual(lines, [
      "info RPC interface 'supervisor' initialized",
      "info RPC interface 'other' initialized",
      "info RPC interface 'supervisor' initialized",
      "info RPC interface 'other' initialized",
      "critical Server 'unix_http_server' running without any HTTP authentication checking",
    ]);
    await servers.close();
  });
});

for (const mode of [0o700, 0o766, 0o600]) {
  test(`a socket appears with mode ${mode.toString(8)}, alone, and goes with its server`, async () => {
    await withSetUp(async ({ open, path, directory }) => {
      const servers = await open(unix(path, mode));
      const stat = lstatSync(path);
      assert.ok(stat.isSocket());
      assert.equal((stat.mode & 0o7777).toString(8), mode.toString(8));
      assert.deepEqual(readdirSync(directory), ["s.sock"]);
      await servers.close();
      assert.deepEqual(readdirSync(directory), []);
    });
  });
}

/** A socket file that nobody listens at. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ path }, resolve));
  // Closing removes the file by its name; under another one it stays.
  renameSync(path, `${path}.kept`);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  renameSync(`${path}.kept`, path);
}

test("a stale socket is replaced, and stderr says so", async () => {
  await withSetUp(async ({ open, path, lines }) => {
    await leaveSocket(path);
    const servers = await open(unix(path));
    assert.equal(lines[0], `stderr Unlinking stale socket ${path}\n`);
    assert.ok(lstatSync(path).isSocket());
    await servers.close();
    assert.ok(!existsSync(path));
  });
});

test("a regular file in the way is replaced as well, a directory is not", async () => {
  await withSetUp(async ({ open, path, directory }) => {
    writeFileSync(path, "x");
    const servers = await open(unix(path));
    await servers.close();
    mkdirSync(path);
    await assert.rejects(
      open(unix(path)),
      new StartupError(
        "Cannot open an HTTP server: socket.error reported errno.EISDIR (21)",
      ),
    );
    assert.deepEqual(readdirSync(directory), ["s.sock"]);
  });
});

test("a socket that somebody listens at is left alone", async () => {
  await withSetUp(async ({ open, path, directory, lines }) => {
    const first = await open(unix(path));
    await assert.rejects(
      open(unix(path)),
      (error) =>
        error instanceof StartupError && error.exitStatus === 2 &&
        error.message.startsWith("Another program is already listening on a port"),
    );
    assert.ok(!lines.some((line) => line.startsWith("stderr")));
    assert.deepEqual(readdirSync(directory), ["s.sock"]);
    await first.close();
    assert.ok(!existsSync(path));
  });
});

test("a socket that another one put in the place of ours is not removed", async () => {
  await withSetUp(async ({ open, path }) => {
    const servers = await open(unix(path));
    rmSync(path);
    writeFileSync(path, "theirs");
    await servers.close();
    assert.ok(lstatSync(path).isFile());
  });
});

const FAILURES: readonly [code: string, number: number, text: string][] = [
  [
    "EADDRINUSE",
    98,
    "Another program is already listening on a port that one of our HTTP servers is configured " +
    "to use.  Shut this program down first before starting supervisord.",
  ],
  ["EACCES", 13, "Cannot open an HTTP server: socket.error reported errno.EACCES (13)"],
  ["ENOTFOUND", 0, "Cannot open an HTTP server: socket.error reported -2"],
];
for (const [code, number, text] of FAILURES) {
  test(`${code} is told in the words of the reference, and nothing stays open`, async () => {
    await withSetUp(async ({ open, path, runtime, directory }) => {
      runtime.failure = new SystemError(code, number, "listen");
      await assert.rejects(open(unix(path), inet(9001)), new StartupError(text));
      assert.deepEqual(runtime.asked.at(-1), `stop ${path}.4711`);
      assert.deepEqual(readdirSync(directory), []);
    });
  });
}

test("a socket in a directory that does not exist is ENOENT", async () => {
  await withSetUp(async ({ open, directory }) => {
    await assert.rejects(open(unix(join(directory, "no", "s.sock"))), StartupError);
  });
});

test("an error that is none of the system's is not dressed up as one", async () => {
  await withSetUp(async ({ open, runtime }) => {
    const defect = new TypeError("a defect");
    runtime.failure = defect;
    await assert.rejects(open(inet(9001)), defect);
  });
});
