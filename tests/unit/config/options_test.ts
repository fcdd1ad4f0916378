import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { IniDocument, readIni } from "../../../src/config/ini.ts";
import { loadConfig, loadCtlConfig } from "../../../src/config/load.ts";
import { SECTION_TABLES, tableFor } from "../../../src/config/options.ts";
import { fakeEnvironment } from "./fake_environment.ts";

const sample = readFileSync(new URL("../../../src/config/sample.conf", import.meta.url), "utf8");

/** Everything in the sample, active or commented out, as keys of their sections. */
function keysInSample(): Map<string, string[]> {
  const keys = new Map<string, string[]>();
  let section = "";
  for (const line of sample.split("\n")) {
    const header = /^;?\[([^\]]+)\]/.exec(line);
    if (header !== null) {
      section = header[1]!;
      keys.set(section, keys.get(section) ?? []);
    }
    const key = /^;?([a-z_.]+) ?=/.exec(line);
    if (key !== null) keys.get(section)!.push(key[1]!);
  }
  return keys;
}

/** What a commented-out block leaves out, because another block shows it or it has no effect. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  "eventlistener:": [
    "stdout_capture_maxbytes",
    "stdout_events_enabled",
    "stdout_syslog",
    "environment_files",
    "set_home",
    "secret_files",
    "secret_command",
    "use",
    ...["stdout", "stderr"].flatMap((channel) =>
      [
        "log_format",
        "log_policy",
        ...["target", "tag", "facility", "severity"].map((k) => `syslog_${k}`),
        "journald",
        ...["rotate", "maxage", "compress", "owner", "mode"].map((k) => `logfile_${k}`),
      ]
        .map((key) => `${channel}_${key}`)
    ),
    "schedule",
    "schedule_timezone",
    "schedule_jitter",
    "schedule_concurrency",
    "schedule_timeout",
  ],
};

for (const { section, options } of SECTION_TABLES) {
  // Nothing to show, or any name will do.
  if (["ctlplugin:", "env:", "variables"].includes(section)) continue;
  test(`the sample shows every option of [${section}]`, () => {
    const [, shown] = [...keysInSample()].find(([name]) => name.startsWith(section))!;
    const program = SECTION_TABLES.find((table) => table.section === "program:")!.options;
    const showsSome = ["fcgi-program:", "template:", "program-defaults"].includes(section);
    const elsewhere = showsSome ? program.map(({ key }) => key) : [];
    const missing = options.map(({ key }) => key).filter((key) =>
      !shown.includes(key) && !LEFT_OUT[section]?.includes(key) && !elsewhere.includes(key)
    );
    assert.deepEqual(missing, []);
  });

  test(`the sample shows nothing that [${section}] does not have`, () => {
    const [, shown] = [...keysInSample()].find(([name]) => name.startsWith(section))!;
    const known = options.map(({ key }) => key);
    assert.deepEqual(shown.filter((key) => !known.includes(key)), []);
  });
}

test("the sample loads as it is, with the values people rely on", () => {
  const environment = fakeEnvironment({ files: { "/s.conf": sample } });
  const config = loadConfig({ configFile: "/s.conf", options: {}, environment });
  assert.equal(config.serverUrl, "unix:///tmp/supervisor.sock");
  assert.equal(config.daemon.logfile, "/tmp/supervisord.log");
  assert.equal(config.daemon.pidfile, "/tmp/supervisord.pid");
  assert.deepEqual(config.rpcNamespaces, ["supervisor"]);
  assert.deepEqual(config.groups, []);
  const ctl = loadCtlConfig({ configFile: "/s.conf", executable: "/usr/bin/x", environment });
  assert.equal(ctl.serverUrl, "unix:///tmp/supervisor.sock");
});

test("the sample's active keys are the contract's", () => {
  const document = new IniDocument();
  assert.deepEqual(readIni(document, sample, "sample.conf"), []);
  const active = Object.fromEntries(
    document.sections().map(({ name, entries }) => [
      name,
      Object.fromEntries([...entries.values()].map(({ key, value }) => [key, value])),
    ]),
  );
  assert.deepEqual(active, {
    unix_http_server: { file: "/tmp/supervisor.sock" },
    supervisord: {
      logfile: "/tmp/supervisord.log",
      logfile_maxbytes: "50MB",
      logfile_backups: "10",
      loglevel: "info",
      pidfile: "/tmp/supervisord.pid",
      nodaemon: "false",
      silent: "false",
      minfds: "1024",
      minprocs: "200",
    },
    "rpcinterface:supervisor": {
      "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface",
    },
    supervisorctl: { serverurl: "unix:///tmp/supervisor.sock" },
  });
});

test("the commented-out keys of the sample are good values", () => {
  const bare = sample.split("\n").map((line) =>
    /^;(\[|[a-z_.]+ ?=)/.test(line) && !line.includes("progname") ? line.slice(1) : line
  );
  const text = bare.join("\n").replaceAll("supervisord              ;", "root ;")
    .replaceAll("nobody:nogroup", "root:root").replaceAll("user=nobody", "user=root")
    .replaceAll("_syslog=false", "_syslog=true")
    .replaceAll("/a/path", "/tmp/path");
  const environment = fakeEnvironment({ files: { "/s.conf": text } });
  const { groups, servers } = loadConfig({ configFile: "/s.conf", options: {}, environment });
  assert.deepEqual(groups.map(({ kind }) => kind).sort(), [
    "eventlistener",
    "fcgi",
    "group",
    "program",
  ]);
  assert.equal(servers.length, 2);
});

test("every default is a good value of its kind", () => {
  const environment = fakeEnvironment();
  for (const { title, options } of SECTION_TABLES) {
    for (const { key, default: value, kind } of options) {
      if (value === null) continue;
      assert.doesNotThrow(() => kind.convert(value, environment), `[${title}] ${key}`);
    }
  }
});

test("tableFor() knows sections by name, by prefix, and knows which are nobody's", () => {
  const titles = ["program:a", "inet_http_server:b", "unix_http_serverx", "supervisord", "group:"]
    .map((section) => tableFor(section)?.title);
  assert.deepEqual(titles, [
    "program:x",
    "inet_http_server",
    "unix_http_server",
    "supervisord",
    "group:x",
  ]);
  assert.equal(tableFor("supervisord2"), undefined);
  assert.equal(tableFor("Program:a"), undefined);
});
