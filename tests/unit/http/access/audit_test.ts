import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type AuditEntry, AuditLog } from "../../../../src/http/access/audit.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const ENTRY: AuditEntry = {
  who: "token:deploy",
  from: "192.0.2.7:50000",
  server: "inet_http_server",
  interface: "xmlrpc",
  action: "supervisor.stopProcess",
  target: "web",
  result: "ok",
};

test("the audit log is private, one line of JSON each, and rotates", () => {
  const directory = mkdtempSync(join(tmpdir(), "audit-"));
  try {
    const path = join(directory, "audit.log");
    const log = new AuditLog({
      path,
      maxBytes: 1000,
      backups: 2,
      clock: new FakeClock(),
      onError: (error) => assert.fail(error),
    });
    log.note({ ...ENTRY, target: 'a"b\nforged' });
    const [line, ...rest] = readFileSync(path, "utf8").split("\n");
    assert.deepEqual(rest, [""]);
    const time = "2026-01-02T03:04:05.000Z";
    assert.deepEqual(JSON.parse(line as string), { time, ...ENTRY, target: 'a"b\nforged' });
    for (let i = 0; i < 40; i++) log.note({ ...ENTRY, target: "x".repeat(100_000) });
    log.close();
    const files = readdirSync(directory).sort();
    assert.deepEqual(files, ["audit.log", "audit.log.1", "audit.log.2"]);
    for (const file of files) {
      const { mode, size } = statSync(join(directory, file));
      assert.equal(mode & 0o777, 0o600, file);
      assert.ok(size < 2000, file);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
