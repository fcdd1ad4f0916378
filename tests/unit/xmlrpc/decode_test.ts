import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { decodeCall, decodeResponse } from "../../../src/xmlrpc/decode.ts";
import { type Value, XmlRpcError } from "../../../src/xmlrpc/value.ts";
import { MAX_DEPTH } from "../../../src/xmlrpc/xml.ts";

function callWith(param: string): string {
  return `<?xml version="1.0"?>\n<methodCall>\n<methodName>m</methodName>\n<params>\n` +
    `<param>${param}</param>\n</params>\n</methodCall>\n`;
}

/** What the reference makes of a parameter, by its own (Python) words. */
const PARAMS: readonly [xml: string, value: Value][] = [
  ["<value>untyped</value>", "untyped"],
  ["<value/>", ""],
  ["<value></value>", ""],
  ["<value><string/></value>", ""],
  ["\n <value>\n  <string> x </string>\n </value>\n", " x "],
  ["<value>text <string>wins not</string></value>", "wins not"],
  ["<value><string>&#99;a&#x74;</string></value>", "cat"],
  ["<value><string>&lt;&amp;&gt;&quot;&apos;</string></value>", "<&>\"'"],
  ["<value><string><![CDATA[<c>&amp;]]>d</string></value>", "<c>&amp;d"],
  ["<value><string>a<!-- no -->b<?pi x?>c</string></value>", "abc"],
  ["<value><string>a<b/>c</string></value>", "a"],
  ["<value><string>a\r\nb\rc&#13;d</string></value>", "a\nb\nc\rd"],
  ["<value><int>7</int></value>", 7],
  ["<value><i4> -7 </i4></value>", -7],
  ["<value><int>+1_000</int></value>", 1000],
  ["<value><int>-0</int></value>", 0],
  ["<value><int>99999999999</int></value>", 99999999999],
  ["<value><boolean>1</boolean></value>", true],
  ["<value><boolean>0</boolean></value>", false],
  ["<value><boolean>true</boolean></value>", false],
  ["<value><double>1.5e3</double></value>", 1500],
  ["<value><base64>aGVsbG8K</base64></value>", "hello\n"],
  ["<value><base64>aGVs\n bG8=</base64></value>", "hello"],
  ["<value><base64/></value>", ""],
  ["<value><nil/></value>", null],
  ["<value><i8>5</i8></value>", "5"],
  ["<value><bogus>x</bogus></value>", "x"],
  ["<value><array><data/></array></value>", []],
  [
    "<value> <array> <data> <value>a</value> <value><int>1</int></value> </data> </array> </value>",
    [
      "a",
      1,
    ],
  ],
  ["<value><struct/></value>", {}],
  [
    "<value><struct><member> <name>a</name> <value>1</value> </member>" +
    "<member><name/><value><struct/></value></member></struct></value>",
    { a: "1", "": {} },
  ],
  [
    "<value a='1' b = \"&lt;\"><string\n>x</string ></value>",
    "x",
  ],
];
for (const [xml, value] of PARAMS) {
  test(`decodeCall() reads ${JSON.stringify(xml)}`, () => {
    assert.deepEqual(decodeCall(callWith(xml)), { method: "m", params: [value] });
  });
}

const CALLS: readonly [title: string, xml: string, method: string, params: Value[]][] = [
  ["without <params>", "<methodCall><methodName>a.b</methodName></methodCall>", "a.b", []],
  ["with empty <params/>", "<methodCall><methodName>a</methodName><params/></methodCall>", "a", []],
  ["after a byte order mark", "\ufeff<methodCall><methodName>a</methodName></methodCall>", "a", []],
  ["whatever the root is called", "<x><methodName>a</methodName></x>", "a", []],
  [
    "with a declared encoding that it does not have",
    "<?xml version='1.0' encoding='utf-16'?><x><methodName>ä</methodName></x>",
    "ä",
    [],
  ],
  [
    "between comments and white space",
    "<?xml version='1.0' standalone='yes' ?>\n<!-- a --><x><methodName>a</methodName></x> <!-- b -->\n",
    "a",
    [],
  ],
  [
    "with spaces in the name kept",
    "<x><methodName> a </methodName></x>",
    " a ",
    [],
  ],
];
for (const [title, xml, method, params] of CALLS) {
  test(`decodeCall() reads a call ${title}`, () => {
    assert.deepEqual(decodeCall(xml), { method, params });
    assert.deepEqual(decodeCall(new TextEncoder().encode(xml)), { method, params });
  });
}

const REFUSED: readonly string[] = [
  "",
  " ",
  "<",
  "<?xml",
  "text",
  "<a/>",
  "<methodCall/>",
  "<methodCall><methodName/></methodCall>",
  "<methodCall><methodName></methodName></methodCall>",
  "<x><methodName>a</methodName></x><y/>",
  "<x><methodName>a</methodName></x>text",
  " <?xml version='1.0'?><x><methodName>a</methodName></x>",
  "<?xml version='1.0' encoding='?'?><x><methodName>a</methodName></x>",
  "<x><methodName>a</methodName>",
  "<x><methodName>a</x></methodName>",
  "<x><methodName>a</methodName></x",
  "<x a=1><methodName>a</methodName></x>",
  "<x a='1' a='2'><methodName>a</methodName></x>",
  "<x a='<'><methodName>a</methodName></x>",
  "<x a='&no;'><methodName>a</methodName></x>",
  "<1><methodName>a</methodName></1>",
  "<x><methodName>a ]]> b</methodName></x>",
  "<x><methodName>a & b</methodName></x>",
  "<x><methodName>&nope;</methodName></x>",
  "<x><methodName>&#0;</methodName></x>",
  "<x><methodName>&#xd800;</methodName></x>",
  "<x><methodName>&#x110000;</methodName></x>",
  "<x><methodName>&#99999999999999999999;</methodName></x>",
  "<x><methodName>a\x1bb</methodName></x>",
  "<x><methodName>a\0b</methodName></x>",
  "<x><methodName>\ud800</methodName></x>",
  "<x><!-- a -- b --><methodName>a</methodName></x>",
  "<x><![CDATA[<methodName>a</methodName></x>",
  "<!DOCTYPE x><x><methodName>a</methodName></x>",
  "<!DOCTYPE x [<!ENTITY e 'v'>]><x><methodName>&e;</methodName></x>",
  callWith("<value><int>x</int></value>"),
  callWith("<value><int/></value>"),
  callWith("<value><int>1.5</int></value>"),
  callWith("<value><double>x</double></value>"),
  callWith("<value><array/></value>"),
  callWith(""),
  callWith("<value><struct><member><name>a</name></member></struct></value>"),
  callWith("<value><base64>a</base64></value>"),
  callWith("<value><dateTime.iso8601>yesterday</dateTime.iso8601></value>"),
];
for (const xml of REFUSED) {
  test(`decodeCall() refuses ${JSON.stringify(xml.slice(-70))}`, () => {
    assert.throws(() => decodeCall(xml), XmlRpcError);
  });
}

test("decodeCall() tells a document that names no method from one it cannot read", () => {
  assert.throws(() => decodeCall("<a/>"), { reason: "no method name" });
  assert.throws(() => decodeCall("<a>"), { reason: "unmarshallable" });
});

test("decodeCall() reads Latin-1 only where it is declared and the bytes are not UTF-8", () => {
  const declared = "<?xml version='1.0' encoding='ISO-8859-1'?><x><methodName>ä</methodName></x>";
  assert.equal(decodeCall(Buffer.from(declared, "latin1")).method, "ä");
  assert.equal(decodeCall(Buffer.from(declared, "utf8")).method, "ä");
  const silent = Buffer.from("<x><methodName>ä</methodName></x>", "latin1");
  assert.throws(() => decodeCall(silent), XmlRpcError);
});

test("decodeCall() refuses a document nested too deeply, not one just as deep", () => {
  const nested = (depth: number) =>
    "<a>".repeat(depth - 1) + "<methodName>m</methodName>" + "</a>".repeat(depth - 1);
  assert.equal(decodeCall(nested(MAX_DEPTH)).method, "m");
  assert.throws(() => decodeCall(nested(MAX_DEPTH + 1)), /too deeply/);
});

test("decodeCall() refuses a document of nothing but elements before it eats the memory", () => {
  assert.throws(() => decodeCall(`<x>${"<a/>".repeat(600_000)}</x>`), /too many elements/);
});

test("decodeCall() either reads or refuses every beginning of a document", () => {
  const whole = callWith(
    "<value><struct><member><name>a</name><value>&amp;<!-- c --></value>" +
      "</member></struct></value>",
  );
  for (let length = 0; length < whole.length - 1; length++) {
    assert.throws(() => decodeCall(whole.slice(0, length)), XmlRpcError, `${length} characters`);
  }
  assert.deepEqual(decodeCall(whole.trimEnd()).params, [{ a: "&" }]);
});

test("decodeCall() never fails in a way of its own on damaged documents", () => {
  const whole = callWith(
    "<value><array><data><value><int>1</int></value><value>x</value></data>" +
      "</array></value>",
  );
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    const characters = [...whole];
    for (let edit = 0; edit <= random(4); edit++) {
      characters[random(characters.length)] = "<>/&;!?'\"-[]= \0xé"[random(18)] ?? "";
    }
    try {
      decodeCall(characters.join(""));
    } catch (error) {
      assert.ok(error instanceof XmlRpcError, String(error));
      refused++;
    }
  }
  assert.ok(refused > 1000);
});

test("decodeResponse() refuses what is no answer", () => {
  for (const xml of ["", "<html><body>404</body></html>", "<methodResponse/>"]) {
    assert.throws(() => decodeResponse(xml), XmlRpcError, xml);
  }
});
