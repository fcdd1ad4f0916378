import assert from "node:assert/strict";
import { test } from "node:test";
import { convertText } from "../../../cli/convert/convert.ts";
import { type Conversion, programSection } from "../../../cli/convert/section.ts";
import { assignments, secondsOf } from "../../../cli/convert/unit_file.ts";
import { checkConfig } from "../../../src/config/check.ts";
import { fakeEnvironment } from "../config/fake_environment.ts";

/** The errors that a daemon would refuse the sections with. */
function errorsOf(conversions: readonly Conversion[]): string[] {
  const text = `[supervisord]\n${conversions.map(programSection).join("")}`;
  const environment = fakeEnvironment({
    files: { "/s.conf": text, "/etc/env": "" },
    directories: ["/dev/fd", "/var/log"],
  });
  return checkConfig({ configFile: "/s.conf", options: {}, environment })
    .filter(({ severity }) => severity === "error").map(({ message }) => message);
}

test("a Procfile becomes a program for each line", () => {
  const text = `# comment
web: bundle exec puma -p $PORT
worker:  bin/work --rate 50%
release: rake db:migrate && echo "it's done"
`;
  const conversions = convertText(text, "Procfile");
  assert.equal(
    conversions.map(programSection).join("\n"),
    `[program:web]
command         = sh -c 'exec bundle exec puma -p $PORT'
directory       = %(here)s
environment     = PORT="5000"
autorestart     = true
redirect_stderr = true
stopasgroup     = true
killasgroup     = true

[program:worker]
command         = %(here)s/bin/work --rate 50%%
directory       = %(here)s
autorestart     = true
redirect_stderr = true

; release runs before a deployment: supervisorctl run --wait release
[program:release]
command         = sh -c 'rake db:migrate && echo "it'"'"'s done"'
directory       = %(here)s
autostart       = false
autorestart     = false
startsecs       = 0
redirect_stderr = true
stopasgroup     = true
killasgroup     = true
`,
  );
  assert.deepEqual(errorsOf(conversions), []);
});

/** Lines of [Service] (others with their section), the keys that come of them, a note. */
const SERVICES: readonly (readonly [string, string, Record<string, string>, RegExp | null])[] = [
  ["a plain command", "", { command: "/srv/x -a", autorestart: "false", stopwaitsecs: "90" }, null],
  [
    "variables",
    "ExecStart=\nExecStart=/srv/x $OPTS",
    { command: "sh -c 'exec /srv/x $OPTS'" },
    null,
  ],
  ["a prefix", "ExecStart=\nExecStart=-/srv/y", { command: "/srv/y" }, null],
  ["lines that go on", "ExecStart=/srv/y \\\n  --one \\\n# no\n  --two", {
    command: "/srv/y --one --two",
  }, /only the last/],
  ["specifiers", "ExecStart=/srv/x %i 5%%", { command: "/srv/x %i 5%" }, /fill in %i/],
  ["forking", "Type=forking\nPIDFile=/run/x.pid", { pid_file: "/run/x.pid" }, null],
  ["forking without a file", "Type=forking", {}, /foreground/],
  ["notify", "Type=notify\nWatchdogSec=30", {
    readiness: "notify",
    healthcheck: "notify",
    healthcheck_interval: "30",
  }, null],
  ["oneshot", "Type=oneshot", { startsecs: "0" }, null],
  ["Restart=always", "Restart=always\nRestartSec=1min 500ms", {
    autorestart: "true",
    restart_delay: "60500ms",
  }, null],
  ["Restart=on-failure", "Restart=on-failure\nSuccessExitStatus=3 SIGKILL 4", {
    autorestart: "unexpected",
    exitcodes: "0,3,4",
  }, null],
  ["Restart=on-abort", "Restart=on-abort", { autorestart: "unexpected" }, /no exact counterpart/],
  ["a limit of starts", "Restart=always\n[Unit]\nStartLimitBurst=3\nStartLimitIntervalSec=1min", {
    restart_limit: "3/60s",
  }, null],
  ["an account", "User=www\nGroup=adm\nUMask=0027\nWorkingDirectory=-/srv", {
    user: "www",
    umask: "0027",
    directory: "/srv",
  }, /groups of its user/],
  ["an environment", "Environment=A=1 \"B=two w\"\nEnvironment='C=3'", {
    environment: 'A="1",B="two w",C="3"',
  }, null],
  ["files of it", "EnvironmentFile=-/etc/env", { environment_files: "-/etc/env" }, null],
  [
    "a signal",
    "KillSignal=SIGINT\nTimeoutStopSec=5",
    { stopsignal: "INT", stopwaitsecs: "5" },
    null,
  ],
  ["KillMode=process", "KillMode=process", { stopasgroup: undefined as unknown as string }, null],
  ["KillMode=mixed", "KillMode=mixed", { killasgroup: "true" }, null],
  ["no limit to stopping", "TimeoutStopSec=infinity", {}, /stopwaitsecs has to be a number/],
  ["a reload by signal", "ExecReload=/bin/kill -HUP $MAINPID", { reload_signal: "HUP" }, null],
  ["a reload by command", "ExecReload=/srv/x reload", { reload_command: "/srv/x reload" }, null],
  ["hooks", "ExecStartPre=/bin/a\nExecStartPre=-/bin/b", {
    pre_start: "sh -c '/bin/a && /bin/b || true'",
  }, null],
  ["a stop by pid", "ExecStop=/bin/kill $MAINPID", {}, /uses \$MAINPID/],
  ["logs", "StandardOutput=append:/var/log/x\nStandardError=append:/var/log/x", {
    stdout_logfile: "/var/log/x",
    redirect_stderr: "true",
  }, null],
  ["no log", "StandardOutput=null", { stdout_logfile: "NONE" }, null],
  ["what it requires", "[Unit]\nRequires=db.service x.target", {}, /depends_on = db/],
  ["what there is no key for", "ProtectHome=yes", {}, /Service: ProtectHome= is not taken over/],
  ["a comment mark in a command", "ExecStart=\nExecStart=/srv/x a ;b", {}, /put it into a script/],
];

for (const [name, lines, keys, note] of SERVICES) {
  test(`a service: ${name}`, () => {
    const text = `[Unit]\nDescription=x\n[Service]\nExecStart=/srv/x -a\n${lines}\n`;
    const [conversion] = convertText(text, "/etc/systemd/system/app@.service");
    assert.ok(conversion !== undefined);
    assert.equal(conversion.program, "app");
    for (const [key, value] of Object.entries(keys)) {
      assert.equal(conversion.keys.get(key), value, key);
    }
    if (note === null) assert.deepEqual(conversion.notes, []);
    else assert.match(conversion.notes.join("\n"), note);
    const known = conversion.keys.get("user") === undefined;
    if (known) assert.deepEqual(errorsOf([conversion]), []);
  });
}

test("a file that is neither gives nothing", () => {
  assert.deepEqual(convertText("[Unit]\nDescription=x\n", "x.target"), []);
  assert.deepEqual(convertText("just words\n", "x"), []);
});

for (
  const [text, seconds] of [
    ["5", 5],
    ["1min 30s", 90],
    ["100ms", 0.1],
    ["2h", 7200],
    ["infinity", null],
    ["", null],
    ["5 parsecs", null],
  ] as const
) {
  test(`${text || "nothing"} is ${seconds} seconds`, () => {
    assert.equal(secondsOf(text), seconds);
  });
}

test("assignments may be quoted whole or in part", () => {
  assert.deepEqual(assignments(`A=1 "B=x y" C='z "q"' "D=\\"" =no`), [
    ["A", "1"],
    ["B", "x y"],
    ["C", 'z "q"'],
    ["D", '"'],
  ]);
});
