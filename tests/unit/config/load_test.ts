import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../../src/config/errors.ts";
import { loadConfig, loadCtlConfig } from "../../../src/config/load.ts";
import { defaultSearchPaths, findConfigFile } from "../../../src/config/search.ts";
import type { CommandLineOptions, Config } from "../../../src/config/types.ts";
import { fakeEnvironment, type FakeWorld } from "./fake_environment.ts";

interface Loading extends Omit<FakeWorld, "files"> {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly options?: CommandLineOptions;
  readonly previous?: Config;
}

const FILE = "/etc/s.conf";

function load(text: string | Uint8Array, loading: Loading = {}): Config {
  const { options = {}, previous, files, ...world } = loading;
  const environment = fakeEnvironment({ ...world, files: { ...files, [FILE]: text } });
  return loadConfig({ configFile: FILE, options, environment, ...(previous && { previous }) });
}

function errorOf(text: string | Uint8Array, loading: Loading = {}): ConfigError {
  try {
    load(text, loading);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "the configuration was accepted" });
}

const D = "[supervisord]\n";

test("loadConfig() gives the defaults of [supervisord]", () => {
  assert.deepEqual(load(D).daemon, {
    logfile: "/cwd/supervisord.log",
    logfileMaxBytes: 52428800,
    logfileBackups: 10,
    loglevel: "info",
    pidfile: "/cwd/supervisord.pid",
    umask: 0o22,
    nodaemon: false,
    silent: false,
    minfds: 1024,
    minprocs: 200,
    nocleanup: false,
    childlogdir: "/tmp",
    uid: null,
    directory: null,
    stripAnsi: false,
    environment: {},
    identifier: "supervisor",
    exitWhen: "never",
  });
});

test("loadConfig() gives the defaults of a program", () => {
  const { groups } = load(`${D}[program:x]\ncommand=/bin/cat\n`);
  const channel = {
    log: { kind: "auto" },
    maxBytes: 52428800,
    backups: 10,
    captureMaxBytes: 0,
    eventsEnabled: false,
    syslog: false,
  };
  assert.deepEqual(groups, [{
    name: "x",
    kind: "program",
    priority: 999,
    listener: null,
    fcgi: null,
    memberSockets: {},
    source: { file: FILE, line: 2 },
    processes: [{
      name: "x",
      program: "x",
      group: "x",
      priority: 999,
      autostart: true,
      autorestart: "unexpected",
      startSecs: 1,
      startRetries: 3,
      stopSignal: 15,
      stopWaitSecs: 10,
      stopAsGroup: false,
      killAsGroup: false,
      exitCodes: [0],
      redirectStderr: false,
      serverUrl: null,
      uid: null,
      umask: null,
      command: "/bin/cat",
      directory: null,
      environment: {},
      stdout: channel,
      stderr: channel,
    }],
  }]);
});

test("the command line wins over the file, and paths of both are made absolute", () => {
  const text = `${D}loglevel=warn\nlogfile=a.log\nidentifier=file\nsilent=false\nuser=root\n`;
  const options = { loglevel: "debug", logfile: "~/b.log", silent: true, user: "chris" } as const;
  const { daemon } = load(text, { options });
  assert.equal(daemon.loglevel, "debug");
  assert.equal(daemon.logfile, "/home/chris/b.log");
  assert.equal(daemon.silent, true);
  assert.equal(daemon.identifier, "file");
  assert.equal(daemon.uid, 1000);
});

test("a bad value in the file counts although the command line replaces it", () => {
  const error = errorOf(`${D}loglevel=loud\n`, { options: { loglevel: "info" } });
  assert.equal(error.message, "bad logging level name 'loud'");
});

test("logfile=syslog stays the word", () => {
  assert.equal(load(`${D}logfile=syslog\n`).daemon.logfile, "syslog");
});

const IN = ` in section 'program:x' (file: '${FILE}')`;

const ERRORS: readonly (readonly [string, string])[] = [
  ["", ".ini file does not include supervisord section"],
  ["foo\n", `File contains no section headers.\nfile: '${FILE}', line: 1\n'foo\\n'`],
  [`${D}foo\n`, `Source contains parsing errors: '${FILE}'\n\t[line  2]: 'foo\\n'`],
  [`${D}minfds=x\nminprocs=y\n`, "invalid literal for int() with base 10: 'x'"],
  [`${D}pidfile=/no/x\nloglevel=loud\n`, "bad logging level name 'loud'"],
  [`${D}user=nosuch\n`, "Invalid user name nosuch"],
  [`${D}environment=foo\n`, "Unexpected end of key/value pairs in value 'foo'"],
  [
    `${D}identifier=%(nope)s\n`,
    "Format string '%(nope)s' for 'supervisord.identifier' contains names ('nope') which cannot " +
    "be expanded. Available names: ENV_HOME, here",
  ],
  [
    `${D}environment=A=%(nope)s\n`,
    "Format string 'A=%(nope)s' for 'environment' contains names ('nope') which cannot be " +
    "expanded. Available names: ENV_HOME, here, host_node_name",
  ],
  [`${D}[include]\n`, ".ini file has [include] section, but no files setting"],
  [`${D}[program:x]\n`, `program section program:x does not specify a command${IN}`],
  [`${D}[program:x y]\ncommand=a\n`, "Invalid name: 'x y' because of character: ' '"],
  [
    `${D}[program:x]\ncommand=a\nstartsecs=soon\n`,
    `invalid literal for int() with base 10: 'soon'${IN}`,
  ],
  // The group's priority is read before anything of its processes.
  [`${D}[program:x]\npriority=p\n`, "invalid literal for int() with base 10: 'p'"],
  [
    `${D}[program:x]\ncommand=a\nnumprocs=2\n`,
    `%(process_num) must be present within process_name when numprocs > 1${IN}`,
  ],
  [
    `${D}[program:x]\ncommand=a\nstopasgroup=1\nkillasgroup=0\n`,
    `Cannot set stopasgroup=true and killasgroup=false${IN}`,
  ],
  [
    `${D}[program:x]\ncommand=a 50% b\n`,
    "Format string 'a 50% b' for 'program:x.command' is badly formatted: unsupported format " +
    `character 'b' (0x62) at index 6${IN}`,
  ],
  [
    `${D}[program:x]\ncommand=a\nprocess_name=%(nope)s\n`,
    "Format string '%(nope)s' for 'process_name' contains names ('nope') which cannot be " +
    "expanded. Available names: ENV_HOME, group_name, here, host_node_name, numprocs, " +
    `process_num, program_name${IN}`,
  ],
  [
    `${D}[program:x]\ncommand=a\nstdout_logfile=%(nope)s\n`,
    "Format string '%(nope)s' for 'program:x.stdout_logfile' contains names ('nope') which " +
    "cannot be expanded. Available names: ENV_HOME, group_name, here, host_node_name, numprocs, " +
    `process_num, program_name${IN}`,
  ],
  [`${D}[group:g]\nprograms=zzz\n`, "[group:g] names unknown program or fcgi-program zzz"],
  [
    `${D}[group:g]\nprograms=a\n[program:a]\ncommand=x\n[fcgi-program:a]\ncommand=x\n`,
    "[group:g] name a is ambiguous (exists as program and fcgi-program)",
  ],
  [`${D}[group:g h]\n`, "Invalid name: 'g h' because of character: ' '"],
  [`${D}[eventlistener:e]\n`, '[eventlistener:e] section requires an "events" line'],
  [
    `${D}[eventlistener:e]\nevents=foo\n`,
    "Unknown event type FOO in [eventlistener:e] events",
  ],
  [
    `${D}[eventlistener:e]\nbuffer_size=0\n`,
    "[eventlistener:e] section sets invalid buffer_size (0)",
  ],
  [
    `${D}[eventlistener:e]\nresult_handler=no.such:thing\n`,
    "no.such:thing cannot be resolved within [eventlistener:e]: Python plugins are not supported",
  ],
  [
    `${D}[eventlistener:e]\nevents=EVENT\nredirect_stderr=1\n`,
    "[eventlistener:e] section sets redirect_stderr=true but this is not allowed because it " +
    "will interfere with the eventlistener protocol",
  ],
  [
    `${D}[eventlistener:e]\nevents=EVENT\ncommand=a\nevent_length=words\n`,
    "[eventlistener:e] section sets invalid event_length (words)",
  ],
  [`${D}[fcgi-program:f]\n`, '[fcgi-program:f] section requires a "socket" line'],
  [
    `${D}[fcgi-program:f]\nsocket=udp://x\n`,
    "Bad socket format udp://x in [fcgi-program:f] socket",
  ],
  [
    `${D}[fcgi-program:f]\nsocket=unix://x\n`,
    "Unix socket path x is not an absolute path in [fcgi-program:f] socket",
  ],
  [
    `${D}[fcgi-program:f]\nsocket=tcp://h:0\n`,
    "0 is below lower bound (1) in [fcgi-program:f] socket",
  ],
  [
    `${D}[fcgi-program:f]\nsocket=tcp://h:1\nsocket_mode=0700\n`,
    "socket_owner and socket_mode params should only be used with a Unix domain socket in " +
    "[fcgi-program:f] socket",
  ],
  [`${D}[fcgi-program:f]\nsocket_owner=no\n`, "Invalid socket_owner value no"],
  [`${D}[fcgi-program:f]\nsocket_mode=9\n`, "Invalid socket_mode value 9"],
  [`${D}[fcgi-program:f]\nsocket_backlog=0\n`, "Invalid socket_backlog value 0"],
  [`${D}[unix_http_server]\n`, "section [unix_http_server] has no file value"],
  [`${D}[unix_http_server]\nfile=/s\nchmod=rwx\n`, "Invalid chmod value rwx"],
  [`${D}[unix_http_server]\nfile=/s\nchown=x:y\n`, "Invalid sockchown value x:y"],
  [`${D}[inet_http_server:b]\n`, "section [inet_http_server:b] has no port value"],
  [`${D}[inet_http_server]\nport=foo\n`, "not a valid port number: 'foo' "],
  [
    `${D}[inet_http_server]\nport=1\nusername=u\n`,
    "Section [inet_http_server] contains incomplete authentication: If a username or a password " +
    "is specified, both the username and password must be specified",
  ],
  [
    `${D}[rpcinterface:x]\n`,
    "section [rpcinterface:x] does not specify a supervisor.rpcinterface_factory",
  ],
  [
    `${D}[rpcinterface:x]\nsupervisor.rpcinterface_factory=a:b\n`,
    "a:b cannot be resolved within [rpcinterface:x]: Python plugins are not supported",
  ],
];

for (const [text, expected] of ERRORS) {
  test(`loadConfig() refuses ${JSON.stringify(text.replace(D, ""))}`, () => {
    assert.equal(errorOf(text, { env: { HOME: "/h" } }).message, expected);
  });
}

test("an error knows its place, its key, what was found and what was wanted", () => {
  const error = errorOf(`${D}[program:x]\ncommand=a\n startsecs = soon\nstopsignal = BAD ; c\n`);
  assert.equal(error.message, `value 'BAD' is not a valid signal name${IN}`);
  const { file, line, column, section, key, found, wanted, reason } = error;
  assert.deepEqual({ file, line, column, section, key, found, wanted, reason }, {
    file: FILE,
    line: 5,
    column: 14,
    section: "program:x",
    key: "stopsignal",
    found: "BAD",
    wanted: "a signal name or number such as TERM",
    reason: "value 'BAD' is not a valid signal name",
  });
});

test("a missing, an unreadable and an undecodable file have their own texts", () => {
  const environment = fakeEnvironment({ files: { "/a": "" }, unreadable: ["/a"] });
  const of = (configFile: string) => () => loadConfig({ configFile, options: {}, environment });
  assert.throws(of("no.conf"), { message: "could not find config file no.conf" });
  assert.throws(of("/a"), { message: "could not read config file /a" });
  assert.throws(of("/tmp"), { message: "could not read config file /tmp" });
  assert.throws(of(""), { message: "could not find config file " });
  assert.equal(
    errorOf(Uint8Array.of(0x5b, 0xff)).message,
    "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte",
  );
});

test("numprocs makes processes with their own names, environment and logs", () => {
  const text = `${D}[program:x]
command=run %(process_num)d of %(numprocs)s as %(ENV_WHO)s
process_name=%(program_name)s_%(process_num)02d
numprocs=3
numprocs_start=9
environment=WHO="w%(process_num)d"
stdout_logfile=/tmp/%(process_num)d%%.log
`;
  const processes = load(text).groups[0]!.processes;
  assert.deepEqual(processes.map(({ name }) => name), ["x_09", "x_10", "x_11"]);
  assert.equal(processes[1]!.command, "run 10 of 3 as w10");
  assert.deepEqual(processes[2]!.environment, { WHO: "w11" });
  assert.deepEqual(processes[0]!.stdout.log, { kind: "file", path: "/tmp/9%.log" });
});

test("numprocs=0 makes an empty group, and a typing error does not eat the memory", () => {
  assert.deepEqual(load(`${D}[program:x]\ncommand=a\nnumprocs=0\n`).groups[0]!.processes, []);
  const text = `${D}[program:x]\ncommand=a\nprocess_name=%(process_num)d\nnumprocs=1000000000\n`;
  assert.match(errorOf(text).message, /^numprocs is 1000000000, more than/);
});

test("[supervisord] environment is under the programs' own, and known as ENV_ names", () => {
  const text = `[program:x]
command=%(ENV_A)s
environment=B="own"
${D}environment=A="%(here)s",B="global",C="100%%"
`;
  const process = load(text).groups[0]!.processes[0]!;
  assert.equal(process.command, "/etc");
  assert.deepEqual(process.environment, { A: "/etc", B: "own", C: "100%" });
});

test("a reread knows the environment of the active configuration, and skips start's checks", () => {
  const previous = load(`${D}environment=DIR="inc"\n`);
  const text = `${D}user=nosuch\n[include]\nfiles=%(ENV_DIR)s/*.conf\n`;
  const files = { "/etc/inc/a.conf": "[program:a]\ncommand=x\n" };
  assert.deepEqual(load(text, { files, previous }).groups.map(({ name }) => name), ["a"]);
  assert.match(errorOf(text, { files }).message, /^Format string '%\(ENV_DIR\)s/);
});

test("include reads matches in order, per pattern, once per match", () => {
  const files = {
    "/etc/d/b.conf": "[program:b]\ncommand=b\n",
    "/etc/d/a.conf": "[program:b]\ncommand=a\n[include]\nfiles=never\n",
    "/etc/z.ini": "[program:z]\ncommand=%(here)s\n",
  };
  const text = `${D}[include]\nfiles = d/*.conf\n  /etc/z.ini none/* d/a.conf d\n`;
  const config = load(text, { files });
  assert.deepEqual(config.messages, [
    {
      level: "warn",
      text: 'No file matches via include "/etc/none/*"',
      source: { file: FILE, line: 3 },
    },
    { level: "info", text: 'Included extra file "/etc/d/a.conf" during parsing' },
    { level: "info", text: 'Included extra file "/etc/d/b.conf" during parsing' },
    { level: "info", text: 'Included extra file "/etc/z.ini" during parsing' },
    { level: "info", text: 'Included extra file "/etc/d/a.conf" during parsing' },
    { level: "info", text: 'Included extra file "/etc/d" during parsing' },
  ]);
  assert.deepEqual(
    config.groups.map(({ processes }) => processes[0]!.command),
    ["a", "/etc"],
  );
});

test("%(here)s in an included file is that file's directory, in the main file its own", () => {
  const files = {
    "/etc/d/a.conf": "[program:a]\ncommand=%(here)s\n[inet_http_server]\nport=%(here)s:1\n",
  };
  const text = `${D}[include]\nfiles=d/a.conf\n[program:m]\ncommand=%(here)s\n`;
  const { groups, servers } = load(text, { files });
  assert.deepEqual(groups.map(({ processes }) => processes[0]!.command), ["/etc/d", "/etc"]);
  assert.equal(servers[0]!.address.kind === "inet" && servers[0]!.address.host, "/etc/d");
});

test("errors in included programs name the file that opened the section", () => {
  const files = { "/etc/a.inc": "[program:a]\ncommand=x\nstartsecs=x\n", "/etc/b.inc": "junk\n" };
  assert.equal(
    errorOf(`${D}[include]\nfiles=a.inc\n`, { files }).message,
    "invalid literal for int() with base 10: 'x' in section 'program:a' (file: '/etc/a.inc')",
  );
  assert.match(
    errorOf(`${D}[include]\nfiles=b.inc\n`, { files }).message,
    /'\/etc\/b\.inc', line: 1/,
  );
});

test("groups come by priority and name; members lose their own group", () => {
  const text = `${D}
[program:b]
command=b
[program:a]
command=a
priority=5
[program:c]
command=c
[group:g]
programs=c, a
priority=7
[eventlistener:l]
command=l
events=tick_5,TICK_5,EVENT
event_length=Bytes
`;
  const { groups } = load(text);
  assert.deepEqual(groups.map(({ name, kind }) => [name, kind]), [
    ["l", "eventlistener"],
    ["g", "group"],
    ["b", "program"],
  ]);
  assert.deepEqual(groups[1]!.processes.map(({ name, group }) => [name, group]), [
    ["a", "g"],
    ["c", "g"],
  ]);
  assert.deepEqual(groups[1]!.members, ["c", "a"]);
  assert.deepEqual(groups[0]!.listener, {
    events: ["TICK_5", "EVENT"],
    bufferSize: 10,
    resultHandler: "supervisor.dispatchers:default_handler",
    eventLength: "bytes",
  });
  assert.equal(groups[0]!.processes[0]!.priority, 999);
});

test("of two groups with one name the first in order stays, and a message says so", () => {
  const { groups, messages } = load(
    `${D}[program:x]\ncommand=p\n[fcgi-program:x]\ncommand=f\nsocket=tcp://h:1\npriority=1\n`,
  );
  assert.deepEqual(groups.map(({ kind }) => kind), ["fcgi"]);
  assert.match(messages[0]!.text, /^Group 'x' is defined twice/);
});

test("of two processes with one name in a group the last listed stays", () => {
  const text = `${D}[group:g]\nprograms=a,b\n[program:a]\ncommand=1\nprocess_name=n
[program:b]\ncommand=2\nprocess_name=n\n`;
  assert.deepEqual(load(text).groups[0]!.processes.map(({ command }) => command), ["2"]);
});

test("fcgi sockets have their defaults, also as members of a group", () => {
  const text = `${D}[fcgi-program:f]
command=f
socket=unix:///tmp/../run/%(program_name)s.sock
user=root
[fcgi-program:m]
command=m
socket=tcp://LocalHost:9000
socket_backlog=7
[group:g]
programs=m
`;
  const { groups } = load(text);
  assert.deepEqual(groups.find(({ name }) => name === "f")!.fcgi, {
    url: "unix:///run/f.sock",
    address: { kind: "unix", path: "/run/f.sock" },
    owner: { uid: 0, gid: 0 },
    mode: 0o700,
    backlog: null,
  });
  assert.deepEqual(groups.find(({ name }) => name === "g")!.memberSockets, {
    m: {
      url: "tcp://localhost:9000",
      address: { kind: "tcp", host: "localhost", port: 9000 },
      owner: null,
      mode: null,
      backlog: 7,
    },
  });
});

test("a grouped fcgi-program without socket loads, as it does in Supervisor", () => {
  const { groups, messages } = load(`${D}[fcgi-program:f]\ncommand=f\n[group:g]\nprograms=f\n`);
  assert.deepEqual(groups[0]!.memberSockets, {});
  assert.match(messages[0]!.text, /runs as an ordinary program/);
});

test("servers: inet first, then unix; the URL of children prefers unix", () => {
  const text = `${D}
[unix_http_server]
file=~/s
chmod=0770
chown=chris:staff
username=u
password=%%p
[inet_http_server]
port=*:1
[inet_http_server:two]
port=Host:2
username=
password=
`;
  const config = load(text);
  assert.deepEqual(config.servers, [
    {
      section: "inet_http_server",
      address: { kind: "inet", host: "", port: 1 },
      credentials: null,
    },
    {
      section: "inet_http_server:two",
      address: { kind: "inet", host: "host", port: 2 },
      credentials: null,
    },
    {
      section: "unix_http_server",
      address: { kind: "unix", path: "/home/chris/s", mode: 0o770, owner: { uid: 1000, gid: 50 } },
      credentials: { username: "u", password: "%p" },
    },
  ]);
  assert.equal(config.serverUrl, "unix:///home/chris/s");
});

test("without unix server the URL of children is the last inet server's", () => {
  const text = `${D}[inet_http_server]\nport=h:1\n[inet_http_server:b]\nport=2\n`;
  assert.equal(load(text).serverUrl, "http://localhost:2");
  assert.equal(load(D).serverUrl, null);
});

const RPC = "[rpcinterface:x]\nsupervisor.rpcinterface_factory = " +
  "supervisor.rpcinterface:make_main_rpcinterface\n";

test("the built-in RPC interface is mounted under any name", () => {
  assert.deepEqual(load(D + RPC).rpcNamespaces, ["x"]);
  assert.deepEqual(load(D).rpcNamespaces, []);
});

test("arguments for the RPC interface end a start that has servers, and only that", () => {
  const text = `[DEFAULT]\nextra=1\n${D}${RPC}`;
  assert.deepEqual(load(text).rpcNamespaces, ["x"]);
  const withServer = `${text}[inet_http_server]\nport=1\n`;
  assert.equal(errorOf(withServer).message, "Could not make x rpc interface");
  assert.equal(load(withServer, { previous: load(D) }).servers.length, 1);
});

test("log warnings are the reference's", () => {
  const text = `${D}[program:x]
command=a
redirect_stderr=true
stdout_logfile=syslog
stderr_logfile=/tmp/x
[program:y]
command=a
stdout_logfile_maxbytes=0
`;
  const { messages, groups } = load(text);
  assert.deepEqual(messages.map(({ text }) => text), [
    "For [program:x], stdout_logfile=syslog but this is deprecated and will be removed.  Use " +
    "stdout_syslog=true to enable syslog instead.",
    "For [program:x], redirect_stderr=true but stderr_logfile has also been set to a filename, " +
    "the filename has been ignored",
    "For [program:y], AUTO logging used for stdout_logfile without rollover, set maxbytes > 0 " +
    "to avoid filling up filesystem unintentionally",
  ]);
  const { stdout, stderr } = groups[0]!.processes[0]!;
  assert.deepEqual([stdout.log, stdout.syslog, stderr.log], [{ kind: "none" }, true, {
    kind: "none",
  }]);
});

test("the search path starts beside the executable", () => {
  assert.deepEqual(defaultSearchPaths("/usr/bin/supervisord").slice(0, 3), [
    "/usr/etc/supervisord.conf",
    "/usr/supervisord.conf",
    "supervisord.conf",
  ]);
  const found = fakeEnvironment({
    files: { "/cwd/etc/supervisord.conf": "", "/etc/supervisord.conf": "" },
  });
  assert.deepEqual(findConfigFile("/usr/bin/supervisord", found), { path: "etc/supervisord.conf" });
  assert.throws(() => findConfigFile("/usr/bin/supervisord", fakeEnvironment()), {
    message: "No config file found at default paths (/usr/etc/supervisord.conf, " +
      "/usr/supervisord.conf, supervisord.conf, etc/supervisord.conf, /etc/supervisord.conf, " +
      "/etc/supervisor/supervisord.conf); use the -c option to specify a config file at a " +
      "different path",
  });
});

function loadCtl(text: string | null, configFile: string | null = FILE) {
  const files: Record<string, string> = text === null ? {} : { [FILE]: text };
  const environment = fakeEnvironment({ files });
  return loadCtlConfig({ configFile, executable: "/usr/bin/supervisorctl", environment });
}

test("loadCtlConfig() reads [supervisorctl] and makes its paths absolute", () => {
  const text = "[supervisorctl]\nserverurl=unix://s/../t\nusername=u\npassword=p ; c\n" +
    "prompt=me\nhistory_file=%(here)s/h\n[include]\nfiles=%(nope)s\n";
  assert.deepEqual(loadCtl(text), {
    serverUrl: "unix:///cwd/t",
    username: "u",
    password: "p",
    prompt: "me",
    historyFile: "/etc/h",
  });
});

test("loadCtlConfig() has defaults, and does without a file when none was named", () => {
  const defaults = {
    serverUrl: "http://localhost:9001",
    username: null,
    password: null,
    prompt: "supervisor",
    historyFile: null,
  };
  assert.deepEqual(loadCtl("[supervisorctl]\n"), defaults);
  assert.deepEqual(loadCtl(null, null), defaults);
});

const CTL_ERRORS: readonly (readonly [string, string])[] = [
  ["", ".ini file does not include supervisorctl section"],
  ["x\n", `File contains no section headers.\nfile: '${FILE}', line: 1\n'x\\n'`],
  [
    "[supervisorctl]\n[ctlplugin:x]\nsupervisor.ctl_factory=a:b\n",
    "a:b cannot be resolved within [ctlplugin:x]: Python plugins are not supported",
  ],
  [
    "[supervisorctl]\n[ctlplugin:x]\n",
    "section [ctlplugin:x] does not specify a supervisor.ctl_factory",
  ],
  [
    "[supervisorctl]\nprompt=%(here)s\n",
    "Format string '%(here)s' for 'supervisorctl.prompt' contains names ('here') which cannot " +
    "be expanded. Available names: ",
  ],
];

for (const [text, expected] of CTL_ERRORS) {
  test(`loadCtlConfig() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => loadCtl(text), { name: "ConfigError", message: expected });
  });
}
