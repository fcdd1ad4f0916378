/**
 * Replaces its own program text while a child writes numbered lines and somebody sends it SIGHUP all
 * the time; the second generation goes on reading where the first stopped, collects the child, and
 * prints what both have read.
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { getRuntime } from "../../src/runtime/mod.ts";

const runtime = getRuntime();
const { system } = runtime;
const [fdText, childText, firstPart] = (process.env.HANDED_OVER ?? "").split("|");
const decoder = new TextDecoder();
let seen = firstPart ?? "";

if (fdText === undefined || childText === undefined || fdText === "") firstGeneration();
else secondGeneration(Number(fdText), Number(childText));

function firstGeneration(): void {
  runtime.onSignal("SIGHUP", () => {});
  runtime.onSignal("SIGCHLD", () => {});
  const { pid } = process;
  const pipe = runtime.pipe();
  const script =
    `i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo $i; kill -HUP ${pid}; sleep 0.01; done; exit 7`;
  const result = runtime.spawn({
    file: "/bin/sh",
    argv: ["sh", "-c", script],
    env: { PATH: "/usr/bin:/bin" },
    cwd: null,
    umask: null,
    credentials: null,
    stdio: [0, pipe.write, 2],
  });
  if (!result.ok) throw new Error(result.code);
  runtime.closeFd(pipe.write);
  const reader = runtime.openReader(pipe.read, {
    data: (chunk) => {
      seen += decoder.decode(chunk);
      if (!seen.includes("10\n")) return;
      const fd = reader.release();
      system.setCloseOnExec(fd, false);
      try {
        system.execve("/no/such/program", ["x"], {});
      } catch {
        writeSync(1, "refused\n"); // and still here, as if nothing had happened
      }
      const [file = ""] = runtime.selfCommand;
      const env = { ...process.env, HANDED_OVER: `${fd}|${result.pid}|${seen}` };
      system.execve(file, [...runtime.selfCommand], env as Record<string, string>);
    },
    end: () => process.exit(3),
  });
}

function secondGeneration(fd: number, child: number): void {
  let hangups = 0;
  let ended = false;
  let status = -1;
  const finish = () => {
    if (!ended || status === -1) return;
    writeSync(1, `${process.pid} ${hangups > 0} ${status}\n${seen}`);
    process.exit(0);
  };
  // Handlers come late on purpose: nothing may kill until then.
  setTimeout(() => {
    runtime.onSignal("SIGHUP", () => void hangups++);
    runtime.onSignal("SIGCHLD", () => {
      for (const exit of runtime.reap()) if (exit.pid === child) status = exit.status;
      finish();
    });
    runtime.openReader(fd, {
      data: (chunk) => void (seen += decoder.decode(chunk)),
      end: () => {
        ended = true;
        finish();
      },
    });
  }, 100);
}
