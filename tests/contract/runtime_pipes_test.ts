import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { constants as fsConstants, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import type { PipeReader } from "../../src/runtime/pipe_types.ts";
import {
  exitOf,
  PROGRAM_ENV,
  programCommand,
  readBytes,
  request,
  runtime,
  until,
} from "./children.ts";

/** Starts a shell with its output in a pipe whose read end comes back. */
function start(script: string, argv: readonly string[] = ["/bin/sh", "-c", script]): {
  pid: number;
  output: number;
} {
  const [input, output] = [runtime.pipe(), runtime.pipe()];
  const result = runtime.spawn(request(argv, [input.read, output.write, 2]));
  [input.read, input.write, output.write].forEach(runtime.closeFd);
  assert.ok(result.ok);
  return { pid: result.pid, output: output.read };
}

function text(chunk: Uint8Array): string {
  return new TextDecoder().decode(chunk);
}

function write(fd: number, data: string): void {
  const writer = runtime.openWriter(fd);
  writer.write(new TextEncoder().encode(data));
  writer.release();
}

/** `printf '%099d\n'` of 1 … count. */
function numberedLines(count: number): Buffer {
  const lines: string[] = [];
  for (let i = 1; i <= count; i++) lines.push(String(i).padStart(99, "0"), "\n");
  return Buffer.from(lines.join(""));
}

async function assertSameBytes(fd: number, expected: Buffer): Promise<void> {
  const got = Buffer.from(await readBytes(fd));
  assert.equal(got.length, expected.length);
  assert.ok(got.equals(expected), "bytes differ or are out of order");
}

test("30 MB of single lines arrive complete and in order", async () => {
  const count = 300_000;
  const { output } = start(
    `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); printf '%099d\\n' $i; done`,
  );
  await assertSameBytes(output, numberedLines(count));
});

test("30 MB in blocks arrive complete and in order", async () => {
  const { output } = start("", ["/usr/bin/seq", "-f", "%099.0f", "1", "300000"]);
  await assertSameBytes(output, numberedLines(300_000));
});

test("order holds while a writer goes back and forth between floods and pauses", async () => {
  const { output } = start(
    `i=0; for burst in 1 2 3 4 5 6 7 8 9 10; do
       end=$((i + 2000)); while [ $i -lt $end ]; do i=$((i+1)); printf '%099d\\n' $i; done
       sleep 0.0$burst
       i=$((i+1)); printf '%099d\\n' $i; sleep 0.01
       seq -f %099.0f $((i+1)) $((i+3000)); i=$((i+3000))
       sleep 0.02
     done`,
  );
  await assertSameBytes(output, numberedLines(10 * 5001));
});

test("what is written slowly is delivered at once, chunk by chunk", async () => {
  const pipe = runtime.pipe();
  const seen: string[] = [];
  runtime.openReader(pipe.read, { data: (chunk) => void seen.push(text(chunk)), end: () => {} });
  for (const word of ["one", "two", "three"]) {
    write(pipe.write, word);
    await until(`"${word}" is read`, () => seen.at(-1) === word);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(seen, ["one", "two", "three"]);
  runtime.closeFd(pipe.write);
});

test("a flooding child does not keep others waiting", async () => {
  const flood = start("", ["/bin/dd", "if=/dev/zero", "bs=64k", "count=100000", "status=none"]);
  let flooded = 0;
  const reader = runtime.openReader(flood.output, {
    data: (chunk) => void (flooded += chunk.length),
    end: () => {},
  });
  await until("the flood has begun", () => flooded > 10_000_000);
  const quiet = start("echo hello");
  const before = flooded;
  assert.equal(text(await readBytes(quiet.output)), "hello\n");
  assert.ok(flooded - before < 2_000_000_000, "the flood was read to its end first");
  reader.close();
  await exitOf(flood.pid);
});

test("end() comes once, after the last byte, and the descriptor is closed by then", async () => {
  const pipe = runtime.pipe();
  const events: string[] = [];
  await new Promise<void>((resolve) => {
    runtime.openReader(pipe.read, {
      data: (chunk) => void events.push(text(chunk)),
      end: () => {
        events.push("end");
        assert.throws(() => runtime.system.setNonBlocking(pipe.read, true), { code: "EBADF" });
        setTimeout(resolve, 20);
      },
    });
    write(pipe.write, "last");
    runtime.closeFd(pipe.write);
  });
  assert.deepEqual(events, ["last", "end"]);
});

test("nothing is delivered inside openReader, even if it is there already", async () => {
  const pipe = runtime.pipe();
  write(pipe.write, "early");
  runtime.closeFd(pipe.write);
  let inside = true;
  const bytes = new Promise<string>((resolve) => {
    runtime.openReader(pipe.read, {
      data: (chunk) => {
        assert.equal(inside, false);
        resolve(text(chunk));
      },
      end: () => {},
    });
  });
  inside = false;
  assert.equal(await bytes, "early");
});

test("drain() reads at once what is there, up to its limit", () => {
  const pipe = runtime.pipe();
  const chunks: string[] = [];
  let ended = 0;
  const reader = runtime.openReader(pipe.read, {
    data: (chunk) => void chunks.push(text(chunk)),
    end: () => void ended++,
  });
  reader.drain();
  assert.deepEqual(chunks, []);
  write(pipe.write, "abcdef");
  reader.drain(4);
  assert.equal(chunks.join(""), "abcd");
  reader.drain();
  assert.equal(chunks.join(""), "abcdef");
  runtime.closeFd(pipe.write);
  assert.equal(ended, 0);
  reader.drain();
  assert.equal(ended, 1);
  reader.drain();
  assert.equal(ended, 1);
});

test("a paused reader delivers nothing, its writer waits, and resume() goes on where it was", async () => {
  const { pid, output } = start("", ["/usr/bin/seq", "-f", "%099.0f", "1", "20000"]);
  let bytes = 0;
  let ended = false;
  const reader: PipeReader = runtime.openReader(output, {
    data: (chunk) => {
      bytes += chunk.length;
      if (bytes < 200_000) reader.pause();
    },
    end: () => void (ended = true),
  });
  for (let rounds = 0; !ended; rounds++) {
    const before = bytes;
    reader.resume();
    await until("more was read", () => bytes > before || ended);
    if (bytes < 200_000) {
      const paused = bytes;
      await new Promise((resolve) => setTimeout(resolve, 15));
      assert.equal(bytes, paused);
      assert.equal(ended, false);
    }
    assert.ok(rounds < 1000);
  }
  assert.equal(bytes, 20_000 * 100);
  await exitOf(pid);
});

test("drain() of a paused reader still takes what is there", () => {
  const pipe = runtime.pipe();
  const chunks: string[] = [];
  const reader = runtime.openReader(pipe.read, {
    data: (chunk) => void chunks.push(text(chunk)),
    end: () => {},
  });
  reader.pause();
  write(pipe.write, "rest");
  reader.drain();
  assert.deepEqual(chunks, ["rest"]);
  reader.close();
  runtime.closeFd(pipe.write);
});

test("a reader may close itself or others in its own callback; end() does not follow", async () => {
  const pipes = [runtime.pipe(), runtime.pipe(), runtime.pipe()];
  const readers: PipeReader[] = [];
  const events: string[] = [];
  for (const [i, pipe] of pipes.entries()) {
    readers.push(runtime.openReader(pipe.read, {
      data: () => {
        events.push(`data ${i}`);
        readers.forEach((reader) => reader.close());
        readers.forEach((reader) => reader.close());
      },
      end: () => void events.push(`end ${i}`),
    }));
  }
  for (const pipe of pipes) {
    write(pipe.write, "x");
    runtime.closeFd(pipe.write);
  }
  await until("one of them was read", () => events.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(events.length, 1, events.join());
});

test("a descriptor number that comes back belongs to its new reader", async () => {
  for (let round = 0; round < 20; round++) {
    const first = runtime.pipe();
    const late: string[] = [];
    const reader = runtime.openReader(first.read, {
      data: (chunk) => void late.push(text(chunk)),
      end: () => void late.push("end"),
    });
    write(first.write, "for the first");
    reader.close();
    const second = runtime.pipe();
    assert.equal(second.read, first.read);
    write(second.write, "for the second");
    runtime.closeFd(second.write);
    assert.equal(text(await readBytes(second.read)), "for the second");
    assert.deepEqual(late, []);
    runtime.closeFd(first.write);
  }
});

test("draining one reader in the callback of another leaves both with their own bytes", () => {
  const [outer, inner] = [runtime.pipe(), runtime.pipe()];
  const seen: string[] = [];
  const innerReader = runtime.openReader(inner.read, {
    data: (chunk) => void seen.push(`inner ${text(chunk)}`),
    end: () => {},
  });
  const outerReader = runtime.openReader(outer.read, {
    data: (chunk) => {
      innerReader.drain();
      seen.push(`outer ${text(chunk)}`);
    },
    end: () => {},
  });
  write(inner.write, "BBBB");
  write(outer.write, "AAAA");
  outerReader.drain();
  assert.deepEqual(seen, ["inner BBBB", "outer AAAA"]);
  [innerReader, outerReader].forEach((reader) => reader.close());
  [inner.write, outer.write].forEach(runtime.closeFd);
});

test("a prompt reader takes all there is, though its writer says nothing more", async () => {
  const pipe = runtime.pipe();
  const writer = runtime.openWriter(pipe.write);
  // More than one look takes; where a large pipe is refused, the rest comes from the queue.
  writer.write(Buffer.alloc(700_000, "x"));
  let count = 0;
  const reader = runtime.openReader(pipe.read, {
    data: (chunk) => void (count += chunk.length),
    end: () => {},
  }, { prompt: true });
  await until("all of it has come", () => count === 700_000);
  reader.close();
  writer.close();
});

/** A shell that answers each line; what it has said so far, and what says something to it. */
function converse(script: string, onAnswer: (say: (line: string) => void) => void) {
  const [input, output] = [runtime.pipe(), runtime.pipe()];
  const result = runtime.spawn(request(["/bin/sh", "-c", script], [input.read, output.write, 2]));
  [input.read, output.write].forEach(runtime.closeFd);
  assert.ok(result.ok);
  const writer = runtime.openWriter(input.write);
  const say = (line: string) => writer.write(new TextEncoder().encode(`${line}\n`));
  const talk = { pid: result.pid, heard: "", isOver: false, say, end: () => writer.close() };
  runtime.openReader(output.read, {
    data: (chunk) => {
      talk.heard += text(chunk);
      if (text(chunk).endsWith("\n")) onAnswer(say);
    },
    end: () => void (talk.isOver = true),
  }, { prompt: true });
  return talk;
}

test("a conversation goes on by itself, beside timers and other readers, to its end", async () => {
  const rounds = 3000;
  let round = 0;
  const talk = converse("while read line; do echo $line; done", (say) => {
    if (++round < rounds) say(`${round}`);
  });
  let beats = 0;
  const metronome = setInterval(() => void beats++, 2);
  const other = runtime.pipe();
  let overheard = "";
  const reader = runtime.openReader(other.read, {
    data: (chunk) => void (overheard += text(chunk)),
    end: () => {},
  });
  talk.say("0");
  await until("it is under way", () => round > 100);
  const before = { beats, round };
  write(other.write, "besides");
  await until("the other is heard", () => overheard === "besides");
  await until("timers run", () => beats > before.beats + 5);
  await until("it is over", () => round === rounds, 60_000);
  clearInterval(metronome);
  assert.equal(talk.heard, Array.from({ length: rounds }, (_, i) => `${i}\n`).join(""));
  talk.end();
  await until("the end is seen", () => talk.isOver);
  assert.equal(await exitOf(talk.pid), 0);
  reader.close();
  runtime.closeFd(other.write);
});

test("a flood and those who talk about it all get on, and neither is forgotten", async () => {
  const bytes = 20_000_000;
  let [flood, answers, owed] = [0, 0, 0];
  const { output } = start(`head -c ${bytes} /dev/zero`);
  const [input, back] = [runtime.pipe(), runtime.pipe()];
  const listener = ["/bin/sh", "-c", "while read line; do echo $line; done"];
  const result = runtime.spawn(request(listener, [input.read, back.write, 2]));
  [input.read, back.write].forEach(runtime.closeFd);
  assert.ok(result.ok);
  const writer = runtime.openWriter(input.write);
  runtime.openReader(back.read, {
    data: (chunk) => {
      const lines = text(chunk).split("\n").length - 1;
      answers += lines;
      owed -= lines;
    },
    end: () => {},
  }, { prompt: true, isAnswerDue: () => owed > 0 });
  let said = 0;
  runtime.openReader(output, {
    data: (chunk) => {
      flood += chunk.length;
      said++;
      owed++;
      writer.write(new TextEncoder().encode(`${said}\n`));
    },
    end: () => {},
  });
  await until("the flood is over", () => flood === bytes, 60_000);
  await until("each piece is answered", () => answers === said, 60_000);
  writer.close();
  assert.equal(await exitOf(result.pid), 0);
});

test("a word after a pause in a conversation is heard, however long the pause", async () => {
  for (const pause of [0, 1, 2, 5, 50]) {
    let answers = 0;
    const talk = converse("while read line; do echo $line; done", (say) => {
      if (++answers % 40 !== 0) say("more");
    });
    for (let round = 1; round <= 4; round++) {
      talk.say("again");
      await until("forty answers", () => answers === round * 40);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    talk.end();
    await until("the end is seen", () => talk.isOver);
    assert.equal(await exitOf(talk.pid), 0);
  }
});

test("release() gives an open descriptor back, and another reader goes on with it", async () => {
  const pipe = runtime.pipe();
  const first: string[] = [];
  const reader = runtime.openReader(pipe.read, {
    data: (chunk) => void first.push(text(chunk)),
    end: () => {},
  });
  write(pipe.write, "one");
  await until("the first part is read", () => first.length === 1);
  const fd = reader.release();
  write(pipe.write, "two");
  runtime.closeFd(pipe.write);
  assert.equal(text(await readBytes(fd)), "two");
  assert.deepEqual(first, ["one"]);
});

test("a writer queues what the other end does not take and says when all is gone", async () => {
  const pipe = runtime.pipe();
  const writer = runtime.openWriter(pipe.write);
  const block = Buffer.alloc(300_000, "x");
  let drained = 0;
  writer.onDrain(() => void drained++);
  for (let i = 0; i < 10; i++) writer.write(block);
  // A pipe holds 64 KiB, or 1 MiB where that is granted.
  assert.ok(writer.pending > 1_900_000 && writer.pending < 3_000_000, String(writer.pending));
  assert.equal(drained, 0);
  const received = readBytes(pipe.read);
  await until("the queue is empty", () => writer.pending === 0);
  assert.equal(drained, 1);
  writer.close();
  assert.equal((await received).length, 3_000_000);
});

test("the order of writes is kept through a queue, and the caller's buffer is its own again", async () => {
  const pipe = runtime.pipe();
  const writer = runtime.openWriter(pipe.write);
  const lines = numberedLines(20_000);
  const reused = Buffer.alloc(1000);
  for (let at = 0; at < lines.length; at += 1000) {
    lines.copy(reused, 0, at, at + 1000);
    writer.write(reused);
  }
  reused.fill(0);
  const received = readBytes(pipe.read);
  await until("the queue is empty", () => writer.pending === 0);
  writer.close();
  assert.ok(lines.equals(Buffer.from(await received)));
});

test("writing to a pipe nobody reads throws EPIPE, and we survive", () => {
  const pipe = runtime.pipe();
  runtime.closeFd(pipe.read);
  const writer = runtime.openWriter(pipe.write);
  assert.throws(() => writer.write(Buffer.from("x")), { name: "SystemError", code: "EPIPE" });
  writer.close();
  assert.throws(() => writer.write(Buffer.from("x")), { code: "EPIPE" });
});

test("a queued write learns that the other end is gone", async () => {
  const pipe = runtime.pipe();
  const writer = runtime.openWriter(pipe.write);
  const errors: string[] = [];
  writer.onError((error) => void errors.push(error.code));
  writer.write(Buffer.alloc(2_000_000));
  assert.ok(writer.pending > 0);
  runtime.closeFd(pipe.read);
  await until("the error is reported", () => errors.length > 0);
  assert.deepEqual(errors, ["EPIPE"]);
  assert.equal(writer.pending, 0);
});

test("release() of a writer gives back what was not written", async () => {
  const pipe = runtime.pipe();
  const writer = runtime.openWriter(pipe.write);
  const bytes = Buffer.alloc(2_000_000, "y");
  writer.write(bytes);
  writer.write(Buffer.from("tail"));
  const { fd, unwritten } = writer.release();
  assert.equal(fd, pipe.write);
  assert.ok(text(unwritten).endsWith("ytail"));
  assert.ok(unwritten.length > 4 && unwritten.length < bytes.length);
  runtime.closeFd(fd);
  const written = await readBytes(pipe.read);
  assert.equal(written.length + unwritten.length, bytes.length + "tail".length);
});

test("a named pipe can be written and read like any other", async () => {
  const place = mkdtempSync(`${tmpdir()}/runtime-contract-`);
  const path = `${place}/fifo`;
  const made = runtime.spawn(request(["/usr/bin/mkfifo", path], [0, 1, 2]));
  assert.ok(made.ok);
  await exitOf(made.pid);
  const read = openSync(path, fsConstants.O_RDONLY | fsConstants.O_NONBLOCK);
  const writer = runtime.openWriter(openSync(path, fsConstants.O_WRONLY | fsConstants.O_NONBLOCK));
  const received = readBytes(read);
  writer.write(Buffer.alloc(500_000, "z"));
  await until("all is written", () => writer.pending === 0);
  writer.close();
  assert.equal((await received).length, 500_000);
  rmSync(place, { recursive: true });
});

test("a regular file can be written and read through the same calls", async () => {
  const place = mkdtempSync(`${tmpdir()}/runtime-contract-`);
  const writer = runtime.openWriter(openSync(`${place}/file`, "w"));
  writer.write(Buffer.alloc(3_000_000, "f"));
  assert.equal(writer.pending, 0);
  writer.close();
  assert.equal(readFileSync(`${place}/file`).length, 3_000_000);
  assert.equal((await readBytes(openSync(`${place}/file`, "r"))).length, 3_000_000);
  rmSync(place, { recursive: true });
});

test("a descriptor that is not open is refused with EBADF", () => {
  const pipe = runtime.pipe();
  [pipe.read, pipe.write].forEach(runtime.closeFd);
  const sink = { data: () => {}, end: () => {} };
  assert.throws(() => runtime.openReader(pipe.read, sink), { code: "EBADF" });
  assert.throws(() => runtime.openWriter(pipe.write), { code: "EBADF" });
});

const SCRIPT = "/usr/bin/script";

test("a terminal that was full gets the rest", async () => {
  // script(1) copies the terminal into a pipe that nobody reads for a while.
  const [input, output] = [runtime.pipe(), runtime.pipe()];
  const argv = [SCRIPT, "-qec", programCommand("terminal_program.ts").join(" "), "/dev/null"];
  const result = runtime.spawn(request(argv, [input.read, output.write, 2], {
    env: PROGRAM_ENV,
  }));
  assert.ok(result.ok);
  [input.read, output.write].forEach(runtime.closeFd);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const seen = text(await readBytes(output.read));
  assert.equal(await exitOf(result.pid), 0);
  assert.equal(seen.match(/x{99}\r\n/g)?.length, 5000);
  runtime.closeFd(input.write);
});

test("an idle daemon with many pipes does not wake up", async () => {
  const argv = programCommand("idle_program.ts");
  const output = runtime.pipe();
  const input = runtime.pipe();
  const result = runtime.spawn(request(argv, [input.read, output.write, 2], {
    // Bun wakes up for its collector otherwise (docs/architecture.md).
    env: { ...PROGRAM_ENV, BUN_GC_TIMER_DISABLE: "1" },
  }));
  assert.ok(result.ok);
  [input.read, output.write].forEach(runtime.closeFd);
  let said = "";
  runtime.openReader(output.read, { data: (chunk) => void (said += text(chunk)), end: () => {} });
  await until("the program is ready", () => said.includes("ready"));
  const switches = () =>
    Number(
      readFileSync(`/proc/${result.pid}/status`, "utf8").match(/^voluntary_ctxt_switches:\s*(\d+)/m)
        ?.[1],
    );
  // Start-up has its own leftovers; wait until one half second passes without any.
  let last = -1;
  for (let i = 0; i < 10 && switches() !== last; i++) {
    last = switches();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const before = switches();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert.equal(switches() - before, 0);
  runtime.closeFd(input.write);
  assert.equal(await exitOf(result.pid), 0);
  assert.ok(said.endsWith("end\n"), said);
});
