import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkConfig,
  checkStatus,
  formatDiagnostic,
  reportCheck,
} from "../../../src/config/check.ts";
import type { Diagnostic } from "../../../src/config/diagnostics.ts";
import { cheapHash } from "../../support/cheap_hash.ts";
import { fakeEnvironment, type FakeWorld } from "./fake_environment.ts";

const FILE = "/etc/s.conf";
const BIN = { "/bin/cat": "", "/bin/sh": "" };
const EXECUTABLE = { "/bin/cat": 0o755, "/bin/sh": 0o755 };

function check(text: string, world: FakeWorld = {}): Diagnostic[] {
  const environment = fakeEnvironment({
    env: { PATH: "/bin" },
    directories: ["/dev/fd"],
    ...world,
    files: { ...BIN, ...world.files, [FILE]: text },
    modes: { ...EXECUTABLE, [FILE]: 0o600, ...world.modes },
  });
  return checkConfig({ configFile: FILE, options: {}, environment });
}

function found(text: string, world: FakeWorld = {}): string[] {
  return check(text, world).map(({ severity, line, message }) => `${line} ${severity}: ${message}`);
}

const D = "[supervisord]\n";
const P = "[program:p]\ncommand=cat\n";

test("checkConfig() finds nothing in a good file", () => {
  assert.deepEqual(found(`${D}${P}`), []);
});

test("checkConfig() reports every error, each where it stands", () => {
  const text = `${D}loglevel=loud
minfds=x
just words
[program:p]
startsecs=soon
stopsignal=FOO
[group:g]
programs=p,q
[inet_http_server]
port=0
[eventlistener:e]
command=cat
events=TICK_5,TIKC
[rpcinterface:x]
supervisor.rpcinterface_factory=no:such
`;
  const errors = check(text).filter(({ severity }) => severity === "error");
  assert.deepEqual(
    errors.map(({ line, column, message }) => `${line}:${column} ${message}`).sort(),
    [
      "11:6 not a valid port number: '0' ",
      "14:8 Unknown event type TIKC in [eventlistener:e] events",
      "16:33 no:such cannot be resolved within [rpcinterface:x]: Python plugins are not supported",
      "2:10 bad logging level name 'loud'",
      "3:8 invalid literal for int() with base 10: 'x'",
      "4:1 this is neither a [section] header nor key=value",
      "5:1 program section program:p does not specify a command",
      "6:11 invalid literal for int() with base 10: 'soon'",
      "7:12 value 'FOO' is not a valid signal name",
      "9:10 [program:p] names unknown program or fcgi-program q",
    ],
  );
});

test("checkConfig() reports an error in a program once, however many processes it has", () => {
  const text = `${D}${P}numprocs=3\nprocess_name=%(process_num)d\nstdout_logfile_backups=x\n`;
  assert.deepEqual(found(text), ["6 error: invalid literal for int() with base 10: 'x'"]);
});

test("checkConfig() goes on after a line before the first section, and without [supervisord]", () => {
  assert.deepEqual(found("a=1\nb=2\n[program:p]\ncommand=cat\nstartsecs=x\n"), [
    "1 error: this stands before the first [section] header",
    "null error: .ini file does not include supervisord section",
    "5 error: invalid literal for int() with base 10: 'x'",
  ]);
});

test("checkConfig() reports a file that is not there", () => {
  const environment = fakeEnvironment();
  assert.deepEqual(
    checkConfig({ configFile: "/no.conf", options: {}, environment }).map(({ message }) => message),
    ["could not find config file /no.conf"],
  );
});

const WARNINGS: readonly (readonly [string, string, FakeWorld, string])[] = [
  [
    "a mistyped key",
    `${D}${P}autostrat=true\n`,
    {},
    '4 warning: unknown key "autostrat" in [program:p]',
  ],
  [
    "a mistyped section",
    `${D}[progam:x]\n`,
    {},
    "2 warning: unknown section [progam:x]: nothing reads it",
  ],
  [
    "a header that lost its bracket",
    `${D}[program:p\n`,
    {},
    "2 warning: this line is read as a key of [supervisord], not as a section header",
  ],
  [
    "a hook without its command",
    `${D}${P}pre_start=nosuch\n`,
    {},
    "4 warning: pre_start: the command nosuch cannot be found",
  ],
  [
    "an indented header",
    `${D}${P}  [program:q]\n`,
    {},
    '3 warning: the indented line "[program:q]" belongs to the value of command',
  ],
  [
    "%%%% in a log path",
    `${D}${P}stdout_logfile=/tmp/a%%%%b\n`,
    {},
    "4 warning: log paths are expanded once here: this gives two percent signs",
  ],
  [
    "rotation of a stream",
    `${D}${P}stdout_logfile=/dev/stdout\n`,
    {},
    "4 warning: /dev/stdout cannot be rotated",
  ],
  [
    "a policy for what is sent to syslog as well",
    `${D}${P}stdout_log_policy=block\nstdout_syslog=true\nstdout_journald=true\n`,
    {},
    "4 warning: stdout_log_policy=block is about the log file alone: lines for syslog and the " +
    "journal are dropped when it is too slow",
  ],
  [
    "a policy for syslog alone",
    `${D}${P}stderr_logfile=NONE\nstderr_syslog=true\nstderr_log_policy=block\n`,
    {},
    "6 warning: stderr_log_policy=block does nothing without a log file: lines for syslog are " +
    "dropped when it is too slow",
  ],
  [
    "a policy for a stream that goes where the other one goes",
    `${D}${P}redirect_stderr=true\nstderr_log_policy=block\n`,
    {},
    "5 warning: stderr_log_policy=block does nothing with redirect_stderr=true",
  ],
  [
    "a policy for the conversation of a listener",
    `${D}[eventlistener:p]\ncommand=cat\nevents=TICK_5\nstdout_log_policy=block\n`,
    {},
    "5 warning: stdout_log_policy=block does nothing: this is the conversation of an event listener",
  ],
  [
    "copies that share a log",
    `${D}${P}numprocs=2\nprocess_name=%(process_num)d\nstdout_logfile=/tmp/x\n`,
    {},
    "6 warning: 0 (stdout) and 1 (stdout) write and rotate the same file",
  ],
  [
    "a shell between us and the program",
    `${D}[program:p]\ncommand=/bin/sh -c "cd /tmp; cat"\n`,
    {},
    "3 warning: stopping this program signals the shell, not what the shell runs",
  ],
  [
    "a command cut by a comment",
    `${D}[program:p]\ncommand=sh -c "a ; b"\n`,
    {},
    "3 warning: the command cannot be parsed: No closing quotation",
  ],
  [
    "a command that is not there",
    `${D}[program:p]\ncommand=nosuch -x\n`,
    {},
    "3 warning: the command nosuch cannot be found",
  ],
  [
    "a command that cannot be executed",
    `${D}[program:p]\ncommand=/bin/cat\n`,
    { modes: { "/bin/cat": 0o644 } },
    "3 warning: the command /bin/cat is not executable",
  ],
  [
    "a daemon left as root",
    D,
    { uid: 0 },
    "1 warning: the daemon will run as root, because no user= is set",
  ],
  [
    "a certificate that is not there",
    `${D}[inet_http_server]\nport=1\ncertificate=/c.pem\n`,
    {},
    "4 warning: the file /c.pem is not there",
  ],
  [
    "a private key that all can read",
    `${D}[inet_http_server]\nport=1\ncertificate=/c.pem\n`,
    { files: { "/c.pem": "" }, modes: { "/c.pem": 0o644 } },
    "4 warning: everybody on this machine can read the private key in /c.pem",
  ],
  [
    "a token for a group that is not there",
    `${D}[program:web]\ncommand=/bin/cat\n[token:a]\nhash=${cheapHash("s")}\nrole=operate\n` +
    "groups=web,wbe\n",
    { modes: { "/bin/cat": 0o755 } },
    '7 warning: there is no group "wbe"',
  ],
  [
    "a token that all can read",
    `${D}[supervisorctl]\ntoken=deploy.abc\n`,
    { modes: { [FILE]: 0o644 } },
    "3 warning: everybody on this machine can read the token in this file",
  ],
  [
    "a password that all can read",
    `${D}[inet_http_server]\nport=1\nusername=u\npassword=p\n`,
    { modes: { [FILE]: 0o644 } },
    "5 warning: everybody on this machine can read the password in this file",
  ],
  ["a group without processes", `${D}[group:g]\n`, {}, "2 warning: group g has no processes"],
  [
    "an include that matches nothing",
    `${D}[include]\nfiles=d/*.conf\n`,
    {},
    '3 warning: No file matches via include "/etc/d/*.conf"',
  ],
];

for (const [title, text, world, expected] of WARNINGS) {
  test(`checkConfig() warns of ${title}`, () => {
    assert.deepEqual(found(text, world), [expected]);
  });
}

test("checkConfig() warns of restarts without pause", () => {
  const warnings = found(`${D}${P}autorestart=true\nstartsecs=0\n`);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^5 warning: with startsecs=0 every exit counts as a success/);
});

const QUIET: readonly (readonly [string, string])[] = [
  ["exec in the shell", '[program:p]\ncommand=sh -c "cd /tmp; exec cat"\n'],
  ["signals for the whole group", '[program:p]\ncommand=sh -c "cat | cat"\nstopasgroup=true\n'],
  ["streams without rotation", `${P}stdout_logfile=/dev/fd/1\nstdout_logfile_maxbytes=0\n`],
  [
    "one log without rotation",
    `${P}stdout_logfile=/tmp/x\nstdout_logfile_maxbytes=0
stderr_logfile=/tmp/x\nstderr_logfile_maxbytes=0\n`,
  ],
  ["/dev/null for all", `${P}stdout_logfile=/dev/null\nstderr_logfile=/dev/null\n`],
  ["further servers", "[inet_http_server:b]\nport=1\n"],
  ["keys in any case", "[program:p]\nCommand=cat\n"],
];

for (const [title, text] of QUIET) {
  test(`checkConfig() has nothing against ${title}`, () => {
    assert.deepEqual(found(D + text), []);
  });
}

test("checkConfig() proposes the name that was meant", () => {
  const hints = check(`${D}${P}autostrat=1\nqqqqq=1\n[progam:x]\n`).map(({ hint }) => hint);
  assert.deepEqual(hints, ["did you mean autostart?", null, "did you mean [program:x]?"]);
});

test("a finding is shown with its line and a caret under the value", () => {
  const [first] = check(`${D}[program:p]\ncommand=cat\nstartsecs = soon ; c\n`);
  assert.equal(
    formatDiagnostic(first!),
    `${FILE}:4:13: error: invalid literal for int() with base 10: 'soon'
 4 | startsecs = soon ; c
   |             ^^^^
   = wanted: a whole number
`,
  );
});

test("reportCheck() counts, and sets the status", () => {
  const bad = check(`${D}minfds=x\n${P}zzz=1\n`);
  assert.equal(reportCheck(bad, false).status, 2);
  assert.match(reportCheck(bad, false).text, /\n1 error, 1 warning\n$/);
  const odd = check(`${D}${P}zzz=1\n`);
  assert.equal(checkStatus(odd, false), 0);
  assert.equal(checkStatus(odd, true), 1);
  assert.equal(checkStatus([], true), 0);
  assert.equal(reportCheck([], true).text, "0 errors, 0 warnings\n");
});
