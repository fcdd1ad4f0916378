import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCall, decodeResponse } from "../../../src/xmlrpc/decode.ts";
import { encodeCall, encodeFault, encodeResponse } from "../../../src/xmlrpc/encode.ts";
import { Fault, type Value } from "../../../src/xmlrpc/value.ts";

test("encodeResponse() lays an answer out as Python's xmlrpc.client does", () => {
  const value = [{ a: 1, b: true, c: 1.5, d: ["x", -2], e: {} }];
  assert.equal(
    encodeResponse(value),
    `<?xml version='1.0'?>
<methodResponse>
<params>
<param>
<value><array><data>
<value><struct>
<member>
<name>a</name>
<value><int>1</int></value>
</member>
<member>
<name>b</name>
<value><boolean>1</boolean></value>
</member>
<member>
<name>c</name>
<value><double>1.5</double></value>
</member>
<member>
<name>d</name>
<value><array><data>
<value><string>x</string></value>
<value><int>-2</int></value>
</data></array></value>
</member>
<member>
<name>e</name>
<value><struct>
</struct></value>
</member>
</struct></value>
</data></array></value>
</param>
</params>
</methodResponse>
`,
  );
});

test("encodeFault() writes code and text", () => {
  assert.equal(
    encodeFault(10, "BAD_NAME: <a&b>"),
    `<?xml version='1.0'?>
<methodResponse>
<fault>
<value><struct>
<member>
<name>faultCode</name>
<value><int>10</int></value>
</member>
<member>
<name>faultString</name>
<value><string>BAD_NAME: &lt;a&amp;b&gt;</string></value>
</member>
</struct></value>
</fault>
</methodResponse>
`,
  );
});

test("encodeCall() writes method and parameters", () => {
  assert.equal(
    encodeCall("m.n", [1, "a", []]),
    `<?xml version='1.0'?>
<methodCall>
<methodName>m.n</methodName>
<params>
<param>
<value><int>1</int></value>
</param>
<param>
<value><string>a</string></value>
</param>
<param>
<value><array><data>
</data></array></value>
</param>
</params>
</methodCall>
`,
  );
});

const ESCAPED: readonly [text: string, written: string][] = [
  [`a & b < c > d " e ' f`, `a &amp; b &lt; c &gt; d " e ' f`],
  ["]]>", "]]&gt;"],
  ["tab\tline\nreturn\r", "tab\tline\nreturn\r"],
  ["\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"],
  ["nul\0 bell\x07", "nul\ufffd bell\ufffd"],
  ["\ufffe\uffff", "\ufffd\ufffd"],
  ["half \ud83d pair", "half \ufffd pair"],
  ["\udc00 other half", "\ufffd other half"],
  ["whole \u{1f600} pair & more", "whole \u{1f600} pair &amp; more"],
  ["\x7f\x85\u2028 stay", "\x7f\x85\u2028 stay"],
];
for (const [text, written] of ESCAPED) {
  test(`encodeResponse() writes ${JSON.stringify(text)} as valid XML`, () => {
    const xml = encodeResponse(text);
    assert.ok(xml.includes(`<value><string>${written}</string></value>`), xml);
    // Line ends are normalized by every XML reader; all else comes back.
    const read = written.replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
    assert.equal(decodeResponse(xml), read.replace("\r", "\n"));
  });
}

test("encodeResponse() writes large integers as digits", () => {
  assert.match(encodeResponse(2 ** 40), /<int>1099511627776<\/int>/);
  assert.match(encodeResponse(1e21), /<int>1000000000000000000000<\/int>/);
  assert.match(encodeResponse(-0), /<int>0<\/int>/);
});

test("encodeResponse() refuses null, which XML-RPC does not have", () => {
  assert.throws(() => encodeResponse(null), TypeError);
});

test("encodeResponse() renders a frozen struct like any other, also the second time", () => {
  const members = { name: "a&b", state: 20 };
  const frozen = Object.freeze({ ...members });
  const want = encodeResponse([members, members]);
  assert.equal(encodeResponse([frozen, frozen]), want);
  assert.equal(encodeResponse([frozen, frozen]), want);
});

test("encodeResponse() does not keep what may still change", () => {
  const struct: Record<string, Value> = { a: 1 };
  encodeResponse(struct);
  struct["a"] = 2;
  assert.match(encodeResponse(struct), /<int>2</);
});

const VALUES: readonly Value[] = [
  "",
  " spaces around ",
  "Grüße ☃ 日本語 😀 <&> ]]>",
  0,
  -17,
  2147483647,
  1.25,
  true,
  false,
  [],
  [[], [[]], "x"],
  {},
  { "": "empty name", "a b": 1, nested: { list: [1, "2", false, { deep: true }] } },
  new Date(Date.UTC(2026, 10, 23, 8, 33, 0)),
  new Uint8Array([0xff, 0x00, 0xfe]),
];
for (const value of VALUES) {
  test(`${JSON.stringify(value)} survives a call and an answer`, () => {
    assert.deepEqual(decodeCall(encodeCall("m", [value, "after"])), {
      method: "m",
      params: [value, "after"],
    });
    assert.deepEqual(decodeResponse(encodeResponse(value)), value);
  });
}

test("a member named __proto__ is a member like any other", () => {
  const struct = JSON.parse('{"__proto__": {"x": 1}, "y": 2}');
  const [got] = decodeCall(encodeCall("m", [struct])).params;
  assert.deepEqual(Object.entries(got as object), [["__proto__", { x: 1 }], ["y", 2]]);
  assert.equal(Object.getPrototypeOf(got), Object.prototype);
});

test("decodeResponse() throws the fault of an answer", () => {
  assert.throws(
    () => decodeResponse(encodeFault(10, "BAD_NAME: x")),
    (error) => error instanceof Fault && error.code === 10 && error.message === "BAD_NAME: x",
  );
});
