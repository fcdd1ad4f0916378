import assert from "node:assert/strict";
import { test } from "node:test";
import { ValueError } from "../../../src/config/errors.ts";
import { serverUrl } from "../../../src/config/server_url.ts";
import * as values from "../../../src/config/values.ts";
import { fakeEnvironment } from "./fake_environment.ts";

const host = fakeEnvironment({ files: { "/etc/file": "" } });

const kinds = { ...values, serverUrl };

type KindName = {
  [K in keyof typeof kinds]: (typeof kinds)[K] extends values.Kind<unknown> ? K : never;
}[keyof typeof kinds];

const GOOD: readonly (readonly [KindName, string, unknown])[] = [
  ["integer", " -7 ", -7],
  ["boolean", "YES", true],
  ["boolean", "0", false],
  ["autorestart", "Unexpected", "unexpected"],
  ["autorestart", "on", "always"],
  ["autorestart", "No", "never"],
  ["byteSize", "50MB", 52428800],
  ["byteSize", "1 kb", 1024],
  ["byteSize", "2Gb", 2147483648],
  ["byteSize", "-1", -1],
  ["octal", "022", 18],
  ["octal", "0o22", 18],
  ["signal", "term", 15],
  ["signal", " SIGHUP ", 1],
  ["signal", "9", 9],
  ["signal", "0", 0],
  ["exitCodes", "", []],
  ["exitCodes", "0, 2,255", [0, 2, 255]],
  ["list", "", []],
  ["list", "a, b ,", ["a", "b", ""]],
  ["logLevel", "WARN", "warn"],
  ["existingDirectory", "~", "/home/chris"],
  ["existingDirectory", "~root", "/root"],
  ["existingDirectory", "/tmp", "/tmp"],
  ["pathInDirectory", "bare.log", "bare.log"],
  ["pathInDirectory", "/tmp/x.log", "/tmp/x.log"],
  ["pathInDirectory", "~/x.log", "/home/chris/x.log"],
  ["programLog", "Auto", { kind: "auto" }],
  ["programLog", "OFF", { kind: "none" }],
  ["programLog", "", { kind: "none" }],
  ["programLog", "SysLog", { kind: "syslog" }],
  ["programLog", "/tmp/x", { kind: "file", path: "/tmp/x" }],
  ["user", "chris", 1000],
  ["user", " 0 ", 0],
  ["owner", "chris", { uid: 1000, gid: -1 }],
  ["owner", "0:staff", { uid: 0, gid: 50 }],
  ["inetAddress", "9001", { host: "", port: 9001 }],
  ["inetAddress", ":9001", { host: "", port: 9001 }],
  ["inetAddress", "*:9001", { host: "", port: 9001 }],
  ["inetAddress", "LocalHost:1", { host: "localhost", port: 1 }],
  ["inetAddress", "[::1]:65535", { host: "[::1]", port: 65535 }],
  ["name", " web ", "web"],
  ["name", "", ""],
  ["serverUrl", "http://localhost:9001", "http://localhost:9001"],
  ["serverUrl", "unix:///tmp/s", "unix:///tmp/s"],
  ["serverUrl", "mailto:x", "mailto:x"],
];

for (const [kind, text, expected] of GOOD) {
  test(`${kind} reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(kinds[kind].convert(text, host), expected);
  });
}

const NOT_AN_INT = "invalid literal for int() with base 10: ";

const BAD: readonly (readonly [KindName, string, string])[] = [
  ["integer", "x", `${NOT_AN_INT}'x'`],
  ["integer", "", `${NOT_AN_INT}''`],
  ["boolean", "Maybe", "not a valid boolean value: 'Maybe'"],
  ["boolean", " true", "not a valid boolean value: ' true'"],
  ["autorestart", "Sometimes", "invalid 'autorestart' value 'sometimes'"],
  ["byteSize", "10TB", `${NOT_AN_INT}'10tb'`],
  ["byteSize", "1.5MB", `${NOT_AN_INT}'1.5'`],
  ["octal", "999", "999 can not be converted to an octal type"],
  ["signal", "foo", "value 'foo' is not a valid signal name"],
  ["signal", "RTMIN+1", "value 'RTMIN+1' is not a valid signal name"],
  ["signal", "99", "value '99' is not a valid signal number"],
  ["exitCodes", "0,256", "not a valid list of exit codes: '0,256'"],
  ["exitCodes", "0,", "not a valid list of exit codes: '0,'"],
  ["logLevel", "warning", "bad logging level name 'warning'"],
  ["existingDirectory", "/x", "/x is not an existing directory"],
  ["existingDirectory", "/etc/file", "/etc/file is not an existing directory"],
  ["existingDirectory", "", " is not an existing directory"],
  [
    "pathInDirectory",
    "/x/y.log",
    "The directory named as part of the path /x/y.log does not exist",
  ],
  ["programLog", "~nobody/y", "The directory named as part of the path ~nobody/y does not exist"],
  ["user", "bob", "Invalid user name bob"],
  ["user", "54321", "Invalid user id 54321"],
  ["inetAddress", "foo", "not a valid port number: 'foo' "],
  ["inetAddress", "h:", "no port number specified in ''"],
  ["inetAddress", "h:x", `${NOT_AN_INT}'x'`],
  ["inetAddress", "h:0", "0 is below lower bound (1)"],
  ["inetAddress", "h:65536", "65536 is above upper bound (65535)"],
  ["inetAddress", "h:99999999999999999999", "99999999999999999999 is above upper bound (65535)"],
  ["name", "a b", "Invalid name: 'a b' because of character: ' '"],
  ["name", "a/b:c", "Invalid name: 'a/b:c' because of character: ':'"],
  ["name", " a/b ", "Invalid name: ' a/b ' because of character: '/'"],
  ["serverUrl", "foo", "value 'foo' is not a URL"],
  ["serverUrl", "http://", "value 'http://' is not a URL"],
];

for (const [kind, text, expected] of BAD) {
  test(`${kind} refuses ${JSON.stringify(text)} with the reference's words`, () => {
    assert.throws(() => kinds[kind].convert(text, host), (error) => {
      assert.ok(error instanceof ValueError);
      assert.equal(error.message, expected);
      return true;
    });
  });
}
