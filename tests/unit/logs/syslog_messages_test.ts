/** Lines as messages of syslog and of the journal, and the way there. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { openMessageSinks } from "../../../src/logs/special_sink.ts";
import {
  framed,
  journalMessage,
  LONGEST_MESSAGE,
  priorityOf,
  syslogMessage,
} from "../../../src/logs/syslog_messages.ts";
import type { LogSettings } from "../../../src/process/log_settings.ts";
import { bytes } from "./support.ts";

const HEAD = { priority: 134, host: "box", tag: "web", pid: 7, at: Date.UTC(2026, 10, 23) };

function textOf(message: Uint8Array): string {
  return Buffer.from(message).toString("utf8");
}

test("a priority is facility times eight plus severity", () => {
  const settings = { target: null, tag: null } as const;
  assert.equal(priorityOf({ ...settings, facility: "user", severity: "info" }), 14);
  assert.equal(priorityOf({ ...settings, facility: "local7", severity: "debug" }), 191);
});

test("a syslog message has its words in order, none of them empty or with a blank", () => {
  assert.equal(
    textOf(syslogMessage(HEAD, bytes("a line"))),
    "<134>1 2026-11-23T00:00:00.000Z box web 7 - - a line",
  );
  assert.match(
    textOf(syslogMessage({ ...HEAD, host: "", tag: "grüner tee", pid: 0 }, bytes("x"))),
    /Z - gr_ner_tee - - - x$/,
  );
  assert.ok(syslogMessage(HEAD, new Uint8Array(1 << 20)).length < LONGEST_MESSAGE + 200);
});

test("a framed message has its length in bytes in front", () => {
  assert.equal(textOf(framed(bytes("grün"))), "5 grün");
});

test("a line cannot add fields to its journal entry", () => {
  const message = journalMessage({ PRIORITY: "6" }, bytes("x\nPRIORITY=0"));
  assert.deepEqual(
    Buffer.from(message),
    Buffer.concat([
      Buffer.from("PRIORITY=6\nMESSAGE\n"),
      Buffer.from([12, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from("x\nPRIORITY=0\n"),
    ]),
  );
});

function opened(settings: LogSettings) {
  const local: string[] = [];
  const sent: { path: string; text: string }[] = [];
  const warnings: string[] = [];
  const state = { isFull: false };
  const sinks = openMessageSinks({
    settings,
    facts: {
      name: "web",
      group: "site",
      program: "web",
      stream: "stderr",
      pid: () => 9,
      wall: () => HEAD.at,
      utcOffset: () => 0,
    },
    host: {
      hostName: () => "box",
      monotonic: () => 0,
      syslog: (tag, priority, line) => local.push(`${tag} ${priority} ${line}`),
      sendDatagram: (path, message) => {
        if (state.isFull) throw Object.assign(new Error("full"), { code: "EAGAIN" });
        sent.push({ path, text: textOf(message) });
      },
    },
    warn: (text) => warnings.push(text),
  });
  const [sink] = sinks;
  assert.ok(sink !== undefined && sinks.length === 1);
  return { sink, local, sent, warnings, state };
}

const SYSLOG = { target: null, tag: null, facility: "daemon", severity: "err" } as const;

test("the local syslog gets whole lines, and none for an empty line", () => {
  const { sink, local } = opened({ syslog: SYSLOG });
  sink.write(bytes("on"));
  sink.write(bytes("e\n\ntwo"));
  sink.close();
  assert.deepEqual(local, ["web 27 one", "web 27 two"]);
});

test("the journal is told who printed a line, and where", () => {
  const { sink, sent } = opened({ journald: true });
  sink.write(bytes("ready\n"));
  assert.equal(sent[0]?.path, "/run/systemd/journal/socket");
  const fields = sent[0]?.text.split("MESSAGE\n")[0]?.split("\n").slice(0, -1);
  assert.deepEqual(fields, [
    "PRIORITY=6",
    "SYSLOG_IDENTIFIER=web",
    "SUPERVISOR_PROCESS=web",
    "SUPERVISOR_GROUP=site",
    "SUPERVISOR_PROGRAM=web",
    "SUPERVISOR_STREAM=stderr",
    "SYSLOG_PID=9",
  ]);
});

test("what a full socket does not take is counted, and told once until it takes something again", () => {
  const target = { kind: "unix", path: "/log" } as const;
  const { sink, sent, state, warnings } = opened({ syslog: { ...SYSLOG, target } });
  state.isFull = true;
  sink.write(bytes("one\ntwo\n"));
  state.isFull = false;
  sink.write(bytes("three\n"));
  state.isFull = true;
  sink.write(bytes("four\n"));
  assert.deepEqual(sent.map(({ text }) => text.split(" ").at(-1)), ["three"]);
  assert.deepEqual([sink.bytesWritten, sink.bytesDropped], [6, 13]);
  assert.deepEqual(warnings, ["unix:///log: EAGAIN", "unix:///log: EAGAIN"]);
});
