import assert from "node:assert/strict";
import { test } from "node:test";
import { explainConfig, type Explanation, formatExplained } from "../../../src/config/explain.ts";
import { GO_PORT_KEYS } from "../../../src/config/go_port.ts";
import { SECTION_TABLES } from "../../../src/config/options.ts";
import { fakeEnvironment, type FakeWorld } from "./fake_environment.ts";

const FILE = "/etc/s.conf";

function explain(text: string, world: FakeWorld = {}) {
  const environment = fakeEnvironment({
    env: { PATH: "/bin" },
    directories: ["/dev/fd"],
    ...world,
    files: { "/bin/cat": "", ...world.files, [FILE]: text },
    modes: { "/bin/cat": 0o755, [FILE]: 0o600 },
  });
  return explainConfig({ configFile: FILE, options: {}, environment });
}

const D = "[supervisord]\n";
const P = "[program:p]\ncommand = cat\n";

const of = (text: string, key: string | null): Explanation | undefined =>
  explain(text).options.find((each) => each.key === key);

test("every key of every file is judged, in the order of the files and lines", () => {
  const { options } = explain(`${D}[include]\nfiles = *.ini\n${P}user = root\n`, {
    files: { "/etc/b.ini": "[program:q]\npriority = 1\ncommand = cat\n" },
  });
  assert.deepEqual(options.map(({ file, line, key }) => `${file}:${line} ${key}`), [
    "/etc/s.conf:3 files",
    "/etc/s.conf:5 command",
    "/etc/s.conf:6 user",
    "/etc/b.ini:2 priority",
    "/etc/b.ini:3 command",
  ]);
});

const CASES: readonly (readonly [string, string, string | null, string, RegExp | null])[] = [
  ["a plain key", `${D}nodaemon = true\n`, "nodaemon", "honoured", null],
  [
    "a key of ours",
    `${D}${P}depends_on = q\n[program:q]\ncommand = cat\n`,
    "depends_on",
    "honoured",
    /Supervisor ignores this key/,
  ],
  ["a default", `[DEFAULT]\nstartsecs = 2\n${D}${P}`, "startsecs", "honoured", /every section/],
  [
    "a default that is wrong",
    `[DEFAULT]\nstartsecs = two\n${D}${P}`,
    "startsecs",
    "unsupported",
    /invalid literal/,
  ],
  ["the limit of descriptors", `${D}minfds = 4096\n`, "minfds", "changed", /hard limit/],
  [
    "%%%% in a log path",
    `${D}${P}stdout_logfile = /tmp/%%%%\n`,
    "stdout_logfile",
    "changed",
    /write %% for one/,
  ],
  [
    "a log to a stream",
    `${D}${P}stderr_logfile = /dev/stderr\n`,
    "stderr_logfile",
    "changed",
    /never rotated/,
  ],
  [
    "no startsecs, and always again",
    `${D}${P}autorestart=true\nstartsecs = 0\n`,
    "startsecs",
    "changed",
    /restart_delay/,
  ],
  ["no startsecs alone", `${D}${P}startsecs = 0\n`, "startsecs", "honoured", null],
  [
    "a list of stop signals",
    `${D}${P}stopsignal = TERM:5, KILL\n`,
    "stopsignal",
    "changed",
    /stop_signals/,
  ],
  [
    "a mistyped key",
    `${D}${P}autostrat = true\n`,
    "autostrat",
    "unsupported",
    /did you mean autostart/,
  ],
  [
    "a value that is refused",
    `${D}${P}startsecs = soon\n`,
    "startsecs",
    "unsupported",
    /invalid literal/,
  ],
  ["a section that nothing reads", `${D}[fluff]\na = 1\n`, null, "unsupported", /nothing reads/],
  ["a key in it", `${D}[fluff]\na = 1\n`, "a", "unsupported", /nothing reads/],
  ["a mistyped section", `${D}[progam:x]\n`, null, "unsupported", /did you mean \[program:x\]/],
  ["a plugin of supervisorctl", `${D}[ctlplugin:x]\n`, null, "unsupported", /Python/],
  [
    "the defaults of the Go port",
    `${D}[program-default]\n`,
    null,
    "unsupported",
    /\[program-defaults\]/,
  ],
  [
    "overlapping events",
    `${D}[eventlistener:e]\ncommand = cat\nevents = PROCESS_STATE, PROCESS_STATE_EXITED\n`,
    "events",
    "changed",
    /once/,
  ],
  [
    "other events",
    `${D}[eventlistener:e]\ncommand = cat\nevents = TICK_5, PROCESS_STATE_EXITED\n`,
    "events",
    "honoured",
    null,
  ],
];

for (const [name, text, key, verdict, words] of CASES) {
  test(`${name} is ${verdict}`, () => {
    const found = of(text, key);
    assert.equal(found?.verdict, verdict);
    const said = [found?.note, found?.action].filter((each) => each !== null).join(" ");
    if (words === null) assert.equal(said, "");
    else assert.match(said, words);
  });
}

test("a key of the Go port is told with what to write instead", () => {
  assert.match(of(`${D}${P}restartpause = 3\n`, "restartpause")?.action ?? "", /restart_delay/);
  assert.match(of(`${D}${P}cron = * * * * *\n`, "cron")?.action ?? "", /schedule/);
});

/** All that its README or its source reads beyond Supervisor's. */
const KEYS_OF_GO = [
  "cron envfiles killwaitsecs nodename pre_start_hook pre_stop_hook remotes restartpause",
  "restart_when_binary_changed restart_cmd_when_binary_changed",
  "restart_signal_when_binary_changed restart_directory_monitor restart_file_pattern",
  "restart_cmd_when_file_changed restart_signal_when_file_changed",
  "liveness_check_script liveness_check_initial_delay liveness_check_period",
  "liveness_check_timeout liveness_check_success_threshold liveness_check_success_action",
  "liveness_check_failure_threshold liveness_check_failure_action",
  "syslog_facility syslog_tag syslog_stdout_priority syslog_stderr_priority",
].join(" ").split(" ");

test("every key of the Go port is known, and what is written instead is a key of ours", () => {
  assert.deepEqual(GO_PORT_KEYS.map(({ key }) => key).sort(), KEYS_OF_GO.toSorted());
  const ours = SECTION_TABLES.flatMap(({ options }) => options.map(({ key }) => key));
  const named = GO_PORT_KEYS.flatMap((each) => each.ours === null ? [] : [each.ours]);
  assert.deepEqual(named.filter((key) => !ours.includes(key)), []);
});

const VALUES_OF_GO: readonly (readonly [string, string, RegExp])[] = [
  ["user", "root:nobody", /write user = root;/],
  ["stopsignal", "INT TERM", /stop_signals = INT:SECONDS, TERM:SECONDS, KILL$/],
  ["stdout_logfile", "a.log, /dev/stdout", /one file here/],
  ["stderr_logfile", "syslog @tcp:logs.example.org", /= tcp:\/\/logs\.example\.org:6514$/],
  ["stdout_logfile", "syslog @10.0.0.1:515", /stdout_syslog_target = udp:\/\/10\.0\.0\.1:515$/],
];

for (const [key, value, words] of VALUES_OF_GO) {
  test(`${key} = ${value} is told as the Go port's`, () => {
    const found = of(`${D}${P}${key} = ${value}\n`, key);
    assert.notEqual(found?.verdict, "honoured");
    assert.match(found?.action ?? "", words);
  });
}

test("no key of the Go port is one that we read", () => {
  const ours = SECTION_TABLES.flatMap(({ options }) => options.map(({ key }) => key));
  assert.deepEqual(GO_PORT_KEYS.filter(({ key }) => ours.includes(key)), []);
});

test("passwords and environments are not shown", () => {
  const text = `${D}environment = KEY="geheim"\n[supervisorctl]\npassword = geheim\n`;
  const explained = explain(text);
  assert.doesNotMatch(JSON.stringify(explained.options), /geheim/);
  assert.doesNotMatch(formatExplained(explained), /geheim/);
});

test("the text has a place, a verdict and a setting in each line, and counts at the end", () => {
  assert.equal(
    formatExplained(explain(`${D}${P}restartpause = 3\n`)),
    `/etc/s.conf:3: honoured    [program:p] command = cat
/etc/s.conf:4: unsupported [program:p] restartpause = 3
    unknown key "restartpause" in [program:p]
    -> a key of the port to Go; write restart_delay = SECONDS

1 honoured, 0 changed, 1 unsupported
`,
  );
});

test("what is wrong with no line in particular is told behind them", () => {
  const text = formatExplained(explain(P));
  assert.match(text, /error: \.ini file does not include supervisord section/);
});
