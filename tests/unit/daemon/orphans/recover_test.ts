import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { startTimeOf } from "../../../../src/daemon/orphans/identity.ts";
import { BIRTH_VARIABLE } from "../../../../src/daemon/orphans/ledger.ts";
import { findAttempts } from "../../../../src/daemon/orphans/recover.ts";
import { until } from "../../../support/until.ts";

const BIRTH = {
  key: "a:1",
  at: { mono: 1, wall: 2 },
  program: "0123",
  pipes: null,
  hasMainPid: false,
  stop: { signal: 15, wait: 10, asGroup: false, killAsGroup: false },
};

test("a process of whose birth nobody was told is found by the token in its environment", async () => {
  const token = `${crypto.randomUUID()}:3`;
  // It leads a process group, and has a child that does not.
  const child = spawn("/bin/sh", ["-c", "sleep 100 & wait"], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, [BIRTH_VARIABLE]: token },
  });
  const pid = child.pid ?? 0;
  try {
    const attempts = [
      { key: "a:1", token, birth: BIRTH },
      { key: "a:2", token: `${token}0`, birth: { ...BIRTH, key: "a:2" } },
    ];
    const found = await until("the process", () => {
      const births = findAttempts(attempts);
      return births.length > 0 ? births : null;
    });
    assert.deepEqual(found, [{ ...BIRTH, pid, start: startTimeOf(pid) }]);
  } finally {
    process.kill(-pid, "SIGKILL");
  }
});
