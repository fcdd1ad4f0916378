/**
 * An event listener that does nothing but count: events and the bytes of their payloads (behind the
 * line of the event's own headers), with the time of the last one, in the file named on the command
 * line. Reads and writes block, which is the fastest way there is to hold such a conversation.
 */
import { openSync, readSync, writeSync } from "node:fs";
import process from "node:process";

const [, , statFile = ""] = process.argv;
const stat = openSync(statFile, "w");
const buffer = Buffer.alloc(1 << 17);
let held = 0;
let events = 0;
let bytes = 0;

function more(): void {
  const count = readSync(0, buffer, held, buffer.length - held, null);
  if (count === 0) process.exit(0);
  held += count;
}

writeSync(1, "READY\n");
for (;;) {
  let end = buffer.subarray(0, held).indexOf(10);
  while (end === -1) {
    more();
    end = buffer.subarray(0, held).indexOf(10);
  }
  const length = Number(/len:(\d+)/.exec(buffer.toString("latin1", 0, end))?.[1]);
  const whole = end + 1 + length;
  while (held < whole) more();
  const payload = buffer.subarray(end + 1, whole);
  events += 1;
  bytes += length - payload.indexOf(10) - 1;
  buffer.copyWithin(0, whole, held);
  held -= whole;
  // The time first: who reads the counts may then read the time.
  writeSync(
    stat,
    `${performance.timeOrigin + performance.now()} ${bytes} ${events} `.padEnd(80),
    0,
  );
  writeSync(1, "RESULT 2\nOKREADY\n");
}
