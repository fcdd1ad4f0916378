import assert from "node:assert/strict";
import { test } from "node:test";
import { createRpc } from "../../../src/rpc/methods.ts";
import {
  describeNeed,
  EVERYTHING,
  needOfApiRequest,
  needOfCall,
  needOfPage,
  type Permission,
  permits,
} from "../../../src/rpc/permissions.ts";
import type { Role } from "../../../src/config/types.ts";
import { FakeDaemon } from "../../support/fake_daemon.ts";

/** In one word: what it needs and of which groups. */
function short(need: ReturnType<typeof needOfCall>): string {
  if (need.kind !== "operate") return need.kind;
  return need.groups === "all" ? "operate all" : `operate ${need.groups.join("+")}`;
}

const CHANGING: Readonly<Record<string, string>> = {
  "supervisor.clearAllProcessLogs": "operate all",
  "supervisor.clearProcessLog": "operate g",
  "supervisor.clearProcessLogs": "operate g",
  "supervisor.sendProcessStdin": "operate g",
  "supervisor.sendRemoteCommEvent": "operate all",
  "supervisor.signalAllProcesses": "operate all",
  "supervisor.signalProcess": "operate g",
  "supervisor.signalProcessGroup": "operate g:p",
  "supervisor.startAllProcesses": "operate all",
  "supervisor.startProcess": "operate g",
  "supervisor.startProcessGroup": "operate g:p",
  "supervisor.stopAllProcesses": "operate all",
  "supervisor.stopProcess": "operate g",
  "supervisor.stopProcessGroup": "operate g:p",
};

test("a method needs nothing if it only looks, operate if it is listed, and admin otherwise", () => {
  const names = createRpc(new FakeDaemon([]), ["supervisor"]).methodNames();
  for (const name of Object.keys(CHANGING)) assert.ok(names.includes(name), name);
  for (const name of names) {
    const isLook = /^(?:system\.|supervisor\.(?:get|read|tail)[A-Z])/.test(name);
    const wanted = isLook ? "view" : CHANGING[name] ?? "admin";
    assert.equal(short(needOfCall(name, ["g:p"])), wanted, name);
  }
});

for (
  const [name, params, need] of [
    ["supervisor.startProcess", ["web"], "operate web"],
    ["supervisor.startProcess", ["web:*"], "operate web"],
    ["supervisor.startProcess", ["web:a:b"], "operate web"],
    ["supervisor.startProcess", [], "admin"],
    ["supervisor.startProcess", [5], "admin"],
    ["mounted.stopProcessGroup", ["web"], "operate web"],
    ["supervisor.rotateProcessLogs", ["web:1"], "operate web"],
    ["supervisor.rotateAllProcessLogs", [], "operate all"],
    ["supervisor.somethingNew", ["web"], "admin"],
    ["supervisor.getaway", [], "admin"],
    ["system.shutdown", [], "admin"],
    ["system.stopProcess", ["web"], "operate web"],
    ["system.listMethods", [], "view"],
    ["noDot", [], "admin"],
  ] as const
) {
  test(`${name}(${params.join()}) needs ${need}`, () =>
    assert.equal(short(needOfCall(name, params)), need));
}

for (
  const [method, path, params, body, need] of [
    ["GET", "/processes", {}, null, "view"],
    ["POST", "/processes/{name}/stop", { name: "web:1" }, {}, "operate web"],
    ["POST", "/groups/{group}/stop", { group: "web" }, {}, "operate web"],
    ["POST", "/actions", {}, { targets: ["web:1", "db", "web:*"] }, "operate web+db"],
    ["POST", "/actions", {}, { targets: ["web", "all"] }, "operate all"],
    ["POST", "/config/reread", {}, {}, "admin"],
    ["POST", "/config/update", {}, { groups: ["web"] }, "admin"],
    ["POST", "/daemon/shutdown", {}, {}, "admin"],
    ["DELETE", "/something/new", {}, null, "admin"],
  ] as const
) {
  test(`${method} ${path} ${JSON.stringify(body)} needs ${need}`, () =>
    assert.equal(short(needOfApiRequest({ method, path, params, body })), need));
}

for (
  const [path, action, process, targets, need] of [
    ["/", "stop", "web", [], "operate web"],
    ["/index.html", "restart", "web:1", [], "operate web"],
    ["/", "signal", null, ["web:1", "db"], "operate web+db"],
    ["/", "rotatelog", null, ["web"], "operate web"],
    ["/", "stop", "cache", ["web"], "operate web+cache"],
    ["/", "refresh", null, [], "view"],
    ["/", "refresh", null, ["web"], "admin"],
    ["/", "stopall", null, [], "operate all"],
    ["/", "stop", null, [], "admin"],
    ["/", "something", "web", [], "admin"],
    ["/daemon.html", "restart", "web", ["web"], "admin"],
    ["/config.html", "update", null, [], "admin"],
  ] as const
) {
  test(`${action} of ${process} and [${targets}] on ${path} needs ${need}`, () =>
    assert.equal(short(needOfPage({ path, action, process, targets })), need));
}

test("each role may do what the ones before it may, operators on their groups", () => {
  const needs = [
    { kind: "view" },
    { kind: "operate", groups: ["web"] },
    { kind: "operate", groups: ["web", "db"] },
    { kind: "operate", groups: "all" },
    { kind: "admin" },
  ] as const;
  const allowed = (role: Role, groups: Permission["groups"] = null) =>
    needs.map((need) => permits({ role, groups }, need));
  assert.deepEqual(allowed("view"), [true, false, false, false, false]);
  assert.deepEqual(allowed("operate", []), [true, false, false, false, false]);
  assert.deepEqual(allowed("operate", ["web"]), [true, true, false, false, false]);
  assert.deepEqual(allowed("operate"), [true, true, true, true, false]);
  assert.deepEqual(allowed("admin"), [true, true, true, true, true]);
  assert.equal(permits(EVERYTHING, { kind: "admin" }), true);
});

test("a refusal says what is missing", () => {
  assert.equal(describeNeed({ kind: "admin" }), "the role admin is needed");
  assert.equal(
    describeNeed({ kind: "operate", groups: ["a", "b"] }),
    "the role operate is needed, for a, b",
  );
});
