/** Takes on another user for good and prints who its threads are then, and whether a way back exists. */
import { readdirSync, readFileSync, writeSync } from "node:fs";
import process from "node:process";
import { getRuntime } from "../../src/runtime/mod.ts";

const runtime = getRuntime();
const request = {
  file: "/bin/true",
  argv: ["true"],
  env: {},
  cwd: null,
  umask: null,
  stdio: [0, 1, 2],
} as const;

// Once before, so that what the spawner remembers of its own credentials is out of date.
runtime.spawn({ ...request, credentials: { uid: 1, gid: 1, groups: [1] } });
runtime.system.become({ uid: 65534, gid: 65534, groups: [65534, 4] });

const identities = readdirSync("/proc/self/task").map((thread) => {
  const status = readFileSync(`/proc/self/task/${thread}/status`, "utf8");
  return (status.match(/^(Uid|Gid|Groups):.*$/gm) ?? []).map((line) => line.trim());
});
const spawned = runtime.spawn({ ...request, credentials: { uid: 1, gid: 1, groups: [1] } });
writeSync(1, JSON.stringify({ identities, spawned }));
process.exit(0);
