import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeResponse } from "../../../src/xmlrpc/decode.ts";
import { encodeFault, encodeResponse } from "../../../src/xmlrpc/encode.ts";
import { decodePlainResponse } from "../../../src/xmlrpc/plain.ts";
import type { Value } from "../../../src/xmlrpc/value.ts";

const INFO = {
  name: "web",
  description: "pid 1, uptime 0:00:01",
  pid: 1,
  spawnerr: "",
  state: -20,
  inuse: true,
};

const VALUES: readonly Value[] = [
  "3.0",
  "",
  0,
  -1,
  2147483647,
  true,
  false,
  [],
  [[]],
  [[], [1, [2]], "x"],
  ["a", "b"],
  INFO,
  [INFO, { ...INFO, name: "other" }],
  { list: [1, 2], inner: { deep: "x" } },
  'quotes " and \\ backslashes \\" \\\\',
  "<b> & &lt; &amp;amp; > ]]>",
  '",]}:[{',
  ["},{", '":"', "]"],
  "ünïcödé 🙂",
  { __proto__x: 1, "a<b": "&" },
];

for (const value of VALUES) {
  test(`a plain answer is decoded as by the general decoder: ${JSON.stringify(value)}`, () => {
    const document = encodeResponse(value);
    assert.deepEqual(decodePlainResponse(document), decodeResponse(document));
    assert.notEqual(decodePlainResponse(document), undefined);
  });
}

const wrap = (value: string) =>
  `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n${value}</param>\n` +
  "</params>\n</methodResponse>\n";
const STRING = "<value><string>a</string></value>\n";
const MEMBER = `<member>\n<name>n</name>\n${STRING}</member>\n`;

const LEFT_TO_THE_OTHER: readonly string[] = [
  encodeFault(1, "UNKNOWN_METHOD"),
  encodeResponse(1.5),
  encodeResponse(new Date(0)),
  encodeResponse(new Uint8Array([1, 255])),
  encodeResponse({}),
  encodeResponse("two\nlines"),
  encodeResponse("\n"),
  encodeResponse("a\tb"),
  wrap(""),
  wrap(STRING + STRING),
  wrap(STRING.trimEnd()),
  wrap("<value>untyped</value>\n"),
  wrap("<value><string>a&#65;</string></value>\n"),
  wrap("<value><string>a\r\nb</string></value>\n"),
  wrap("<value><string><![CDATA[a]]></string></value>\n"),
  wrap("<value><string>a]]></string></value>\n"),
  wrap("<value><string>a\ufffe</string></value>\n"),
  wrap("<value><string>a</int></value>\n"),
  wrap("<value><int>a</int></value>\n"),
  wrap("<value><int>01</int></value>\n"),
  wrap("<value><int>-0</int></value>\n"),
  wrap("<value><int>1e3</int></value>\n"),
  wrap("<value><int>1</string></value>\n"),
  wrap("<value><int>1</int></value>\n<value><int>2</int></value>\n"),
  wrap("<value><boolean>2</boolean></value>\n"),
  wrap(`<value><array><data>\n5,${STRING}</data></array></value>\n`),
  wrap(`<value><array><data>\n${STRING}5</data></array></value>\n`),
  wrap(`<value><array><data>\n${STRING}</data></array></value>\n</data></array></value>\n`),
  wrap(`<value><struct>\n${MEMBER}${MEMBER}</member>\n</struct></value>\n`),
  wrap(`<value><struct>\n${MEMBER}${STRING}</struct></value>\n`),
  wrap(`<value><struct>\n${MEMBER}</struct></value>\n<!-- -->`),
  `<?xml version="1.0"?>${wrap(STRING)}`,
  "",
];

for (const document of LEFT_TO_THE_OTHER) {
  test(`what is not plain is left to the general decoder: ${JSON.stringify(document)}`, () => {
    assert.equal(decodePlainResponse(document), undefined);
  });
}

test("no way of damaging a plain answer makes the two decoders disagree", () => {
  const document = encodeResponse([INFO, "a", 5, [true]]);
  for (let at = 0; at < document.length; at++) {
    for (const damage of ["", "<", ">", "&", '"', "\\", "\x01", "5", ",", "\n"]) {
      for (const width of [0, 1]) {
        const damaged = document.slice(0, at) + damage + document.slice(at + width);
        const quick = decodePlainResponse(damaged);
        if (quick !== undefined) assert.deepEqual(quick, decodeResponse(damaged), damaged);
      }
    }
  }
});
