import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../../src/config/errors.ts";
import { loadConfig, loadCtlConfig } from "../../../src/config/load.ts";
import { formatScrypt, isScrypt, parseScrypt } from "../../../src/config/password_hash.ts";
import type { Config } from "../../../src/config/types.ts";
import { cheapHash } from "../../support/cheap_hash.ts";
import { fakeEnvironment } from "./fake_environment.ts";

const HASH = cheapHash("secret");

function load(text: string): Config {
  const environment = fakeEnvironment({ files: { "/s.conf": `[supervisord]\n${text}` } });
  return loadConfig({ configFile: "/s.conf", options: {}, environment });
}

function errorOf(text: string): ConfigError {
  try {
    load(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "the configuration was accepted" });
}

test("without tokens, anonymous= and audit_log= a configuration is what it was", () => {
  const config = load("[inet_http_server]\nport=127.0.0.1:1\n");
  assert.equal("tokens" in config, false);
  assert.equal("audit" in config.daemon, false);
  assert.equal("anonymous" in config.servers[0]!, false);
});

test("[token:x] has a hash, a role and groups", () => {
  const { tokens } = load(
    `[token:a]\nhash=${HASH}\n[token:b-2]\nhash = ${HASH}\nrole = Operate\ngroups = web, db\n`,
  );
  assert.deepEqual(tokens, [
    { name: "a", hash: HASH, role: "view", groups: null },
    { name: "b-2", hash: HASH, role: "operate", groups: ["web", "db"] },
  ]);
});

for (
  const [text, message, line] of [
    ["[token:a]\nrole=view\n", "section [token:a] has no hash value", 2],
    ["[token:a]\nhash=secret\n", "the value is not a hash of a token", 3],
    [`[token:a.b]\nhash=${HASH}\n`, 'Invalid name of a token: "a.b"', 2],
    [`[token:a]\nhash=${HASH}\nrole=opperate\n`, "did you mean operate?", 4],
    [`[token:a]\nhash=${HASH}\nrole=admin\ngroups=web\n`, "names groups, but its role is admin", 5],
    ["[inet_http_server]\nport=1\nanonymous=root\n", "'root' is not a role", 4],
    [
      "[inet_http_server]\nport=1\nusername=a\npassword=$scrypt$ln=99$x\n",
      "begins like a hash and is none",
      5,
    ],
  ] as const
) {
  test(`"${message}" is said of a mistake, with its line`, () => {
    const error = errorOf(text);
    assert.ok(error.message.includes(message), error.message);
    assert.equal(error.line, line);
    assert.doesNotMatch(error.message, /secret/);
  });
}

test("certificate=, private_key= and client_ca= make a server speak TLS", () => {
  const serverOf = (text: string) => {
    const config = load(`[inet_http_server]\nport=127.0.0.1:1\n${text}`);
    return { tls: config.servers[0]?.tls, url: config.serverUrl };
  };
  assert.deepEqual(serverOf(""), { tls: undefined, url: "http://127.0.0.1:1" });
  const source = { file: "/s.conf", line: 4 };
  assert.deepEqual(serverOf("certificate=/c.pem\n"), {
    tls: { certificate: "/c.pem", privateKey: "/c.pem", clientCa: null, source },
    url: "https://127.0.0.1:1",
  });
  assert.deepEqual(serverOf("certificate=%(here)sc.pem\nprivate_key=k.pem\nclient_ca=/a\n").tls, {
    certificate: "/c.pem",
    privateKey: "/cwd/k.pem",
    clientCa: "/a",
    source,
  });
  const error = errorOf("[inet_http_server]\nport=1\nclient_ca=/a\n");
  assert.match(
    error.message,
    /^Section \[inet_http_server\] has a client_ca without a certificate$/,
  );
  assert.equal(error.line, 4);
});

test("audit_log= is a file with its own rotation", () => {
  const { audit } = load("audit_log=/audit.log\naudit_log_maxbytes=1MB\n").daemon;
  assert.deepEqual(audit, { path: "/audit.log", maxBytes: 1048576, backups: 5 });
});

test("supervisorctl takes its token from token= or from the first line of token_file=", () => {
  const tokenOf = (text: string) => {
    const files = { "/s.conf": `[supervisorctl]\n${text}`, "/t": "deploy.abc\nrest\n" };
    const environment = fakeEnvironment({ files });
    return loadCtlConfig({ configFile: "/s.conf", executable: "/x/y", environment }).token;
  };
  assert.equal(tokenOf(""), undefined);
  assert.equal(tokenOf("token=a.b\ntoken_file=/t\n"), "a.b");
  assert.equal(tokenOf("token_file=/t\n"), "deploy.abc");
  assert.throws(() => tokenOf("token_file=/nowhere\n"), /Cannot read the token in \/nowhere: /);
});

test("a hash is written as it is read, and one that would need too much is none", () => {
  const parsed = parseScrypt(HASH);
  assert.ok(parsed !== null);
  assert.equal(formatScrypt(parsed), HASH);
  for (const cost of ["ln=24,r=8,p=1", "ln=14,r=8,p=99", "ln=0,r=8,p=1", "ln=14,r=0,p=1"]) {
    const text = HASH.replace(/ln=\d+,r=\d+,p=\d+/, cost);
    assert.equal(isScrypt(text), true);
    assert.equal(parseScrypt(text), null, cost);
  }
  assert.equal(parseScrypt(`${HASH}\n`), null);
  assert.equal(parseScrypt("$scrypt$ln=4,r=1,p=1$AAAA$AAAA"), null);
  assert.equal(parseScrypt(HASH.replace(/\$[^$]+(\$[^$]+)$/, "$A$1")), null, "no salt");
});
