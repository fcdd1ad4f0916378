import assert from "node:assert/strict";
import { test } from "node:test";
import { describeProblems, IniDocument, readIni } from "../../../src/config/ini.ts";

function parse(text: string) {
  const document = new IniDocument();
  const problems = readIni(document, text, "x.conf");
  return { document, problems };
}

function values(text: string, section = "s"): Record<string, string> {
  const { document, problems } = parse(text);
  assert.deepEqual(problems, []);
  return Object.fromEntries(
    document.keys(section).map((key) => [key, document.entry(section, key)!.value]),
  );
}

const CASES: readonly (readonly [string, string, Record<string, string>])[] = [
  ["both delimiters, the first one counts", "[s]\na=1\nb : 2\nurl:http=x\nk=a:b", {
    a: "1",
    b: "2",
    url: "http=x",
    k: "a:b",
  }],
  ["keys lower-cased and trimmed, inner spaces kept", "[s]\nKEY One = x", { "key one": "x" }],
  ["empty values", "[s]\nk=\nl= ;c", { k: "", l: "" }],
  ["full-line comments, also indented", "[s]\n; a=1\n  # b=2\nc=3", { c: "3" }],
  ["rem is no comment", "[s]\nrem=1", { rem: "1" }],
  ["inline comments need white space before them", "[s]\na=x;y\nb=x/#f\nc=x ;y\nd=x\t#y", {
    a: "x;y",
    b: "x/#f",
    c: "x",
    d: "x",
  }],
  ["any Unicode space opens a comment", "[s]\na=x\u3000;y\nb=x\u00a0#y", { a: "x", b: "x" }],
  ["a mark right after the delimiter is text", "[s]\nk=;c", { k: ";c" }],
  ["quotes do not protect", '[s]\nk="a ; b"', { k: '"a' }],
  ["marks are looked for in step", "[s]\nk=a#b #c ;d", { k: "a#b #c" }],
  ["deeper lines continue the value", "[s]\nk=a\n  b\n\tc ; no", { k: "a\nb\nc" }],
  ["blank lines inside stay, at the end they go", "[s]\nk=a\n\n  b\n\n\nl=1", {
    k: "a\n\nb",
    l: "1",
  }],
  ["comment lines inside are dropped", "[s]\nk=a\n  ; no\n  b", { k: "a\nb" }],
  ["an indented key under a key is its text", "[s]\nk=a\n  l=b\n  [t]", { k: "a\nl=b\n[t]" }],
  ["equally indented keys are keys", "[s]\n  a=1\n  b=2", { a: "1", b: "2" }],
  ["a less indented key is a key", "[s]\n    a=1\n  b=2", { a: "1", b: "2" }],
  ["the last of repeated keys wins", "[s]\na=1\na=2", { a: "2" }],
  ["repeated sections merge", "[s]\na=1\nb=1\n[t]\n[s]\nb=2", { a: "1", b: "2" }],
  ["an unclosed header is a key", "[s]\n[program:b", { "[program": "b" }],
  ["a commented bracket unmakes a header", "[s]\n[program:a ;b]", { "[program": "a" }],
  ["text after a header is ignored", "[s] junk\na=1", { a: "1" }],
];

for (const [title, text, expected] of CASES) {
  test(`readIni(): ${title}`, () => {
    assert.deepEqual(values(text), expected);
  });
}

test("readIni() takes a header to the last bracket and keeps inner spaces", () => {
  const { document } = parse("[a]b] c\n[ a ]\n[x");
  assert.deepEqual(document.sections().map(({ name }) => name), ["a]b", " a "]);
});

test("readIni() puts [DEFAULT] under every section", () => {
  const text = "[DEFAULT]\na=1\nb=1\n[s]\nb=2\n[t]";
  assert.deepEqual(values(text, "s"), { b: "2", a: "1" });
  assert.deepEqual(values(text, "t"), { a: "1", b: "1" });
});

test("entry() knows where a value stands", () => {
  const { document } = parse("\n[s]\n  key  =  value ; c\n");
  assert.deepEqual(document.entry("s", "key"), {
    key: "key",
    value: "value",
    file: "x.conf",
    line: 3,
    column: 11,
  });
  assert.equal(document.section("s")!.line, 2);
});

test("keys without a section are refused with the reference's text", () => {
  const { problems } = parse("; c\n\nfoo=bar\n[s]\n");
  assert.equal(
    describeProblems(problems, "/x/y.conf"),
    "File contains no section headers.\nfile: '/x/y.conf', line: 3\n'foo=bar\\n'",
  );
});

test("unparsable lines are all named, numbers two wide", () => {
  const { problems, document } = parse(`[s]\nk\n=v\na=1\n${"\n".repeat(7)}it's`);
  assert.equal(
    describeProblems(problems, "p"),
    "Source contains parsing errors: 'p'\n\t[line  2]: 'k\\n'\n\t[line  3]: '=v\\n'\n\t[line 12]: \"it's\"",
  );
  assert.equal(document.entry("s", "a")!.value, "1");
});

test("an empty header is no header", () => {
  assert.equal(parse("[s]\n[]").problems.length, 1);
});

test("replaceInValues() makes a default the section's own", () => {
  const { document } = parse("[DEFAULT]\nd=%(here)s/d\n[s]\na=%(here)s/%(here)s\n[t]\n");
  document.replaceInValues("%(here)s", "/x$&");
  assert.equal(document.entry("s", "a")!.value, "/x$&//x$&");
  readIni(document, "[DEFAULT]\nd=later\n[u]\n", "y.conf");
  assert.equal(document.entry("t", "d")!.value, "/x$&/d");
  assert.equal(document.entry("u", "d")!.value, "later");
});
