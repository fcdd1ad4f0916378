import assert from "node:assert/strict";
import { test } from "node:test";
import { daemonOf, type Facts } from "../../../cli/doctor/facts.ts";
import { diagnose, exitStatusOf, formatFindings } from "../../../cli/doctor/findings.ts";

const URL = "unix:///run/s.sock";

const HEALTHY: Facts = {
  uid: 1000,
  user: "me",
  ctlFile: "/etc/s.conf",
  searched: ["/etc/s.conf"],
  refusal: null,
  serverUrl: URL,
  hasCredentials: false,
  check: { errors: 0, warnings: 0, first: null },
  listensAt: URL,
  socket: { path: "/run/s.sock", kind: "socket", mode: 0o700, uid: 0, isOpenToUs: true },
  daemons: [],
  pidfile: { path: "/run/s.pid", pid: null, isAlive: false },
  reach: {
    kind: "answers",
    pid: 7,
    version: "4.3.0",
    build: "1.0",
    state: "RUNNING",
    processes: [{ name: "web", state: "RUNNING" }],
  },
  build: "1.0",
  directories: [{
    what: "of the logs",
    path: "/log",
    exists: true,
    isWritable: true,
    freeBytes: null,
  }],
  descriptors: { wanted: 1024, hard: 4096 },
};

test("nothing is wrong with what is right", () => {
  const findings = diagnose(HEALTHY);
  assert.deepEqual(findings.filter(({ level }) => level !== "ok"), []);
  assert.equal(exitStatusOf(findings), 0);
});

const unreachable = (code: string): Partial<Facts> => ({
  reach: { kind: "unreachable", code, text: `[Errno 1] ${code}` },
});
const answers = HEALTHY.reach;
const lack = HEALTHY.directories[0] as Facts["directories"][number];

const CASES: readonly (readonly [string, Partial<Facts>, "warning" | "problem", RegExp])[] = [
  ["no file", { ctlFile: null, check: null }, "warning", /none of \/etc\/s\.conf.*-c FILE/s],
  [
    "a file without [supervisorctl]",
    { refusal: "no section" },
    "problem",
    /no section.*serverurl =/s,
  ],
  [
    "errors in the file",
    { check: { errors: 2, warnings: 0, first: "/etc/s.conf:3: bad" } },
    "problem",
    /s\.conf:3: bad.*--check -c \/etc\/s\.conf/s,
  ],
  ["no server in the file", { listensAt: null }, "problem", /unix_http_server/],
  [
    "a server elsewhere",
    { listensAt: "http://localhost:1" },
    "warning",
    /listens at http:\/\/localhost:1/,
  ],
  [
    "no socket, and no daemon",
    unreachable("ENOENT"),
    "problem",
    /no such socket.*no supervisord runs: supervisord -c \/etc\/s\.conf/s,
  ],
  [
    "no socket, and another daemon",
    { ...unreachable("ENOENT"), daemons: [{ pid: 9, configFile: "/b.conf" }] },
    "problem",
    /pid 9 with \/b\.conf: supervisorctl -c \/b\.conf/,
  ],
  ["a socket left behind", unreachable("ECONNREFUSED"), "problem", /left behind/],
  [
    "a port where nothing listens",
    { ...unreachable("ECONNREFUSED"), socket: null },
    "problem",
    /nothing listens there/,
  ],
  [
    "a daemon that is alive, and does not answer",
    { ...unreachable("ENOENT"), pidfile: { path: "/run/s.pid", pid: 5, isAlive: true } },
    "problem",
    /pid 5 of \/run\/s\.pid is alive/,
  ],
  [
    "a socket of somebody else",
    unreachable("EACCES"),
    "problem",
    /me may not connect \(mode 0700, owner uid 0\).*sudo.*chmod = 0770/s,
  ],
  ["a name that nobody knows", unreachable("ENOTFOUND"), "problem", /host name/],
  ["no password", { reach: { kind: "refuses", status: 401 } }, "problem", /asks for a user name/],
  [
    "a wrong password",
    { reach: { kind: "refuses", status: 401 }, hasCredentials: true },
    "problem",
    /does not accept/,
  ],
  ["too small a role", { reach: { kind: "refuses", status: 403 } }, "problem", /does not allow/],
  ["another server", { reach: { kind: "refuses", status: 404 } }, "problem", /status 404/],
  ["another version", { build: "1.1" }, "warning", /daemon is 1\.0.*upgrade/s],
  [
    "programs that fail",
    { reach: { ...answers, processes: [{ name: "w:1", state: "FATAL" }] } as Facts["reach"] },
    "warning",
    /w:1 FATAL.*status -v w:1/s,
  ],
  [
    "a directory that is not there",
    { directories: [{ ...lack, exists: false }] },
    "problem",
    /mkdir -p \/log/,
  ],
  ["a full disk", { directories: [{ ...lack, freeBytes: 1024 }] }, "warning", /0 MiB left/],
  [
    "a directory of somebody else",
    { directories: [{ ...lack, isWritable: false }] },
    "warning",
    /cannot be written by me/,
  ],
  ["too few descriptors", { descriptors: { wanted: 9, hard: 5 } }, "warning", /minfds wants 9/],
];

for (const [name, change, level, words] of CASES) {
  test(`${name}: the doctor says so, and what to do`, () => {
    const findings = diagnose({ ...HEALTHY, ...change });
    const [found, ...more] = findings.filter((finding) => finding.level !== "ok");
    assert.deepEqual([found?.level, more], [level, []]);
    assert.match([found?.text, ...found?.actions ?? []].join("\n"), words);
    assert.equal(exitStatusOf(findings), level === "problem" ? 1 : 0);
  });
}

test("findings are a line each, with what to do below", () => {
  const [finding] = diagnose({ ...HEALTHY, check: { errors: 0, warnings: 1, first: null } });
  assert.ok(finding !== undefined);
  assert.equal(
    formatFindings([finding]),
    "WARN  configuration  /etc/s.conf: 0 errors, 1 warnings\n" +
      "                     -> supervisord --check -c /etc/s.conf\n",
  );
});

const COMMANDS: readonly (readonly [string, string | null | undefined])[] = [
  ["/usr/bin/supervisord -c /a", "/a"],
  ["supervisord -nc /a", "/a"],
  ["supervisord --configuration=/a -n", "/a"],
  ["/usr/bin/python3 /usr/bin/supervisord -n", null],
  ["supervisord ctl -c /a", undefined],
  ["vi supervisord", undefined],
  ["grep x supervisord", undefined],
  ["sleep 5", undefined],
];

for (const [command, file] of COMMANDS) {
  test(`${command}: ${file === undefined ? "no daemon" : `a daemon with ${file ?? "any file"}`}`, () => {
    assert.equal(daemonOf(command.split(" "))?.configFile, file);
  });
}
