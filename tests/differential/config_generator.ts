/** Configuration files made up by chance from a seed: valid ones, odd ones, broken ones. */

/** A file to be loaded, with what it includes, as paths below one directory. */
export interface GeneratedCase {
  readonly seed: number;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** mulberry32: small, good enough, the same everywhere. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

class Chance {
  readonly #next: () => number;
  constructor(seed: number) {
    this.#next = randomNumbers(seed);
    // Neighbouring seeds start alike; a few rounds take them apart.
    for (let i = 0; i < 5; i++) this.#next();
  }
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }
  is(probability: number): boolean {
    return this.#next() < probability;
  }
  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
  some<T>(choices: readonly T[], probability: number): T[] {
    return choices.filter(() => this.is(probability));
  }
}

interface Pool {
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const INTEGERS: Pool = {
  good: ["0", "1", "7", "-3", "+4", " 12 ", "1_000", "007", "٣", "５", "%(ENV_NUMBER)s"],
  bad: [
    "x",
    "",
    "1.5",
    "0x10",
    "1__0",
    "_1",
    "1 2",
    "'1'",
    "1e3",
    "½",
    "it's",
    'say "x"',
    "é",
    "\u00a0x",
  ],
};
const BOOLEANS: Pool = {
  good: ["true", "TRUE", "Yes", "on", "1", "false", "No", "oFF", "0", "%(ENV_FLAG)s"],
  bad: ["maybe", "", "yes please", "2", "t", "it's", "tru\u00e9", "none"],
};
const BYTES: Pool = {
  good: ["0", "1KB", "5mb", "2Gb", "10 KB", "1_0kb", "-1", "1024"],
  bad: ["10tb", "1.5", "kb", "", "5B", "5 K B", "mb5", "10TB", "1.5MB"],
};
const OCTALS: Pool = {
  good: ["022", "22", "0o22", "0O7", "777", " 7"],
  bad: ["9", "x", "", "0x1", "999"],
};
const SIGNALS: Pool = {
  good: ["TERM", "term", "SIGHUP", "sigusr1", "9", " INT ", "CLD", "POLL", "RTMIN", "0", "15"],
  bad: ["FOO", "99", "", "SIG", "RTMIN+1", "SIGFOO", "-1", "65", "it's"],
};
const EXIT_CODES: Pool = {
  good: ["0", "0,2", " 1 , 2 ", "255", "", "0,0"],
  bad: ["256", "-1", "a", "0,", ",", "1;2", "0 1"],
};
const AUTORESTART: Pool = {
  good: ["true", "False", "UNEXPECTED", "unexpected", "1", "off"],
  bad: ["always", "Sometimes", "", "never"],
};
const TEXT: Pool = {
  good: ["x", "a b", "%(here)s/x", "é", "%(ENV_SPACED)s", "100%%", '"q"', "a;b", "a#b"],
  bad: ["%(nope)s", "50%", "%(here", "%", "%(here)q", "%(here)d", "a %z", "%(here)5", "%()s"],
};
const PROCESS_TEXT: Pool = {
  good: [
    "/bin/cat",
    "cat %(process_num)d",
    "cat %(process_num)05d %(numprocs)s",
    "%(program_name)s-%(group_name)s@%(host_node_name)s",
    "%(process_num)x|%(process_num)+d|%(process_num)-4d|%(process_num)#o",
    "%(here)s/%(ENV_SPACED)10.3s|%(program_name)-8s|",
    "%(program_name)r %(ENV_QUOTED)r %(ENV_QUOTED)a",
    "%(process_num)5.2f %(process_num)e %(process_num)g %(process_num)c",
    "%(process_num)hd %(process_num)#x %(process_num) d %(process_num).3d",
    "sh -c 'a ; b'",
    "a %% b",
  ],
  bad: [
    "%(ENV_OWN)s",
    ...TEXT.bad,
    "%(process_num)",
    "%(Here)s",
    "%(ENV_NOPE)s",
    "%(program_name)c",
    "%d",
    "%x",
  ],
};
const ENVIRONMENT: Pool = {
  good: [
    'A="1",B="2"',
    "A=1,OWN=x",
    'OWN="x, y"',
    "A=/usr/bin:/bin,B=(x)-y+z.",
    'A="%(here)s",B=%(program_name)s',
    "A=1;B=2",
    "A=1,",
    'A=""',
    'A="a\\"b"',
    'A="x"y',
    "A=\"'q'\"",
    'A="a\\\\b"',
    '"A"=1',
    "A=aé,B=1",
    "A=$HOME",
    "A=~/x",
    "A=a#b",
    "A=a\\ b",
    'A="5%%"',
    "",
    'A="one\n  two"',
    "A=1,\n  B=2",
  ],
  bad: ["A=", "A=1 B=2", "A=a@b", "A=1,,B=2", "A", "A=don't", 'A="x', "A=x\\", "A==1", "=1", "A=€"],
};
const LOGFILE: Pool = {
  good: [
    "AUTO",
    "none",
    "OFF",
    "syslog",
    "%(here)s/x.log",
    "x.log",
    "~/x.log",
    "/tmp/%(program_name)s.log",
  ],
  bad: ["/nonexistent/x.log", "%(nope)s", "~nobodyatall/x", "%(here)s/no/x.log"],
};
const USERS: Pool = {
  good: ["root", "0", "nobody", " 65534 ", "daemon"],
  bad: ["nosuchuser", "987654", "", "root:root", "1.0"],
};
const PRIORITY: Pool = {
  good: ["1", "5", "999", "-1", "%(here).0s3"],
  bad: ["x", "%(group_name)s", ""],
};

const PROGRAM_KEYS: Readonly<Record<string, Pool>> = {
  priority: PRIORITY,
  autostart: BOOLEANS,
  autorestart: AUTORESTART,
  startsecs: INTEGERS,
  startretries: INTEGERS,
  stopsignal: SIGNALS,
  stopwaitsecs: INTEGERS,
  stopasgroup: BOOLEANS,
  killasgroup: BOOLEANS,
  exitcodes: EXIT_CODES,
  redirect_stderr: { good: ["false", "no"], bad: ["true", "x"] },
  numprocs: { good: ["1", "1", "0", "-2"], bad: ["x", "2"] },
  numprocs_start: { good: ["0", "3", "-1"], bad: ["x"] },
  environment: ENVIRONMENT,
  directory: PROCESS_TEXT,
  user: USERS,
  umask: OCTALS,
  serverurl: { good: ["AUTO", " auto ", "http://x", "", "unix:///x"], bad: TEXT.bad },
  stdout_logfile: LOGFILE,
  stderr_logfile: LOGFILE,
  stdout_logfile_maxbytes: BYTES,
  stderr_logfile_maxbytes: BYTES,
  stdout_logfile_backups: INTEGERS,
  stderr_logfile_backups: INTEGERS,
  stdout_capture_maxbytes: BYTES,
  stderr_capture_maxbytes: BYTES,
  stdout_events_enabled: BOOLEANS,
  stderr_events_enabled: BOOLEANS,
  stdout_syslog: BOOLEANS,
  stderr_syslog: BOOLEANS,
  nosuchkey: TEXT,
};

const DAEMON_KEYS: Readonly<Record<string, Pool>> = {
  minfds: INTEGERS,
  minprocs: INTEGERS,
  directory: { good: ["/tmp", "~", "%(here)s"], bad: ["/nonexistent", "", "~nobodyatall"] },
  user: USERS,
  umask: OCTALS,
  logfile: {
    good: ["%(here)s/l.log", "l.log", "syslog", "/tmp/../tmp/l", "~/l"],
    bad: ["/nonexistent/l"],
  },
  logfile_maxbytes: BYTES,
  logfile_backups: INTEGERS,
  loglevel: {
    good: ["info", "DEBUG", "Trace", "blather", "critical"],
    bad: ["loud", "warning", "", "é"],
  },
  pidfile: { good: ["%(here)s/p", "p.pid", "./a/../p.pid"], bad: ["/nonexistent/p"] },
  identifier: TEXT,
  nodaemon: BOOLEANS,
  silent: BOOLEANS,
  childlogdir: { good: ["/tmp", "%(here)s"], bad: ["/nonexistent"] },
  nocleanup: BOOLEANS,
  strip_ansi: BOOLEANS,
  environment: {
    good: ['GLOBAL="g"', "GLOBAL=x,ENV=2", 'GLOBAL="%(here)s"', ""],
    bad: ["GLOBAL", "%(nope)s", 'A="x'],
  },
};

const SERVER_KEYS: Readonly<Record<string, Pool>> = {
  username: { good: ["u", ""], bad: TEXT.bad },
  password: { good: ["p", "{SHA}abc", "a%%b"], bad: ["%(here)s", "p%"] },
};
const UNIX_KEYS: Readonly<Record<string, Pool>> = {
  ...SERVER_KEYS,
  chmod: OCTALS,
  chown: { good: ["root", "nobody:root", "0:0", "65534"], bad: ["no:one", "root:nosuch", "", "x"] },
};
const PORTS: Pool = {
  good: ["9001", ":9001", "*:9001", "LocalHost:1", "127.0.0.1:65535", "[::1]:9001", " 80"],
  bad: ["foo", "x:", "x:y", "0", "h:0", "h:65536", "65536", "", "x:99999999999999999999"],
};
const LISTENER_KEYS: Readonly<Record<string, Pool>> = {
  buffer_size: { good: ["1", "100"], bad: ["0", "-1", "x"] },
  result_handler: {
    good: ["supervisor.dispatchers:default_handler"],
    bad: ["no.such:thing", "supervisor.dispatchers:nothing"],
  },
};
const FCGI_KEYS: Readonly<Record<string, Pool>> = {
  socket_owner: { good: ["root", "nobody:0"], bad: ["nosuch", "a:b"] },
  socket_mode: { good: ["0700", "0o600"], bad: ["9", "x"] },
  socket_backlog: { good: ["1", "128", "65535"], bad: ["0", "65536", "x"] },
};
const PROCESS_NAMES: Pool = {
  good: ["n", "%(group_name)s", "%(process_num)d", " x "],
  bad: ["a:b", "a b", "%(nope)s", "a/b"],
};
const COPY_NAMES: Pool = {
  good: ["%(program_name)s_%(process_num)02d", "p%(process_num)d"],
  bad: ["same", "%(process_num)q"],
};
const EVENTS: Pool = {
  good: ["TICK_5", "tick_60, EVENT", "PROCESS_STATE", "event,EVENT"],
  bad: ["FOO", "", "EVENT,"],
};
const SOCKET_FILES: Pool = {
  good: ["/tmp/s", "%(here)s/s", "~/s", "s.sock", ""],
  bad: ["%(x)s", "%"],
};
const INCLUDES: Pool = {
  good: [
    "inc/*.conf",
    "inc/?.conf other.ini",
    "inc/[ab].conf\n  inc/[!ab].conf",
    "%(here)s/inc/*.conf",
    "none/*.conf",
    "inc/**",
    "%(ENV_INCLUDE)s/*",
    "inc/a.conf inc/a.conf",
    "inc",
    "*/*.conf",
    "inc/.h*",
    "inc/[]",
    "inc/",
  ],
  bad: ["%(nope)s", "100%"],
};
const DEFAULTS: Readonly<Record<string, Pool>> = {
  startsecs: { good: ["5"], bad: ["x"] },
  autostart: BOOLEANS,
  zzz: { good: ["%(here)s"], bad: ["%"] },
};
const SOCKETS: Pool = {
  good: ["unix:///tmp/x.sock", "unix:///tmp//a/../%(program_name)s", "unix:///%(here)s"],
  bad: [
    "udp://x",
    "unix://foo.sock",
    "",
    "tcp://h:0",
    "tcp://h:99999",
    "tcp://h",
    "tcp://a b:1",
    "x",
  ],
};

/** Writes one file with every freedom the dialect leaves. */
class Writer {
  readonly #chance: Chance;
  /** How likely a value is to be a bad one. 0: everything else is chosen with care, too. */
  readonly #badness: number;
  #text = "";

  constructor(chance: Chance, badness: number) {
    this.#chance = chance;
    this.#badness = badness;
  }

  /** True in files that need not load. */
  get risky(): boolean {
    return this.#badness > 0;
  }

  /** For what has to be there: left out now and then in files that need not load. */
  includes(): boolean {
    return !this.risky || this.#chance.is(0.95);
  }

  get text(): string {
    return this.#text;
  }

  line(line: string): void {
    this.#text += line + (this.#chance.is(0.02) ? "\r\n" : "\n");
  }

  noise(): void {
    if (!this.#chance.is(0.12)) return;
    this.line(this.#chance.of([
      "",
      "   ",
      "; a comment",
      "# another",
      "  ; indented",
      "\t# tab",
      ";[program:ghost]",
      ";;; # ;",
      "\u3000",
      "\x0c",
    ]));
  }

  header(name: string): void {
    this.noise();
    const tail = this.#chance.is(0.15)
      ? this.#chance.of([" ; comment", " # c", " junk", "  "])
      : "";
    this.line(`${this.#chance.is(0.03) ? " " : ""}[${name}]${tail}`);
  }

  key(key: string, value: string): void {
    this.noise();
    const chance = this.#chance;
    const name = chance.is(0.06) ? key.toUpperCase() : key;
    const delimiter = chance.is(0.8) ? "=" : chance.of([" = ", ":", " : ", "  =", "=\t"]);
    const comment = chance.is(0.08)
      ? chance.of([" ; c", "\t# c", " ;", "  ; a # b", "\u00a0# c"])
      : "";
    const indent = chance.is(0.02) ? chance.of([" ", "\t"]) : "";
    this.line(`${indent}${name}${delimiter}${value}${comment}`);
    if (!chance.is(0.01)) return;
    this.line(chance.of(this.risky ? ["  continued", "\tx=1", "  ; no", ""] : ["  ; no", ""]));
  }

  /** A value for the key out of its pool. */
  pooled(key: string, pool: Pool): void {
    const bad = this.#chance.is(this.#badness) && pool.bad.length > 0;
    this.key(key, this.#chance.of(bad ? pool.bad : pool.good));
  }

  pools(pools: Readonly<Record<string, Pool>>, density: number): void {
    for (const [key, pool] of this.#chance.some(Object.entries(pools), density)) {
      this.pooled(key, pool);
    }
  }
}

const NAMES = ["a", "b", "c", "web", "x-1", "ünit", "Z"];
const BAD_NAMES = ["a b", "a/b", "a:b", " pad ", ""];

function writeProgram(out: Writer, chance: Chance, kind: string, name: string): void {
  out.header(`${kind}:${name}`);
  if (out.includes()) out.pooled("command", PROCESS_TEXT);
  out.pools(PROGRAM_KEYS, chance.of([0.02, 0.08, 0.2]));
  // Two keys that have to agree; the pools choose each by itself.
  if (!out.risky) out.key("killasgroup", "true");
  if (chance.is(0.15)) {
    out.key("numprocs", chance.of(["2", "3"]));
    if (out.includes()) out.pooled("process_name", COPY_NAMES);
  } else if (chance.is(0.08)) out.pooled("process_name", PROCESS_NAMES);
  if (kind === "eventlistener") {
    if (out.includes()) out.pooled("events", EVENTS);
    out.pools(LISTENER_KEYS, 0.2);
  }
  if (kind === "fcgi-program") {
    if (out.includes()) out.pooled("socket", SOCKETS);
    out.pools(FCGI_KEYS, 0.15);
  }
}

function writeServers(out: Writer, chance: Chance): void {
  // Name and password go together; a file that has to load has both or neither.
  const keys = (pools: Readonly<Record<string, Pool>>) => {
    if (out.risky) return out.pools(pools, 0.25);
    const { username, password, ...rest } = pools;
    out.pools(rest, 0.25);
    if (chance.is(0.3)) out.pools({ username: username!, password: password! }, 1);
  };
  if (chance.is(0.35)) {
    out.header(chance.of(["unix_http_server", "unix_http_server:two", "unix_http_serverx"]));
    if (out.includes()) out.pooled("file", SOCKET_FILES);
    keys(UNIX_KEYS);
  }
  if (chance.is(0.35)) {
    out.header(chance.of(["inet_http_server", "inet_http_server:b"]));
    if (out.includes()) out.pooled("port", PORTS);
    keys(SERVER_KEYS);
  }
}

function writeRest(out: Writer, chance: Chance): void {
  if (chance.is(0.4)) {
    out.header(chance.of(["rpcinterface:supervisor", "rpcinterface:x"]));
    if (out.includes()) {
      out.pooled("supervisor.rpcinterface_factory", {
        good: ["supervisor.rpcinterface:make_main_rpcinterface"],
        bad: ["no.such:thing"],
      });
    }
    if (out.risky && chance.is(0.05)) out.key("extra", chance.of(["1", "%(here)s"]));
  }
  if (out.risky && chance.is(0.06)) {
    out.header("DEFAULT");
    out.pools(DEFAULTS, 0.5);
  }
  if (chance.is(0.1)) {
    out.header(chance.of(["whatever", "supervisorctl", "program", "group", " supervisord "]));
    out.key("a", "%(nonsense");
  }
}

function writeGroups(out: Writer, chance: Chance, members: readonly string[]): void {
  if (!chance.is(0.4)) return;
  const good = chance.of(["g", "h", "a"]);
  out.header(`group:${out.risky && chance.is(0.1) ? chance.of(BAD_NAMES) : good}`);
  const choices = out.risky ? NAMES : members;
  const listed = chance.some(choices, 0.4).join(chance.of([",", ", "]));
  if (chance.is(0.95)) out.key("programs", listed);
  if (chance.is(0.3)) out.pooled("priority", PRIORITY);
}

function writeBroken(out: Writer, chance: Chance): void {
  out.line(chance.of([
    "just words",
    "[unclosed",
    "=value without key",
    "[program:q ;cut]",
    "[]",
    "  [program:swallowed]",
    ": x",
    "'quoted",
    "caf\u00e9\u00a0\u200b",
    "tab\there",
    "[a]b] c",
  ]));
}

function writeBody(out: Writer, chance: Chance): void {
  const parts: (() => void)[] = [
    () => writeServers(out, chance),
    () => writeRest(out, chance),
  ];
  const members: string[] = [];
  for (const name of chance.some(NAMES, 0.35)) {
    const kind = chance.is(0.7) ? "program" : chance.of(["eventlistener", "fcgi-program"]);
    if (kind !== "eventlistener") members.push(name);
    parts.push(() => writeProgram(out, chance, kind, name));
  }
  parts.push(() => writeGroups(out, chance, members));
  if (out.risky) {
    const name = chance.of(BAD_NAMES);
    if (chance.is(0.04)) parts.push(() => writeProgram(out, chance, "program", name));
    if (chance.is(0.06)) parts.push(() => writeBroken(out, chance));
  }
  while (parts.length > 0) parts.splice(chance.below(parts.length), 1)[0]!();
}

const INCLUDED_FILES = [
  "inc/a.conf",
  "inc/b.conf",
  "inc/.hidden.conf",
  "inc/sub/x.conf",
  "other.ini",
];

/** Bytes that are no UTF-8 somewhere in the text. */
function damage(text: string, chance: Chance): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const bad = chance.of([[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x20], [
    0x80,
  ]]);
  const at = chance.is(0.3) ? bytes.length : chance.below(bytes.length + 1);
  return Uint8Array.from([...bytes.subarray(0, at), ...bad, ...bytes.subarray(at)]);
}

/** The case that belongs to a seed; always the same one. */
export function generateCase(seed: number): GeneratedCase {
  const chance = new Chance(seed);
  const badness = chance.of([0, 0, 0, 0, 0, 0.01, 0.03, 0.15]);
  const out = new Writer(chance, badness);
  const files: Record<string, string | Uint8Array> = {};
  if (out.risky && chance.is(0.04)) out.line(chance.of(["stray", "a=b", " ; fine", "\u3000"]));
  if (chance.is(0.3)) writeBody(out, chance);
  if (out.includes()) {
    out.header("supervisord");
    out.pools(DAEMON_KEYS, 0.15);
  }
  if (chance.is(0.25)) {
    out.header("include");
    if (out.includes()) out.pooled("files", INCLUDES);
    for (const name of INCLUDED_FILES) {
      if (!chance.is(0.6)) continue;
      const included = new Writer(chance, badness);
      writeBody(included, chance);
      files[name] = included.text;
    }
  }
  writeBody(out, chance);
  let text = out.text;
  if (chance.is(0.05)) text = text.replace(/\n$/, "");
  if (chance.is(0.02)) text = text.replaceAll("\n", "\r");
  files["main.conf"] = out.risky && chance.is(0.05) ? damage(text, chance) : text;
  return { seed, files };
}
