import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerSpec, TokenSpec } from "../../../../src/config/types.ts";
import type { AuditEntry } from "../../../../src/http/access/audit.ts";
import { type Admission, anonymousRole, Gate } from "../../../../src/http/access/gate.ts";
import type { Need } from "../../../../src/rpc/permissions.ts";
import { basic } from "../../../support/app.ts";
import { cheapHash } from "../../../support/cheap_hash.ts";
import { FakeDaemon } from "../../../support/fake_daemon.ts";

const INET: ServerSpec = {
  section: "inet_http_server",
  address: { kind: "inet", host: "127.0.0.1", port: 9001 },
  credentials: null,
};
const UNIX: ServerSpec = {
  section: "unix_http_server",
  address: { kind: "unix", path: "/s", mode: 0o700, owner: null },
  credentials: null,
};
const VIEW: Need = { kind: "view" };
const ADMIN: Need = { kind: "admin" };
const onGroups = (...groups: string[]): Need => ({ kind: "operate", groups });

const secretHash = cheapHash("s3cret");

function token(overrides: Partial<TokenSpec> = {}): TokenSpec {
  return { name: "deploy", hash: secretHash, role: "operate", groups: ["web"], ...overrides };
}

function setUp(server: ServerSpec, tokens: readonly TokenSpec[] = [token()]) {
  const daemon = new FakeDaemon([]);
  const entries: AuditEntry[] = [];
  const settings = { tokens };
  const gate = new Gate({
    daemon: {
      clock: daemon.clock,
      statistics: daemon.statistics,
      get config() {
        const { tokens } = settings;
        return tokens.length === 0 ? daemon.config : { ...daemon.config, tokens };
      },
    },
    server,
    audit: { note: (entry) => void entries.push(entry) },
    peerOf: () => ({ pid: 77, uid: 1000, gid: 1000 }),
  });
  const ask = async (authorization: string | null, path = "/RPC2", address = "192.0.2.7") => {
    const headers: Record<string, string> = authorization === null ? {} : { authorization };
    const caller = server.address.kind === "unix" ? { fd: 5 } : {
      remoteAddress: address,
      remotePort: 50000,
    };
    return await gate.admit(new Request(`http://h${path}`, { headers }), caller);
  };
  return { daemon, entries, settings, ask };
}

function statusOf(admission: Admission): number {
  return admission instanceof Response ? admission.status : 200;
}

test("a token is let in by its name and secret, as Bearer or as user name and password", async () => {
  const { ask } = setUp(INET);
  for (
    const header of ["Bearer deploy.s3cret", "bearer  deploy.s3cret ", basic("deploy", "s3cret")]
  ) {
    const admission = await ask(header);
    assert.ok(!(admission instanceof Response), header);
    assert.equal(admission.permits(onGroups("web")), true);
    assert.equal(admission.permits(onGroups("web", "db")), false);
    assert.equal(admission.permits({ kind: "operate", groups: "all" }), false);
    assert.equal(admission.permits(VIEW), true);
    assert.equal(admission.permits(ADMIN), false);
  }
});

for (
  const header of [
    null,
    "Bearer",
    "Bearer deploy",
    "Bearer deploy.",
    "Bearer deploy.S3cret",
    "Bearer other.s3cret",
    "Bearer .s3cret",
    "Bearer s3cret",
    basic("deploy", ""),
    basic("", "s3cret"),
    "Digest deploy.s3cret",
  ]
) {
  test(`${JSON.stringify(header)} is no token`, async () => {
    const { ask } = setUp(INET);
    assert.equal(statusOf(await ask(header)), 401);
  });
}

test("a token that was taken out of the configuration is worth nothing from then on", async () => {
  const { ask, settings } = setUp(INET);
  assert.equal(statusOf(await ask("Bearer deploy.s3cret")), 200);
  settings.tokens = [token({ name: "other" })];
  assert.equal(statusOf(await ask("Bearer deploy.s3cret")), 401);
  settings.tokens = [token({ role: "view", groups: null })];
  const admission = await ask("Bearer deploy.s3cret");
  assert.ok(!(admission instanceof Response));
  assert.equal(admission.permits(onGroups("web")), false);
});

test("a password may be a scrypt hash, and its user may do everything", async () => {
  const { ask } = setUp({ ...INET, credentials: { username: "bob", password: secretHash } }, []);
  const admission = await ask(basic("bob", "s3cret"));
  assert.ok(!(admission instanceof Response));
  assert.equal(admission.permits(ADMIN), true);
  assert.equal(statusOf(await ask(basic("bob", secretHash))), 401);
  assert.equal(statusOf(await ask(basic("bob", "wrong"))), 401);
  assert.equal(statusOf(await ask(null)), 401);
});

test("a hundred requests with one token wait for one hash", async () => {
  const { ask } = setUp(INET);
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask("Bearer deploy.s3cret")));
  assert.deepEqual([...new Set(answers.map(statusOf))], [200]);
});

test("more guesses at once than can be checked are put off, not queued without end", async () => {
  const { ask } = setUp(INET);
  const answers = await Promise.all(
    Array.from(
      { length: 40 },
      (_, i) => ask(`Bearer deploy.guess${i}`, "/api/v1/daemon", `10.0.0.${i}`),
    ),
  );
  const statuses = answers.map(statusOf);
  assert.equal(statuses.filter((status) => status === 401).length, 16);
  assert.equal(statuses.filter((status) => status === 429).length, 24);
});

test("who has been wrong too often is not looked at, also when right, and let in later", async () => {
  const { ask, daemon, entries } = setUp({
    ...INET,
    credentials: { username: "bob", password: "right" },
  });
  for (let i = 0; i < 11; i++) assert.equal(statusOf(await ask(basic("bob", `${i}`))), 401);
  assert.equal(entries.length, 11);

  const overRpc = await ask(basic("bob", "right")) as Response;
  assert.equal(overRpc.status, 401);
  assert.equal(overRpc.headers.get("retry-after"), "1");
  const overApi = await ask(basic("bob", "right"), "/api/v1/processes") as Response;
  assert.equal(overApi.status, 429);
  assert.equal(overApi.headers.get("retry-after"), "1");
  assert.equal((await overApi.json()).code, "TOO_MANY_REQUESTS");

  // Neither others from there nor the same from elsewhere are concerned.
  assert.equal(statusOf(await ask("Bearer deploy.s3cret")), 200);
  assert.equal(statusOf(await ask(basic("bob", "right"), "/RPC2", "192.0.2.8")), 200);
  daemon.clock.advance(1000);
  assert.equal(statusOf(await ask(basic("bob", "right"))), 200);
  assert.equal(entries.length, 11);
  assert.deepEqual(daemon.statistics.logins.get("inet_http_server"), { failed: 11, throttled: 2 });
});

test("a token that is right does not make room for guesses at a password", async () => {
  const { ask } = setUp({ ...INET, credentials: { username: "bob", password: "right" } });
  for (let i = 0; i < 11; i++) {
    await ask(basic("bob", `${i}`));
    await ask("Bearer deploy.s3cret");
  }
  const refused = await ask(basic("bob", "right")) as Response;
  assert.equal(refused.headers.get("retry-after"), "1");
});

test("what is done is noted with who, from where and on which server", async () => {
  const { ask, entries } = setUp(INET);
  const admission = await ask("Bearer deploy.s3cret");
  assert.ok(!(admission instanceof Response));
  admission.note({ by: "xmlrpc", action: "supervisor.stopProcess", target: "web" }, "ok");
  await ask("Bearer deploy.wrong");
  assert.deepEqual(entries, [
    {
      who: "token:deploy",
      from: "192.0.2.7:50000",
      server: "inet_http_server",
      interface: "xmlrpc",
      action: "supervisor.stopProcess",
      target: "web",
      result: "ok",
    },
    {
      who: "anonymous",
      from: "192.0.2.7:50000",
      server: "inet_http_server",
      interface: "login",
      action: "login",
      target: "",
      result: "refused",
    },
  ]);
});

test("where nobody has to show anything, a name that is not known here is no failed login", async () => {
  const { ask, entries } = setUp(UNIX);
  assert.equal(statusOf(await ask(basic("chris", "123"))), 200);
  assert.equal(entries.length, 0);
  assert.equal(statusOf(await ask(basic("deploy", "wrong"))), 401);
  const withUser = setUp({ ...UNIX, credentials: { username: "a", password: "b" } });
  assert.equal(statusOf(await withUser.ask(basic("chris", "123"))), 401);
});

test("whatever stands in the header, it is let in or refused, and nothing breaks", async () => {
  const { ask } = setUp(INET);
  let seed = 20261123;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return Math.floor(seed / 0x10000) % below;
  };
  const pieces = [
    "Basic",
    "Bearer",
    " ",
    "\t",
    "=",
    ":",
    ".",
    "deploy",
    "s3cret",
    "ZGVw",
    "ÿ",
    "\x00",
  ];
  for (let i = 0; i < 2000; i++) {
    const header = Array.from({ length: random(8) }, () => pieces[random(pieces.length)]).join("");
    let status;
    try {
      status = statusOf(await ask(header, "/RPC2", `10.0.${i >> 8}.${i & 255}`));
    } catch (error) {
      // What is no header at all never comes so far.
      if (error instanceof TypeError) continue;
      throw error;
    }
    const isRight = /^[ \t]*Bearer[ \t]+deploy\.s3cret=*[ \t]*$/.test(header);
    assert.ok(status === 401 || (status === 200 && isRight), JSON.stringify(header));
  }
});

test("over a unix socket the system says who it was", async () => {
  const { ask, entries } = setUp(UNIX);
  const admission = await ask(null);
  assert.ok(!(admission instanceof Response));
  admission.note({ by: "page", action: "stop", target: "web" }, "ok");
  assert.equal(entries[0]?.who, "uid:1000");
  assert.equal(entries[0]?.from, "unix pid 77");
});

for (
  const [server, hasTokens, role] of [
    [INET, false, "admin"],
    [INET, true, "none"],
    [UNIX, true, "admin"],
    [{ ...UNIX, credentials: { username: "a", password: "b" } }, false, "none"],
    [{ ...INET, anonymous: "view" }, true, "view"],
    [{ ...INET, credentials: { username: "a", password: "b" }, anonymous: "view" }, false, "view"],
  ] as const satisfies readonly (readonly [ServerSpec, boolean, string])[]
) {
  test(`without credentials one is ${role} on ${JSON.stringify(server)}, tokens: ${hasTokens}`, () =>
    assert.equal(anonymousRole(server, hasTokens), role));
}
