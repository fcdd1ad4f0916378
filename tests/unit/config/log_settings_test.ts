/** The keys about the format, rotation and files of logs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../../../src/config/check.ts";
import { lineFormat, rotationTimes } from "../../../src/config/log_settings.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { syslogTarget } from "../../../src/config/syslog_settings.ts";
import { formatText, rotationText, targetText } from "../../../src/process/log_settings.ts";
import { fakeEnvironment } from "./fake_environment.ts";

const environmentWith = (lines: string) =>
  fakeEnvironment({
    files: { "/s.conf": `[supervisord]\n[program:web]\ncommand=/bin/cat\n${lines}\n` },
  });

function channelOf(lines: string) {
  const environment = environmentWith(lines);
  const config = loadConfig({ configFile: "/s.conf", options: {}, environment });
  return config.groups[0]!.processes[0]!.stdout;
}

test("a channel without these keys, or with their defaults, has nothing of them", () => {
  assert.ok(!("extras" in channelOf("")));
  const written =
    "stdout_log_format=plain\nstdout_logfile_rotate=never\nstdout_logfile_maxage=0\n" +
    "stdout_logfile_compress=none\nstdout_log_policy=drop";
  assert.ok(!("extras" in channelOf(written)));
});

test("all keys together", () => {
  const lines = `stdout_log_format={time} {message}
stdout_logfile_rotate=daily@03:30
stdout_logfile_maxage=30d
stdout_logfile_compress=zstd
stdout_logfile_owner=chris:staff
stdout_logfile_mode=0640
stdout_log_policy=block`;
  assert.deepEqual(channelOf(lines).extras, {
    format: [{ field: "time" }, " ", { field: "message" }],
    rotate: { period: "daily", minute: 210 },
    maxAgeMs: 30 * 86_400_000,
    compress: "zstd",
    owner: { uid: 1000, gid: 50 },
    mode: 0o640,
    policy: "block",
  });
});

for (const text of ["json", "{time} [{name}] {message}", "{{{message}}}", "{localtime}{message}"]) {
  test(`the format ${text} is told as it was written`, () => {
    const format = lineFormat.convert(text, fakeEnvironment());
    assert.equal(format === null ? null : formatText(format), text);
  });
}

for (
  const text of [
    "hourly",
    "hourly@:15",
    "daily",
    "daily@03:30",
    "weekly@23:59",
    "monthly",
    "cron: 0 3 * * SUN",
  ]
) {
  test(`the rotation ${text} is told as it was written`, () => {
    const times = rotationTimes.convert(text, fakeEnvironment());
    assert.equal(times === null ? null : rotationText(times), text);
  });
}

test("the sender, level and place of syslog, with syslog=true", () => {
  const lines = `stdout_syslog=true
stdout_syslog_target=tcp://[::1]:601
stdout_syslog_tag=shop
stdout_syslog_facility=local3
stdout_syslog_severity=notice
stdout_journald=true`;
  const { extras, syslog } = channelOf(lines);
  assert.equal(syslog, true);
  assert.deepEqual(extras, {
    syslog: {
      target: { kind: "tcp", host: "::1", port: 601 },
      tag: "shop",
      facility: "local3",
      severity: "notice",
    },
    journald: true,
  });
});

for (const text of ["udp://logs.example:514", "tcp://[::1]:601", "unix:///run/log.sock"]) {
  test(`the target ${text} is told as it was written`, () => {
    const target = syslogTarget.convert(text, fakeEnvironment());
    assert.equal(target === null ? null : targetText(target), text);
  });
}

const BAD: readonly [string, RegExp, RegExp][] = [
  ["stdout_log_format={tiem} {message}", /unknown field \{tiem\}/, /did you mean \{time\}\?/],
  ["stdout_log_format={time} message", /must have \{message\} once/, /json/],
  ["stdout_log_format={message} {message}", /must have \{message\} once/, /json/],
  ["stdout_log_format={message", /a single \{/, /\{\{/],
  ["stdout_syslog_tag=x", /stdout_syslog_tag has no effect/, /stdout_syslog=true/],
  ["stdout_syslog_tag=two words", /not a name for syslog/, /without blanks/],
  ["stdout_syslog_target=host:514", /not a place for syslog/, /udp:/],
  ["stdout_syslog_target=udp://host:0", /below lower bound/, /port/],
  ["stdout_syslog_facility=locall1", /not one of/, /did you mean local1\?/],
  ["stdout_logfile_rotate=dayly", /not a time of rotation/, /did you mean daily\?/],
  ["stdout_logfile_rotate=cron: 0 25 * * *", /bad hour '25' in a cron expression/, /0 to 23/],
  ["stdout_logfile_rotate=cron:", /not a time of rotation/, /cron: and an expression/],
  ["stdout_logfile_rotate=daily@24:00", /not a time of rotation/, /HH:MM/],
  ["stdout_logfile_rotate=hourly@03:00", /not a time of rotation/, /HH:MM/],
  ["stdout_logfile_maxage=4000d", /more than 3653 days/, /number/],
  ["stdout_log_policy=blok", /not one of/, /did you mean block\?/],
  ["stdout_logfile_compress=gzpi", /not one of/, /did you mean gzip\?/],
  ["stdout_logfile_mode=07777", /not the mode of a log: 7777/, /0640/],
  ["stdout_logfile_owner=nobody-here", /Invalid user name/, /user/],
];

for (const [line, message, wanted] of BAD) {
  test(`${line} is refused with its place and what would be right`, () => {
    const environment = environmentWith(line);
    const report = checkConfig({ configFile: "/s.conf", options: {}, environment });
    const error = report.find(({ severity }) => severity === "error");
    assert.ok(error !== undefined);
    assert.equal(error.line, 4);
    assert.match(JSON.stringify(error), message);
    assert.match(JSON.stringify(error).replaceAll("\\\\", ""), wanted);
  });
}
