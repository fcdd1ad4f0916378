import assert from "node:assert/strict";
import { test } from "node:test";
import { loadCtlConfig } from "../../../src/config/load.ts";
import { readPlainCtlConfig } from "../../../src/config/plain_ctl.ts";
import type { CtlConfig } from "../../../src/config/types.ts";
import { fakeEnvironment } from "./fake_environment.ts";

const FILE = "/etc/s.conf";
const CWD = "/cwd";

const quick = (text: string) => readPlainCtlConfig(text, CWD);

function complete(text: string): CtlConfig | Error {
  const environment = fakeEnvironment({ files: { [FILE]: text }, cwd: CWD });
  try {
    return loadCtlConfig({ configFile: FILE, executable: "/usr/bin/supervisorctl", environment });
  } catch (error) {
    return error as Error;
  }
}

const SERVER = "[supervisorctl]\nserverurl=unix:///tmp/s.sock\n";

const PLAIN: readonly string[] = [
  SERVER,
  SERVER.trimEnd(),
  "[supervisorctl]",
  "[supervisorctl]\n",
  "[supervisorctl] ; the client\nserverurl=http://h:1\n",
  `; a comment\n\n# another\n[unix_http_server]\nfile=/tmp/s.sock\n\n${SERVER}`,
  `${SERVER}\n[program:a]\ncommand=/bin/a %(here)s ; x\nenvironment=A="1",\n  B="2",\n\n  C="3"\n`,
  `[x]\na:b\n ; comment\n\tmore\n${SERVER}`,
  "[supervisorctl]\nserverurl = unix://../s.sock ; use a unix:// URL\nusername=chris\n" +
  "password: 123 \nprompt=mysupervisor\nhistory_file=x/h\n",
  "[supervisorctl]\nserverurl=unix://\nhistory_file=\nusername=\n",
  "[supervisorctl]\nPROMPT=a\nprompt = b c\n",
  '[supervisorctl]\nprompt=it\'s "x"\n;prompt=c\n#prompt=d\n',
  `[ünï]\nkéy=välue\n${SERVER}`,
];

for (const text of PLAIN) {
  test(`the quick reader reads what load.ts reads: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(quick(text), complete(text));
  });
}

const UNUSUAL: readonly string[] = [
  "",
  "x=1\n[supervisorctl]\n",
  " [supervisorctl]\n",
  "[other]\n",
  `[other]\n  no key\n${SERVER}`,
  `[other]\n; comment\n\n  no key\n${SERVER}`,
  `[other]\nneither\n${SERVER}`,
  `[other]\n=value\n${SERVER}`,
  `[other\n${SERVER}`,
  `[a]b]\n${SERVER}`,
  `${SERVER}[supervisorctl]\nprompt=x\n`,
  `[DEFAULT]\nprompt=x\n${SERVER}`,
  `${SERVER}[ctlplugin:x]\nsupervisor.ctl_factory=a:b\n`,
  `${SERVER}prompt=%(here)s\n`,
  `${SERVER}unknown=1\n`,
  `${SERVER}ca_file=/ca.pem\n`,
  `${SERVER}history_file=~/h\n`,
  `${SERVER}prompt=a\n b\n`,
  `${SERVER}prompt=a#b\n`,
  `${SERVER}prompt=a;b\n`,
  `${SERVER}prompt=a;b ; c\n`,
  `${SERVER}prompt=ä\n`,
  SERVER.replaceAll("\n", "\r\n"),
  `\ufeff${SERVER}`,
  `[x]\na=1\n\x1cb\n${SERVER}`,
  `[x]\na=1\n\u00a0b\n${SERVER}`,
  `[x]\na=1\n\x85b\n${SERVER}`,
];

for (const text of UNUSUAL) {
  test(`what is unusual is left to load.ts: ${JSON.stringify(text)}`, () => {
    assert.equal(quick(text), null);
  });
}

test("whatever lines come together, the quick reader agrees with load.ts or stands back", () => {
  const lines = [
    "[supervisorctl]",
    "[other]",
    "[supervisorctl] x",
    "[supervisorctl]]",
    "prompt=a",
    "prompt = b ; c",
    "serverurl: unix://s",
    "; comment",
    "#",
    "",
    " ",
    "  indented = 1",
    "  indented",
    "bare",
    "x ; =",
    "[open",
    "a=[supervisorctl]",
  ];
  let agreed = 0;
  for (const a of lines) {
    for (const b of lines) {
      for (const c of lines) {
        const text = ["[supervisorctl]", a, b, c, "prompt=last", ""].join("\n");
        const config = quick(text);
        if (config === null) continue;
        agreed++;
        assert.deepEqual(config, complete(text), JSON.stringify(text));
      }
    }
  }
  assert.ok(agreed > 300, `${agreed} of ${lines.length ** 3}`);
});
