/** The grammar of readiness and healthcheck: what is understood, and how it is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ValueError } from "../../../src/config/errors.ts";
import { parseCheck } from "../../../src/config/health_check.ts";
import { parseDuration } from "../../../src/config/duration.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { type Check, describeCheck } from "../../../src/process/health.ts";
import { fakeEnvironment } from "./fake_environment.ts";

const HTTP = {
  kind: "http",
  url: "http://127.0.0.1:8080/up",
  statuses: [[200, 399]],
  body: null,
  headers: [],
  verify: true,
} as const;

const GOOD: readonly [text: string, check: Check][] = [
  ["http://127.0.0.1:8080/up", HTTP],
  ["  http://127.0.0.1:8080/up  status=204,300-302", {
    ...HTTP,
    statuses: [[204, 204], [300, 302]],
  }],
  ['http://127.0.0.1:8080/up body="all is well"', { ...HTTP, body: { text: "all is well" } }],
  ["http://127.0.0.1:8080/up body=/ok|fine/", { ...HTTP, body: { pattern: "ok|fine" } }],
  ['http://127.0.0.1:8080/up header="Host: a.example" header=X-A:1', {
    ...HTTP,
    headers: [["Host", "a.example"], ["X-A", "1"]],
  }],
  ["https://localhost verify=no", { ...HTTP, url: "https://localhost/", verify: false }],
  ["tcp://localhost:6379", { kind: "tcp", host: "localhost", port: 6379 }],
  ["tcp://[::1]:80", { kind: "tcp", host: "::1", port: 80 }],
  ["unix:///run/x.sock", { kind: "unix", path: "/run/x.sock" }],
  ['unix:"/run/a b.sock"', { kind: "unix", path: "/run/a b.sock" }],
  ["exec:redis-cli -p 1 ping", { kind: "exec", command: "redis-cli -p 1 ping" }],
  ["exec: sh -c 'test -f /a'", { kind: "exec", command: "sh -c 'test -f /a'" }],
  ["log:ready to accept .* connections", {
    kind: "log",
    pattern: "ready to accept .* connections",
  }],
  ["file:/run/ready", { kind: "file", path: "/run/ready", maxAgeMs: null }],
  ["file:///run/beat max_age=30s", { kind: "file", path: "/run/beat", maxAgeMs: 30_000 }],
  ["fd:3", { kind: "fd", fd: 3 }],
  ["NOTIFY", { kind: "notify" }],
];

for (const [text, check] of GOOD) {
  test(`${text} is a check`, () => assert.deepEqual(parseCheck(text, "readiness"), check));
}

const BAD: readonly [text: string, reason: RegExp][] = [
  ["", /unknown kind/],
  ["htp://x/", /did you mean http\?/],
  ["notfy", /did you mean notify\?/],
  ["http://", /not a URL/],
  ["http:/x", /not a URL/],
  ["http://x/ stauts=200", /did you mean status=\?/],
  ["http://x/ status=20", /not a list of status codes: '20'/],
  ["http://x/ status=300-200", /not a list of status codes/],
  ["http://x/ body=", /body= needs a text/],
  ["http://x/ body=/(/", /./],
  ["http://x/ header=nonsense", /not a header/],
  ["http://x/ verify=maybe", /verify is yes or no/],
  ["http://x/ body='open", /No closing quotation/],
  ["tcp://x", /a host and a port/],
  ["tcp://x:0", /a port from 1 to 65535/],
  ["tcp://x:65536", /a port from 1 to 65535/],
  ["unix://relative", /must be absolute/],
  ["unix:///a b", /unknown option 'b'/],
  ["file:relative", /must be absolute/],
  ["file:/a max_age=soon", /not a length of time: 'soon'/],
  ["file:/a age=1", /unknown option 'age=1'/],
  ["exec:", /no command/],
  ["exec:sh 'x", /No closing quotation/],
  ["log:", /no pattern/],
  ["log:(", /./],
  ["log:(a)\\1", /./],
  ["fd:2", /a descriptor from 3 to 99/],
  ["fd:x", /a descriptor from 3/],
  ["notify:x", /notify stands alone/],
];

for (const [text, reason] of BAD) {
  test(`${JSON.stringify(text)} is refused with a reason`, () => {
    assert.throws(
      () => parseCheck(text, "readiness"),
      (error) => error instanceof ValueError && reason.test(error.message),
    );
  });
}

test("a descriptor cannot tell how a program is after its start", () => {
  assert.throws(() => parseCheck("fd:3", "healthcheck"), /tells that a program is ready/);
});

test("what is told of a check has no password in it", () => {
  const check = parseCheck("http://me:secret@127.0.0.1/", "healthcheck");
  assert.equal(describeCheck(check), "http://127.0.0.1/");
});

test("lengths of time have units", () => {
  const cases = [["10", 10_000], ["1.5", 1500], ["250ms", 250], ["2 m", 120_000], [
    "1h",
    3_600_000,
  ]];
  for (const [text, ms] of cases) assert.equal(parseDuration(String(text)), ms);
  for (const bad of ["", "-1", "1w", "1e3", "30d", "s"]) {
    assert.throws(() => parseDuration(bad), ValueError, bad);
  }
});

function load(keys: string) {
  const text = `[supervisord]\n[program:web]\ncommand=/bin/cat\n${keys}\n`;
  const environment = fakeEnvironment({ files: { "/s.conf": text } });
  const { groups } = loadConfig({ configFile: "/s.conf", options: {}, environment });
  return groups[0]?.processes[0];
}

test("a program without a check has nothing of it", () => {
  const spec = load("healthcheck_interval=3");
  assert.ok(spec !== undefined && !("health" in spec) && !("drain" in spec));
});

test("each copy has its own check, and the settings have their defaults", () => {
  const text = "[supervisord]\n[program:web]\ncommand=/bin/cat\nnumprocs=2\n" +
    "process_name=%(process_num)d\nhealthcheck=tcp://127.0.0.1:80%(process_num)02d\n";
  const environment = fakeEnvironment({ files: { "/s.conf": text } });
  const { groups } = loadConfig({ configFile: "/s.conf", options: {}, environment });
  const found = groups[0]?.processes.map(({ health }) => health);
  assert.deepEqual(found?.[1], {
    readiness: null,
    readinessTimeoutMs: null,
    healthcheck: { kind: "tcp", host: "127.0.0.1", port: 8001 },
    intervalMs: 10_000,
    timeoutMs: 5000,
    retries: 3,
    startPeriodMs: 10_000,
    onUnhealthy: "restart",
  });
});

test("a bad check is told with its section, and a bad action with the good ones", () => {
  assert.throws(
    () => load("healthcheck=htp://x/"),
    /program:web.*did you mean http\?.*|did you mean http\?.*program:web/,
  );
  assert.throws(() => load("on_unhealthy=explode"), /not an action: 'explode'/);
  assert.throws(() => load("healthcheck_retries=0"), /not a number of times: '0'/);
  assert.throws(() => load("healthcheck_interval=0"), /must be more than 0/);
  assert.throws(() => load("drain_command=sh 'x"), /can't parse command .*No closing quotation/);
});
