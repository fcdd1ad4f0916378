import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { StartupError } from "../../../src/daemon/host.ts";
import { openTlsFiles } from "../../../src/http/tls_files.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const fixture = (name: string) => new URL(`../../fixtures/tls/${name}`, import.meta.url).pathname;

function withFiles(action: (o: ReturnType<typeof setUp>) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "tls-"));
  try {
    action(setUp(directory));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function setUp(directory: string) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const certificate = join(directory, "cert.pem");
  const privateKey = join(directory, "key.pem");
  let serial = 0;
  const put = (from: string, to: string) => {
    copyFileSync(fixture(from), to);
    // As far as one can tell from the outside, every copy is another one.
    utimesSync(to, ++serial, serial);
  };
  put("server.pem", certificate);
  put("server.key", privateKey);
  const open = (clientCa: string | null = null) =>
    openTlsFiles({
      spec: { certificate, privateKey, clientCa, source: { file: "/s.conf", line: 7 } },
      section: "inet_http_server",
      clock,
      log: (level, text) => void lines.push(`${level} ${text}`),
    });
  const refusal = (clientCa: string | null = null): string => {
    try {
      open(clientCa);
    } catch (error) {
      assert.ok(error instanceof StartupError);
      assert.equal(error.exitStatus, 2);
      return error.message;
    }
    throw new assert.AssertionError({ message: "it was opened" });
  };
  return { clock, lines, certificate, privateKey, put, open, refusal };
}

const PLACE = / in section \[inet_http_server\] \(\/s\.conf:7\)$/;

test("a renewed certificate is read again, when somebody connects", () =>
  withFiles(({ clock, lines, certificate, privateKey, put, open }) => {
    const files = open();
    const first = files.current();
    put("second.pem", certificate);
    put("second.key", privateKey);
    assert.equal(files.current(), first);
    clock.advance(5000);
    assert.notEqual(files.current(), first);
    assert.deepEqual(lines, ["info Server 'inet_http_server' has read its certificate again"]);
    clock.advance(5000);
    files.current();
    assert.equal(lines.length, 1);
  }));

test("a new certificate whose key is not there yet leaves the old one in use, told once", () =>
  withFiles(({ clock, lines, certificate, privateKey, put, open }) => {
    const files = open();
    const first = files.current();
    put("second.pem", certificate);
    for (let i = 0; i < 3; i++) {
      clock.advance(5000);
      assert.equal(files.current(), first);
    }
    assert.equal(lines.length, 1);
    assert.match(
      lines[0]!,
      /^error Server 'inet_http_server' keeps its old certificate: The private/,
    );
    unlinkSync(certificate);
    clock.advance(5000);
    assert.equal(files.current(), first);
    put("second.pem", certificate);
    put("second.key", privateKey);
    clock.advance(5000);
    assert.notEqual(files.current(), first);
  }));

test("clients are asked for a certificate where there is a client CA", () =>
  withFiles(({ open }) => {
    assert.equal(open().current().wantsCertificate, false);
    assert.equal(open(fixture("ca.pem")).current().wantsCertificate, true);
  }));

test("files that cannot be used are an error with the place in the configuration", () =>
  withFiles(({ certificate, privateKey, put, refusal }) => {
    put("second.key", privateKey);
    assert.match(refusal(), /^The private key .*key\.pem does not belong to .*cert\.pem/);
    assert.match(refusal(), PLACE);
    writeFileSync(privateKey, "no key");
    assert.match(
      refusal(),
      /key\.pem holds no private key that can be used without a passphrase: /,
    );
    unlinkSync(privateKey);
    assert.match(refusal(), /^Cannot read the private key .*key\.pem: ENOENT|No such file/);
    put("server.key", privateKey);
    assert.match(refusal("/nowhere/ca.pem"), /^Cannot read the client CA \/nowhere\/ca\.pem: /);
    assert.match(refusal(privateKey), /key\.pem holds no certificate: /);
    writeFileSync(certificate, "");
    assert.match(refusal(), /cert\.pem holds no certificate: /);
    assert.match(refusal(), PLACE);
  }));
