/** Files and values that an operator writes. */
import assert from "node:assert/strict";
import { matching } from "../../cli/ctl/selection.ts";
import { checkConfig } from "../../src/config/check.ts";
import { parseEnvironmentList } from "../../src/config/environment_list.ts";
import { ConfigError, ValueError } from "../../src/config/errors.ts";
import { expand, Names } from "../../src/config/expand.ts";
import { IniDocument, readIni } from "../../src/config/ini.ts";
import { parseDuration } from "../../src/config/duration.ts";
import { parseCheck } from "../../src/config/health_check.ts";
import { loadConfig, loadCtlConfig } from "../../src/config/load.ts";
import { readPlainCtlConfig } from "../../src/config/plain_ctl.ts";
import {
  formatScrypt,
  parseScrypt,
  SCRYPT_MAX_MEMORY,
  scryptMemory,
} from "../../src/config/password_hash.ts";
import { splitCommand } from "../../src/config/shell_words.ts";
import { stopSignals } from "../../src/config/stop_signals.ts";
import { compilePattern, PatternError } from "../../src/pattern/pattern.ts";
import { parseNotifyMessage } from "../../src/process/notify_message.ts";
import { fakeEnvironment } from "../unit/config/fake_environment.ts";
import type { Target } from "./engine.ts";

const text = (input: Uint8Array) => new TextDecoder().decode(input);

/** Runs what may throw errors of some kinds. */
function allowing(kinds: readonly (new (...args: never[]) => Error)[], action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!kinds.some((kind) => error instanceof kind)) throw error;
  }
}

const SAMPLE = `[supervisord]
logfile = %(here)s/supervisord.log ; a comment
environment = A="1",B='two, three'
[unix_http_server]
file = /tmp/s.sock
chmod = 0700
[inet_http_server]
port = *:9001
username = u
password = {SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:web]
command = /bin/cat "a b" %(process_num)02d
process_name = %(program_name)s_%(process_num)d
numprocs = 3
  continued
stopsignal = QUIT
exitcodes = 0,2
stdout_logfile_maxbytes = 10MB
[eventlistener:l]
command = l
events = PROCESS_STATE, TICK_5
[fcgi-program:f]
command = f
socket = tcp://localhost:9002
[group:g]
programs = web
[include]
files = /etc/more/*.conf
`;

const CONFIG_WORDS = [
  "[program:x]\n",
  "[group:x]\nprograms=x\n",
  "[eventlistener:x]\nevents=EVENT\n",
  "[fcgi-program:x]\nsocket=unix:///tmp/x\n",
  "[include]\nfiles=*\n",
  "[DEFAULT]\n",
  "command=x\n",
  "numprocs=2\n",
  "numprocs_start=99999999999\n",
  "environment=",
  "autorestart=unexpected\n",
  "startsecs=",
  "stopsignal=",
  "priority=-1\n",
  "=",
  ":",
  ";",
  "#",
  "%(",
  ")s",
  "%(ENV_HOME)s",
  "%%",
  "\n ",
  "\r\n",
  "\uFEFF",
  "1e309",
  "0x10",
  "99999999999999999999",
];

function world(config: Uint8Array) {
  return {
    configFile: "/cwd/supervisord.conf",
    options: {},
    environment: fakeEnvironment({
      files: { "/cwd/supervisord.conf": config, "/etc/more/a.conf": "[program:more]\ncommand=m\n" },
      env: { HOME: "/home/chris", PATH: "/bin" },
    }),
  };
}

const HOST = fakeEnvironment();
const SUBJECT = "aab bcd xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx éü 1234567890";

const CANDIDATES = ["web", "worker_0", "worker_1", "a".repeat(60)].map((name) => ({
  group: name.replace(/_.*/, ""),
  name,
  stateName: "RUNNING",
  tags: [],
}));

const PERCENT_NAMES = new Names(new Map([["ENV_HOME", "/home/chris"]]), {
  here: "/cwd",
  program_name: "web",
  process_num: 7,
});

export const CONFIG_TARGETS: readonly Target[] = [
  {
    name: "ini",
    seeds: [SAMPLE, "a=b\n[s]\n= c\n[s\nx\n y\n"],
    words: CONFIG_WORDS,
    run(input) {
      const document = new IniDocument();
      for (const problem of readIni(document, text(input), "f")) assert.ok(problem.line >= 1);
    },
  },
  {
    name: "configuration",
    seeds: [SAMPLE, "[supervisord]\n[program:a]\ncommand=b\n"],
    words: CONFIG_WORDS,
    run(input) {
      let loads = true;
      allowing([ConfigError], () => {
        loads = false;
        loadConfig(world(input));
        loads = true;
      });
      // What starts has no errors in the check, and what does not has one.
      const errors = checkConfig(world(input)).filter(({ severity }) => severity === "error");
      assert.equal(errors.length === 0, loads, errors[0]?.message ?? "the check finds nothing");
    },
  },
  {
    name: "expansion",
    seeds: ["%(here)s/%(program_name)s_%(process_num)02d", "%%(x)s %(ENV_HOME)-10s", "%(a(b)c)r"],
    words: [
      "%(",
      ")s",
      ")d",
      ")x",
      ")e",
      "%(here)",
      "%(process_num)",
      "%%",
      "*",
      ".",
      "#",
      "999999",
    ],
    run(input) {
      allowing([ValueError], () => {
        const expanded = expand(text(input), PERCENT_NAMES, "a.b");
        assert.ok(expanded.length < 10_000_000, `it became ${expanded.length} characters`);
      });
    },
  },
  {
    name: "command",
    seeds: [`/bin/sh -c 'a "b" c' "d \\" e" f\\ g ""`, "a\t\r\nb\\\\ '"],
    words: ["'", '"', "\\", " ", "\n", "$(", "`"],
    run(input) {
      const split = splitCommand(text(input));
      if (!split.ok) return;
      // Words that are quoted again are the same words again.
      const quoted = split.words.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(" ");
      assert.deepEqual(splitCommand(quoted), split);
    },
  },
  {
    name: "environment",
    seeds: [`A="1",B='two, three',C=d`, 'KEY="a%%b",X="\\"q\\""', "A=1,\n B=2,"],
    words: ["=", ",", '"', "'", "\\", "A=", '="",', "#", "\n"],
    run(input) {
      allowing([ValueError], () => {
        for (const [name, value] of Object.entries(parseEnvironmentList(text(input)))) {
          assert.equal(typeof value, "string", name);
        }
      });
    },
  },
  {
    name: "pattern",
    seeds: ["^a(b|c)*[d-f]{2,3}\\d+$", "(?:x+)+y", "[^\\n]*\\bé"],
    words: ["(", ")*", "[a-", "]", "{1,", "}", "|", "\\b", "\\p{L}", "(?=", "(?<n>", ".*", "+?"],
    maxBytes: 200,
    run(input) {
      allowing([PatternError], () => {
        compilePattern(text(input), { ignoreCase: false })(SUBJECT, 0);
      });
    },
  },
  {
    name: "supervisorctl's section",
    seeds: [
      "[supervisorctl]\nserverurl = unix:///tmp/s\nusername = a\nprompt = x\n[program:y]\na=b\n",
      "; c\n\n[a]\nb=c\n  d\n[supervisorctl]\n",
    ],
    words: [...CONFIG_WORDS, "[supervisorctl]\n", "serverurl=", "password=", "history_file="],
    run(input) {
      // The quick reader may leave a file to the general one, but must not read it differently.
      const plain = readPlainCtlConfig(text(input), "/cwd");
      if (plain === null) return;
      const environment = fakeEnvironment({ files: { "/cwd/s.conf": text(input) } });
      const options = { configFile: "s.conf", executable: "/bin/supervisorctl", environment };
      assert.deepEqual({ ...plain }, { ...loadCtlConfig(options) });
    },
  },
  {
    name: "checks and signals",
    seeds: [
      "http://localhost:80/health",
      "tcp://[::1]:9",
      "exec:/bin/a 'b c'",
      "TERM:10, KILL",
      "1h30m",
    ],
    words: ["://", "exec:", "tcp:", "http:", "TERM:", ", ", "[::1]", ":99999", "1d", "ms", " "],
    run(input) {
      for (
        const parse of [
          () => parseCheck(text(input), "readiness"),
          () => parseDuration(text(input)),
          () => stopSignals.convert(text(input), HOST),
        ]
      ) allowing([ValueError], parse);
    },
  },
  {
    name: "password hash",
    seeds: ["$scrypt$ln=14,r=8,p=5$c29tZXNhbHRzb21lc2FsdA$c29tZWhhc2hzb21laGFzaHNvbWVoYXNo"],
    words: ["$scrypt$", "ln=", ",r=", ",p=", "$", "=", "99999999999", "AAAAAAAAAAAAAAAA", "-1"],
    run(input) {
      const hash = parseScrypt(text(input));
      if (hash === null) return;
      assert.ok(scryptMemory(hash.ln, hash.r) <= SCRYPT_MAX_MEMORY);
      assert.deepEqual(parseScrypt(formatScrypt(hash)), hash);
    },
  },
  {
    name: "name pattern",
    seeds: ["*:worker_*", "web:[a-c]?", "g:", "*a*b*c*[!d]*"],
    words: ["*", "?", "[", "]", "[!", ":", "a", "worker_", "\\", "."],
    maxBytes: 300,
    run(input) {
      const chosen = matching(text(input), CANDIDATES);
      assert.ok(chosen.every((one) => CANDIDATES.includes(one)));
    },
  },
  {
    name: "notify message",
    seeds: [
      "READY=1\nSTATUS=up and running\nMAINPID=42",
      "WATCHDOG=trigger\nWATCHDOG_USEC=1000000",
    ],
    words: [
      "READY=1\n",
      "MAINPID=",
      "STATUS=",
      "EXTEND_TIMEOUT_USEC=",
      "=",
      "\n",
      "-1",
      "1e9",
      "\0",
    ],
    run(input) {
      const { mainPid, watchdogMs, extendMs, status } = parseNotifyMessage(text(input));
      for (const number of [mainPid, watchdogMs, extendMs]) {
        assert.ok(number === null || (Number.isFinite(number) && number > 0), String(number));
      }
      assert.ok(status === null || status.length <= 200);
    },
  },
];
