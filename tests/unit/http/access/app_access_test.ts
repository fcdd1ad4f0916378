import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuditEntry } from "../../../../src/http/access/audit.ts";
import { createApp } from "../../../../src/http/app.ts";
import { createRpc } from "../../../../src/rpc/methods.ts";
import { decodeResponse } from "../../../../src/xmlrpc/decode.ts";
import { encodeCall } from "../../../../src/xmlrpc/encode.ts";
import { Fault, type Value } from "../../../../src/xmlrpc/value.ts";
import { cheapHash } from "../../../support/cheap_hash.ts";
import { FakeDaemon, groupSpec } from "../../../support/fake_daemon.ts";
import { processSpec } from "../../../support/process_spec.ts";

const hash = cheapHash("s");

/** An app on an inet server that knows a viewer, an operator of "web", and an admin. */
function setUp() {
  const groups = ["web", "db"].map((name) => groupSpec(name, [processSpec(name)]));
  const daemon = new FakeDaemon(groups);
  Object.assign(daemon.config, {
    tokens: [
      { name: "viewer", hash, role: "view", groups: null },
      { name: "operator", hash, role: "operate", groups: ["web"] },
      { name: "admin", hash, role: "admin", groups: null },
    ],
  });
  const entries: AuditEntry[] = [];
  const app = createApp({
    daemon,
    rpc: createRpc(daemon, ["supervisor"]),
    server: {
      section: "inet_http_server",
      address: { kind: "inet", host: "0.0.0.0", port: 9001 },
      credentials: null,
    },
    audit: { note: (entry) => void entries.push(entry) },
  });
  const ask = async (who: string | null, method: string, path: string, body?: string) =>
    await app.fetch(
      new Request(`http://h${path}`, {
        method,
        headers: {
          ...(who === null ? {} : { "Authorization": `Bearer ${who}.s` }),
          ...(body === undefined ? {} : { "Content-Length": String(body.length) }),
        },
        ...(body === undefined ? {} : { body }),
      }),
      { remoteAddress: "192.0.2.1", remotePort: 5 },
    );
  const call = async (who: string, method: string, ...params: Value[]): Promise<Value> => {
    const answer = await ask(who, "POST", "/RPC2", encodeCall(method, params));
    assert.equal(answer.status, 200);
    return decodeResponse(new Uint8Array(await answer.arrayBuffer()));
  };
  return { daemon, entries, ask, call };
}

async function faultCode(call: Promise<Value>): Promise<number> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return 0;
}

test("without a token nothing is answered, whichever way is asked", async () => {
  const { ask } = setUp();
  const ways = ["/", "/RPC2", "/api/v1/processes", "/api/v1/events", "/metrics", "/healthz"];
  for (const path of [...ways, "/logtail/web", "/mainlogtail", "/stylesheets/x.css", "/nowhere"]) {
    assert.equal((await ask(null, "GET", path)).status, 401, path);
    assert.equal((await ask("nobody", "GET", path)).status, 401, path);
  }
});

test("a viewer may look at everything over XML-RPC and change nothing", async () => {
  const { call } = setUp();
  assert.equal((await call("viewer", "supervisor.getAllProcessInfo") as Value[]).length, 2);
  for (const method of ["startProcess", "stopProcess", "clearProcessLogs", "addProcessGroup"]) {
    assert.equal(await faultCode(call("viewer", `supervisor.${method}`, "web")), 100, method);
  }
  for (const method of ["shutdown", "restart", "reloadConfig", "clearLog", "stopAllProcesses"]) {
    assert.equal(await faultCode(call("viewer", `supervisor.${method}`)), 100, method);
  }
});

test("an operator may start and stop what is theirs", async () => {
  const { daemon, call } = setUp();
  assert.equal(await call("operator", "supervisor.startProcess", "web", false), true);
  assert.equal(await faultCode(call("operator", "supervisor.startProcess", "db", false)), 100);
  assert.equal(await faultCode(call("operator", "supervisor.startAllProcesses", false)), 100);
  assert.equal(daemon.group("db")?.process("db")?.record.state, "STOPPED");
  assert.equal(daemon.state, "RUNNING");
});

test("calls in a multicall are judged one by one", async () => {
  const { daemon, call } = setUp();
  const calls = [
    { methodName: "supervisor.getState", params: [] },
    { methodName: "supervisor.shutdown", params: [] },
    { methodName: "supervisor.startProcess", params: ["web", false] },
    { methodName: "supervisor.startProcess", params: ["db", false] },
    { methodName: "system.multicall", params: [[]] },
  ];
  const results = await call("operator", "system.multicall", calls) as { faultCode?: number }[];
  assert.deepEqual(results.map((result) => result.faultCode ?? "ok"), ["ok", 100, "ok", 100, 2]);
  assert.equal(daemon.state, "RUNNING");
  assert.equal(await faultCode(call("viewer", "system.multicall")), 2);
});

test("the JSON API gives the same answers, as problems with status 403", async () => {
  const { ask, daemon } = setUp();
  for (const path of ["/processes", "/processes/db", "/groups", "/config", "/daemon"]) {
    assert.equal((await ask("viewer", "GET", `/api/v1${path}`)).status, 200, path);
  }
  assert.equal((await ask("viewer", "GET", "/metrics")).status, 200);
  const refused = async (who: string, path: string, body = "{}") => {
    const answer = await ask(who, "POST", `/api/v1${path}`, body);
    return answer.status === 403 && (await answer.json()).code === "NOT_PERMITTED";
  };
  assert.equal(await refused("viewer", "/processes/web/start"), true);
  assert.equal(await refused("operator", "/processes/db/start"), true);
  assert.equal(await refused("operator", "/groups/db/stop"), true);
  assert.equal(await refused("operator", "/daemon/shutdown"), true);
  assert.equal(await refused("operator", "/config/reread"), true);
  const both = JSON.stringify({ action: "start", targets: ["web", "db"] });
  assert.equal(await refused("operator", "/actions", both), true);
  assert.equal(await refused("operator", "/processes/web/start", '{"wait":false}'), false);
  assert.equal(daemon.group("web")?.process("web")?.record.state, "STARTING");
  assert.equal(daemon.state, "RUNNING");
});

test("everybody can ask who they are and what they may do", async () => {
  const { ask } = setUp();
  const answer = await ask("operator", "GET", "/api/v1/access");
  assert.deepEqual(await answer.json(), {
    who: "token:operator",
    role: "operate",
    groups: ["web"],
  });
  const page = await (await ask("operator", "GET", "/")).text();
  assert.match(page, /<body data-page="status" data-role="operate">/);
  assert.match(page, /token:operator may operate web/);
  assert.match(await (await ask("viewer", "GET", "/")).text(), /token:viewer may look/);
});

test("so do the pages", async () => {
  const { ask, daemon } = setUp();
  assert.equal((await ask("viewer", "GET", "/")).status, 200);
  assert.equal((await ask("viewer", "GET", "/?action=stopall")).status, 403);
  assert.equal((await ask("operator", "GET", "/?processname=db&action=start")).status, 403);
  const body = "action=shutdown&processname=web&target=web";
  assert.equal((await ask("operator", "POST", "/daemon.html", body)).status, 403);
  assert.equal((await ask("operator", "GET", "/?processname=web&action=clearlog")).status, 301);
  assert.equal(daemon.state, "RUNNING");
});

test("every deed leaves one line, by each interface; looking leaves none", async () => {
  const { ask, call, entries } = setUp();
  await call("viewer", "supervisor.getState");
  await ask("viewer", "GET", "/");
  await ask("viewer", "GET", "/api/v1/processes");
  assert.equal(entries.length, 0);

  await call("operator", "supervisor.startProcess", "web", false);
  await faultCode(call("operator", "supervisor.startProcess", "web", false));
  await faultCode(call("operator", "supervisor.shutdown"));
  await ask("operator", "POST", "/api/v1/processes/web/clear", "{}");
  await ask("admin", "POST", "/api/v1/actions", '{"action":"stop","targets":["db","nope"]}');
  await ask("operator", "GET", "/?processname=web&action=clearlog");
  await ask("operator", "GET", "/?processname=db&action=clearlog");
  assert.deepEqual(
    entries.map((one) => [one.who, one.interface, one.action, one.target, one.result].join(" | ")),
    [
      "token:operator | xmlrpc | supervisor.startProcess | web | ok",
      "token:operator | xmlrpc | supervisor.startProcess | web | ALREADY_STARTED: web",
      "token:operator | xmlrpc | supervisor.shutdown |  | not permitted",
      "token:operator | api | clearProcessLogs | web | ok",
      "token:admin | api | stop | db,nope | 2 of 2 failed",
      "token:operator | page | clearlog | web | ok",
      "token:operator | page | clearlog | db | not permitted",
    ],
  );
});
