import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { formatTime } from "../../../src/web/time.ts";
import { askerFor } from "../../support/app.ts";
import { FakeDaemon, groupSpec, processSpec } from "../../support/fake_daemon.ts";

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

function setUp() {
  const daemon = new FakeDaemon([
    groupSpec("z", [processSpec("z")]),
    groupSpec("g", ["b", "a"].map((name) => processSpec(name, { group: "g" }))),
  ]);
  return { daemon, ask: askerFor(daemon) };
}

/** Performs an action and returns the message it redirects to. */
async function act(
  daemon: FakeDaemon,
  query: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const response = await askerFor(daemon)("GET", `/index.html?${query}`, headers);
  assert.equal(response.status, 301);
  const location = response.headers.get("location") ?? "";
  assert.match(location, /^http:\/\/localhost:9001\/\?message=[\w.~%/-]+$/);
  return new URL(location).searchParams.get("message") ?? "";
}

for (const path of ["/", "/index.html"]) {
  test(`GET ${path} shows every process, sorted, and is not kept`, async () => {
    const { daemon, ask } = setUp();
    daemon.identifier = "my <daemon>";
    const response = await ask("GET", path);
    assert.equal(response.status, 200);
    const { headers } = response;
    assert.equal(headers.get("content-type"), "text/html;charset=utf-8");
    assert.equal(headers.get("pragma"), "no-cache");
    assert.equal(headers.get("cache-control"), "no-cache");
    assert.equal(headers.get("expires"), "Thu, 01 Jan 1970 00:00:00 GMT");
    assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    const page = await response.text();
    assert.match(page, /^<!DOCTYPE html><html/);
    const names = [...page.matchAll(/tail\.html\?processname=[^"]+"[^>]*>([^<]+)</g)];
    assert.deepEqual(names.map((name) => name[1]), ["g:a", "g:b", "z"]);
    assert.ok(page.includes("my &lt;daemon&gt;"));
    assert.ok(page.includes("4.3.0"));
    assert.ok(page.includes("Not started"));
  });
}

test("a daemon without programs says so", async () => {
  const page = await (await askerFor(new FakeDaemon())("GET", "/")).text();
  assert.ok(page.includes("No programs to manage"));
});

const STATES: readonly [state: string, css: string, actions: string[]][] = [
  ["stopped", "statusnominal", ["Start"]],
  ["starting", "statusnominal", []],
  ["running", "statusrunning", ["Restart", "Stop"]],
  ["stopping", "statusnominal", []],
  ["exited", "statusnominal", ["Start"]],
  ["backoff", "statuserror", []],
  ["fatal", "statuserror", ["Start"]],
  ["unknown", "statusnominal", []],
];
for (const [state, css, actions] of STATES) {
  test(`a process that is ${state} has class ${css} and actions ${actions.join(", ")}`, async () => {
    const daemon = new FakeDaemon([groupSpec("x", [processSpec("x")])]);
    const x = daemon.find("x");
    x.record = { ...x.record, state: state.toUpperCase() as typeof x.record.state };
    const page = await (await askerFor(daemon)("GET", "/")).text();
    assert.ok(page.includes(`<span class="${css}">${state}</span>`));
    const names = [...page.matchAll(/<a [^>]*name="([^"]+)"/g)].map((link) => link[1]);
    assert.deepEqual(names, [...actions, "Clear Log", "Tail -f Stdout", "Tail -f Stderr"]);
  });
}

test("names are escaped in text and encoded in links", async () => {
  const name = "x<i>&\"y'!";
  const daemon = new FakeDaemon([groupSpec(name, [processSpec(name)])]);
  const page = await (await askerFor(daemon)("GET", "/")).text();
  assert.ok(!page.includes("<i>"));
  assert.ok(page.includes("x&lt;i&gt;&amp;&quot;y&#39;!"));
  const quoted = "x%3Ci%3E%26%22y%27%21";
  assert.ok(page.includes(`href="index.html?processname=${quoted}&amp;action=start"`));
  assert.ok(page.includes(`href="logtail/${quoted}/stderr"`));
});

test("a message is shown, escaped", async () => {
  const { ask } = setUp();
  const page = await (await ask("GET", "/?message=%3Cscript%3Ealert(1)%3C/script%3E")).text();
  assert.ok(page.includes('<div class="status_msg" role="status">&lt;script&gt;alert(1)'));
  assert.ok(!(await (await ask("GET", "/?message=")).text()).includes("status_msg"));
});

test("everything a page links to for its looks is there", async () => {
  const { ask } = setUp();
  const page = await (await ask("GET", "/")).text();
  const links = [...page.matchAll(/<(?:link|img)\b[^>]*?\b(?:href|src)="([^"]+)"/g)];
  assert.equal(links.length, 3);
  for (const [, link = ""] of links) {
    const response = await ask("GET", `/${link}`);
    assert.equal(response.status, 200, link);
    assert.ok((await response.arrayBuffer()).byteLength > 100, link);
  }
});

test("the style sheet may be kept for ever under its version, and is asked for by its tag", async () => {
  const { ask } = setUp();
  const plain = await ask("GET", "/stylesheets/supervisor.css");
  assert.equal(plain.headers.get("content-type"), "text/css");
  assert.equal(plain.headers.get("cache-control"), "no-cache");
  const tag = plain.headers.get("etag") ?? "";
  const again = await ask("GET", "/stylesheets/supervisor.css", { "If-None-Match": tag });
  assert.equal(again.status, 304);
  const version = tag.replaceAll('"', "");
  const versioned = await ask("GET", `/stylesheets/supervisor.css?v=${version}`);
  assert.match(versioned.headers.get("cache-control") ?? "", /immutable/);
});

test("the pictures of the reference are there", async () => {
  const { ask } = setUp();
  for (const name of ["icon.png", "supervisor.gif", "rule.gif", "state0.gif", "state2.gif"]) {
    const response = await ask("GET", `/images/${name}`);
    assert.equal(response.headers.get("content-type"), `image/${name.slice(-3)}`);
  }
  const redirect = await ask("GET", "/images");
  assert.deepEqual([redirect.status, redirect.headers.get("location")], [301, "/images/"]);
});

test("ok.html says OK", async () => {
  const { ask } = setUp();
  const response = await ask("GET", "/ok.html");
  assert.equal(response.headers.get("content-type"), "text/plain");
  assert.equal(await response.text(), "OK");
});

test("actions on one process tell how they went", async () => {
  const { daemon } = setUp();
  const process = daemon.find("g:a");
  const started = act(daemon, "processname=g%3Aa&action=start");
  await new Promise((resolve) => setTimeout(resolve, 0));
  daemon.advance(2);
  assert.equal(await started, "Process g:a started");
  assert.equal(
    await act(daemon, "processname=g:a&action=start"),
    "ERROR: Process g:a: already started",
  );
  const stopped = act(daemon, "processname=g:a&action=stop");
  await new Promise((resolve) => setTimeout(resolve, 0));
  daemon.exit(process, 0);
  assert.equal(await stopped, "Process g:a stopped");
  assert.equal(
    await act(daemon, "processname=g:a&action=stop"),
    "unexpected rpc fault [70] NOT_RUNNING: g:a",
  );
  assert.equal(await act(daemon, "processname=g:a&action=clearlog"), "Log for g:a cleared");
  assert.equal(process.cleared, 1);
});

const START_PROBLEMS: readonly [kind: "missing" | "unusable", message: string][] = [
  ["missing", "ERROR: Process z: no such file"],
  ["unusable", "ERROR: Process z: file not executable"],
];
for (const [kind, message] of START_PROBLEMS) {
  test(`starting a program whose command is ${kind} says "${message}"`, async () => {
    const { daemon } = setUp();
    daemon.find("z").problem = { kind, text: "whatever" };
    assert.equal(await act(daemon, "processname=z&action=start"), message);
  });
}

test("starting a program that exits at once is a spawn error", async () => {
  const { daemon } = setUp();
  const message = act(daemon, "processname=z&action=start");
  await new Promise((resolve) => setTimeout(resolve, 0));
  daemon.exit(daemon.find("z"), 1);
  assert.equal(await message, "ERROR: Process z: spawn error");
});

test("a restart stops, starts, and always says restarted", async () => {
  const { daemon } = setUp();
  const z = daemon.find("z");
  daemon.submit(z, { type: "start" });
  const { pid } = z.record;
  const message = act(daemon, "processname=z&action=restart");
  await new Promise((resolve) => setTimeout(resolve, 0));
  daemon.exit(z, 0);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.notEqual(z.record.pid, pid);
  daemon.exit(z, 1);
  assert.equal(await message, "Process z restarted");
});

for (const name of ["nope", "g", "g:*", "g:", ":"]) {
  test(`an action on ${name} finds no such process`, async () => {
    const { daemon } = setUp();
    assert.equal(
      await act(daemon, `processname=${name}&action=start`),
      `No such process named ${name}`,
    );
  });
}

test("actions on everything tell when they were done", async () => {
  const { daemon } = setUp();
  const time = formatTime(daemon.clock.wall());
  assert.equal(await act(daemon, "action=refresh"), `Page refreshed at ${time}`);
  assert.equal(await act(daemon, "action=stopall"), `All stopped at ${time}`);
  const message = act(daemon, "action=restartall");
  await new Promise((resolve) => setTimeout(resolve, 0));
  daemon.advance(2);
  assert.match(await message, /^All restarted at /);
  assert.equal(daemon.find("z").record.state, "RUNNING");
});

test("an action that comes too late says why nothing was done", async () => {
  const { daemon } = setUp();
  daemon.state = "SHUTDOWN";
  const refused = "unexpected rpc fault [6] SHUTDOWN_STATE";
  assert.equal(await act(daemon, "action=stopall"), `ERROR: ${refused}`);
  assert.equal(await act(daemon, "processname=z&action=stop"), refused);
});

for (const query of ["action=foo", "action=start", "action=constructor&processname=z"]) {
  test(`?${query} is an error of whoever made the link`, async () => {
    const { ask } = setUp();
    assert.equal((await ask("GET", `/?${query}`)).status, 500);
  });
}

test("a form may be posted; its values win over the query", async () => {
  const { ask } = setUp();
  const response = await ask("POST", "/?action=stopall", FORM, "action=refresh");
  assert.equal(response.status, 301);
  assert.match(response.headers.get("location") ?? "", /message=Page%20refreshed%20at%20/);
});

test("redirects are not kept, and go to the host the client asked for", async () => {
  const { ask } = setUp();
  const response = await ask("GET", "/?action=refresh", { Host: "my-host:1234" });
  assert.match(response.headers.get("location") ?? "", /^http:\/\/my-host:1234\/\?message=/);
  assert.equal(response.headers.get("cache-control"), "no-cache");
  for (const Host of ["", "a b", 'x"><script>', "x/y"]) {
    const { headers } = await ask("GET", "/?action=refresh", { Host });
    assert.match(headers.get("location") ?? "", /^\/\?message=/, Host);
  }
});

test("pages of other sites cannot act, links of theirs to the page itself work", async () => {
  const { daemon, ask } = setUp();
  const headers = { "Sec-Fetch-Site": "cross-site" };
  const refused = await ask("GET", "/?processname=z&action=start", headers);
  assert.equal(refused.status, 403);
  assert.match(await refused.text(), /another site/);
  const origin = { ...FORM, Origin: "http://evil.example" };
  assert.equal((await ask("POST", "/", origin, "processname=z&action=start")).status, 403);
  assert.equal(daemon.find("z").record.state, "STOPPED");
  assert.equal((await ask("GET", "/", headers)).status, 200);
});

test("HEAD does nothing", async () => {
  const { daemon, ask } = setUp();
  assert.equal((await ask("HEAD", "/?processname=z&action=start")).status, 404);
  assert.equal(daemon.find("z").record.state, "STOPPED");
});

test("tail.html shows the end of the log, escaped", async () => {
  const directory = mkdtempSync(join(tmpdir(), "web-"));
  try {
    const { daemon, ask } = setUp();
    const path = join(directory, "z.log");
    daemon.find("z").logPaths.stdout = path;
    const text = async (query: string) => {
      const page = await (await ask("GET", `/tail.html?processname=z${query}`)).text();
      return /<pre class="card">\n([^]*)<\/pre>/.exec(page)?.[1] ?? page;
    };
    writeFileSync(path, "\n<b>bold & more</b>\n");
    assert.equal(await text(""), "\n&lt;b&gt;bold &amp; more&lt;/b&gt;\n");
    writeFileSync(path, "x".repeat(5000));
    for (
      const [query, length] of [
        ["", 1024],
        ["&limit=2000", 2000],
        ["&limit=1", 1024],
        ["&limit=-1", 1024],
        ["&limit=99999999999999999999", 5000],
      ] as const
    ) {
      assert.equal((await text(query)).length, length, query);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

const TAIL_ERRORS: readonly [query: string, text: string][] = [
  ["", "No process name found"],
  ["?processname=", "No process name found"],
  ["?processname=z", "No file for z"],
  ["?processname=%3Ci%3E", "ERROR: unexpected rpc fault [10] BAD_NAME: &lt;i&gt;"],
  ["?processname=g:*", "ERROR: unexpected rpc fault [10] BAD_NAME: g:*"],
];
for (const [query, text] of TAIL_ERRORS) {
  test(`tail.html${query} says "${text}"`, async () => {
    const { ask } = setUp();
    const response = await ask("GET", `/tail.html${query}`);
    assert.equal(response.status, 200);
    assert.ok((await response.text()).includes(`<pre class="card">\n${text}</pre>`));
  });
}

test("times are written as asctime(3) does", () => {
  assert.equal(formatTime(new Date(2026, 10, 3, 8, 7, 54).getTime()), "Tue Nov  3 08:07:54 2026");
});
