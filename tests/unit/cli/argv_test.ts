import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSupervisordArgs, supervisordHelp } from "../../../cli/argv.ts";
import { UsageError } from "../../../cli/getopt.ts";
import { usageErrorText } from "../../../cli/given_options.ts";
import { parseSupervisorctlArgs, supervisorctlHelp } from "../../../cli/supervisorctl_argv.ts";
import { fakeEnvironment } from "../config/fake_environment.ts";

const host = fakeEnvironment();
const supervisord = (...argv: string[]) => parseSupervisordArgs(argv, host);
const run = (configFile: string | null, options: Record<string, string | true>) => ({
  kind: "run",
  configFile,
  options,
});

/** --check and nothing more. */
const PLAIN = { strict: false, explain: false, json: false };

const GOOD: readonly (readonly [string, unknown])[] = [
  ["", run(null, {})],
  ["-n -c x", run("x", { nodaemon: true })],
  ["-nkcx", run("x", { nodaemon: true, nocleanup: true })],
  ["-cx", run("x", {})],
  ["--configuration x", run("x", {})],
  ["--configuration=x", run("x", {})],
  ["--conf=x", run("x", {})],
  ["--configuration=", run("", {})],
  ["--ident a=b", run(null, { identifier: "a=b" })],
  [
    "-l l.log -e DEBUG -y 1KB -z 2 -m 022",
    run(null, {
      logfile: "l.log",
      loglevel: "DEBUG",
      logfile_maxbytes: "1KB",
      logfile_backups: "2",
      umask: "022",
    }),
  ],
  ["-u nosuchuser", run(null, { user: "nosuchuser" })],
  [
    "--minprocs=3 -a 4 -t -s",
    run(null, { minprocs: "3", minfds: "4", strip_ansi: true, silent: true }),
  ],
  ["--profile_options cumulative,calls", run(null, {})],
  ["-n --", run(null, { nodaemon: true })],
  ["-h", { kind: "help" }],
  ["-?", { kind: "help" }],
  ["--he", { kind: "help" }],
  ["-nv", { kind: "version" }],
  ["-v -h", { kind: "version" }],
  ["-h -e loud", { kind: "help" }],
  ["--build-info", { kind: "build-info" }],
  ["--bu", { kind: "build-info" }],
  ["--check -c x", { kind: "check", ...PLAIN, configFile: "x", options: {} }],
  ["--chec --stric", { kind: "check", ...PLAIN, strict: true, configFile: null, options: {} }],
  [
    "--check --explain --json",
    { kind: "check", strict: false, explain: true, json: true, configFile: null, options: {} },
  ],
  ["--demo", { kind: "demo", configFile: null, options: {} }],
];

for (const [line, expected] of GOOD) {
  test(`supervisord ${line}`, () => {
    assert.deepEqual(supervisord(...line.split(" ").filter((word) => word !== "")), expected);
  });
}

test("an abbreviation keeps meaning Supervisor's option where it had only one meaning", () => {
  assert.deepEqual(supervisord("--ch", "/tmp"), run(null, { childlogdir: "/tmp" }));
  assert.deepEqual(supervisord("--str"), run(null, { strip_ansi: true }));
  assert.deepEqual(supervisord("--stri"), run(null, { strip_ansi: true }));
  assert.deepEqual(supervisord("--d", "/tmp"), run(null, { directory: "/tmp" }));
});

const GONE = "The directory named as part of the path /no/x does not exist";
const BAD: readonly (readonly [string, string])[] = [
  ["-x", "option -x not recognized"],
  ["-nx", "option -x not recognized"],
  ["--foo", "option --foo not recognized"],
  ["--foo=1", "option --foo not recognized"],
  ["-c", "option -c requires argument"],
  ["-nc", "option -c requires argument"],
  ["--conf", "option --configuration requires argument"],
  ["--logfile_", "option --logfile_ not a unique prefix"],
  ["--log", "option --log not a unique prefix"],
  ["--s", "option --s not a unique prefix"],
  ["--c=x", "option --c not a unique prefix"],
  ["--nodaemon=3", "option --nodaemon must not have an argument"],
  ["foo it's", `positional arguments are not supported: ['foo', "it's"]`],
  ["-n -- -c", "positional arguments are not supported: ['-c']"],
  ["- -n", "positional arguments are not supported: ['-', '-n']"],
  // All of the line is split before anything of it is acted on.
  ["-h -Z", "option -Z not recognized"],
  ["-h word", "positional arguments are not supported: ['word']"],
  ["-n -n", "conflicting command line option '-n'"],
  ["-n --nodaemon", "conflicting command line option '--nodaemon'"],
  ["-c a -c b", "conflicting command line option '-c'"],
  ["-e loud", "invalid value for -e 'loud': bad logging level name 'loud'"],
  ["--loglevel=loud", "invalid value for --loglevel 'loud': bad logging level name 'loud'"],
  ["-e loud -h", "invalid value for -e 'loud': bad logging level name 'loud'"],
  ["-m 9", "invalid value for -m '9': 9 can not be converted to an octal type"],
  ["-a x", "invalid value for -a 'x': invalid literal for int() with base 10: 'x'"],
  ["-d /no", "invalid value for -d '/no': /no is not an existing directory"],
  ["-q /no", "invalid value for -q '/no': /no is not an existing directory"],
  ["-l /no/x", `invalid value for -l '/no/x': ${GONE}`],
  ["-j /no/x", `invalid value for -j '/no/x': ${GONE}`],
  ["--strict", "option --strict is only for --check"],
  ["--explain", "option --explain is only for --check"],
];

for (const [line, expected] of BAD) {
  test(`supervisord ${line}: ${expected}`, () => {
    assert.throws(() => supervisord(...line.split(" ")), (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.message, expected);
      return true;
    });
  });
}

test("an empty argument is an argument", () => {
  assert.deepEqual(supervisord("-i", ""), run(null, { identifier: "" }));
});

const CTL = {
  kind: "run",
  configFile: null,
  serverUrl: null,
  username: null,
  password: null,
  historyFile: null,
  interactive: true,
  words: [],
};

const CTL_GOOD: readonly (readonly [string, unknown])[] = [
  ["", CTL],
  ["-i status", { ...CTL, words: ["status"] }],
  ["status -i x", { ...CTL, interactive: false, words: ["status", "-i", "x"] }],
  ["--s http://x version", {
    ...CTL,
    serverUrl: "http://x",
    interactive: false,
    words: ["version"],
  }],
  ["-uaa -pbb --c=x", { ...CTL, username: "aa", password: "bb", configFile: "x" }],
  ["-r a", { ...CTL, historyFile: "a" }],
  ["--hist=a", { ...CTL, historyFile: "a" }],
  ["--history-file a", { ...CTL, historyFile: "a" }],
  ["-h", { kind: "help" }],
];

for (const [line, expected] of CTL_GOOD) {
  test(`supervisorctl ${line}`, () => {
    const argv = line.split(" ").filter((word) => word !== "");
    assert.deepEqual(parseSupervisorctlArgs(argv), expected);
  });
}

const CTL_BAD: readonly (readonly [string, string])[] = [
  ["-v", "option -v not recognized"],
  ["-ix", "option -x not recognized"],
  ["--h", "option --h not a unique prefix"],
  ["-i -s", "option -s requires argument"],
  ["--server", "option --serverurl requires argument"],
  ["-i -i", "conflicting command line option '-i'"],
  ["-s foo", "invalid value for -s 'foo': value 'foo' is not a URL"],
  ["-r a --history-file b", "conflicting command line option '--history-file'"],
];

for (const [line, expected] of CTL_BAD) {
  test(`supervisorctl ${line}: ${expected}`, () => {
    assert.throws(() => parseSupervisorctlArgs(line.split(" ")), new UsageError(expected));
  });
}

test("help texts have their first lines, the usage and every option", () => {
  const help = supervisordHelp("/usr/bin/supervisord").split("\n");
  assert.equal(help[0], "supervisord -- run a set of applications as daemons.");
  assert.deepEqual(help.slice(1, 5), ["", "Usage: /usr/bin/supervisord [options]", "", "Options:"]);
  assert.ok(
    help.includes("-z/--logfile_backups NUM -- number of backups to keep when max bytes reached"),
  );
  assert.ok(help.includes(
    "--minprocs NUM  -- the minimum number of processes available for start success",
  ));
  assert.deepEqual(help.slice(-2), ["", ""]);
  const ctl = supervisorctlHelp("ctl").split("\n");
  assert.equal(ctl[2], "Usage: ctl [options] [action [arguments]]");
  assert.ok(ctl.includes('     (default "http://localhost:9001").'));
  assert.ok(
    ctl.includes("-r/--history-file -- keep a readline history (if readline is available)"),
  );
});

test("usageErrorText() is two lines", () => {
  assert.equal(usageErrorText("bad", "./x"), "Error: bad\nFor help, use ./x -h\n");
});
