/**
 * Watches pipes in which nothing happens, after some traffic on each; ends when its standard input
 * does. Run by the test that counts how often such a program wakes up.
 */
import { Buffer } from "node:buffer";
import { writeSync } from "node:fs";
import process from "node:process";
import { getRuntime } from "../../src/runtime/mod.ts";

const PIPES = 50;
const runtime = getRuntime();
runtime.onSignal("SIGCHLD", () => void runtime.reap());

let received = 0;
for (let i = 0; i < PIPES; i++) {
  const pipe = runtime.pipe();
  runtime.openReader(pipe.read, {
    data: (chunk) => void (received += chunk.length),
    end: () => {},
  });
  runtime.openWriter(pipe.write).write(Buffer.alloc(20_000));
}
// One whose other end takes nothing, with something queued.
runtime.openWriter(runtime.pipe().write).write(Buffer.alloc(100_000));

runtime.openReader(0, {
  data: () => {},
  end: () => {
    writeSync(1, "end\n");
    process.exit(received === PIPES * 20_000 ? 0 : 1);
  },
});
writeSync(1, "ready\n");
