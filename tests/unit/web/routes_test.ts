import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { formatNow } from "../../../src/web/time.ts";
import { askerFor } from "../../support/app.ts";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { processSpec } from "../../support/process_spec.ts";

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
  const links = [...page.matchAll(/<(?:link|img|script)\b[^>]*?\b(?:href|src)="([^"]+)"/g)];
  assert.ok(links.some(([, link]) => link?.endsWith(".js")));
  for (const [, link = ""] of links) {
    const response = await ask("GET", `/${link}`);
    assert.equal(response.status, 200, link);
    assert.ok((await response.arrayBuffer()).byteLength > 100, link);
  }
});

test("the style sheet may be kept for ever under its version, and is asked for by its tag", async () => {
  const { ask } = setUp();
  const plain = await ask("GET", "/stylesheets/supervisor.css");
  assert.equal(plain.headers.get("content-type"), "text/css;charset=utf-8");
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
  assert.equal(await act(daemon, "processname=g:a&action=rotatelog"), "Log for g:a rotated");
  assert.equal(process.rotated, 1);
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
  const time = formatNow(daemon.clock);
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

const OURS = { "Sec-Fetch-Site": "same-origin" };
const FIREFOX = { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101" };

/** Every way a page elsewhere can make a browser ask, and some that a person does not need. */
const FOREIGN: readonly [who: string, headers: Record<string, string>][] = [
  ["another site", { "Sec-Fetch-Site": "cross-site" }],
  ["another port of this machine", { "Sec-Fetch-Site": "same-site" }],
  ["another origin", { Origin: "http://evil.example" }],
  ["an opaque origin", { Origin: "null" }],
  ["another origin that claims to be ours", { ...OURS, "Sec-Fetch-Site": "same-site" }],
];
for (const [who, headers] of FOREIGN) {
  test(`an action asked for by ${who} is refused; reading is not`, async () => {
    const { daemon, ask } = setUp();
    const token = await tokenOf(ask);
    for (const extra of ["", `&token=${token}`]) {
      const query = `processname=z&action=start${extra}`;
      const link = await ask("GET", `/?${query}`, headers);
      assert.equal(link.status, 403);
      assert.match(await link.text(), /another site/);
      for (const path of ["/", "/index.html", "/config.html", "/daemon.html"]) {
        assert.equal((await ask("POST", path, { ...FORM, ...headers }, query)).status, 403);
      }
    }
    assert.equal(daemon.find("z").record.state, "STOPPED");
    assert.equal((await ask("GET", "/", headers)).status, 200);
  });
}

async function tokenOf(ask: ReturnType<typeof askerFor>): Promise<string> {
  const page = await (await ask("GET", "/")).text();
  return /name="token" value="([^"]+)"/.exec(page)?.[1] ?? "";
}

test("a link on our own page acts, without a token in its address", async () => {
  const { ask } = setUp();
  assert.equal((await ask("GET", "/?action=refresh", OURS)).status, 301);
});

const UNSURE: readonly [what: string, method: string, headers: Record<string, string>][] = [
  ["a bookmark", "GET", { "Sec-Fetch-Site": "none" }],
  ["a link over plain HTTP, where browsers tell nothing", "GET", FIREFOX],
  ["a form of ours without its token", "POST", { ...FORM, ...OURS }],
  ["a form over plain HTTP", "POST", { ...FORM, Origin: "http://localhost:9001" }],
];
for (const [what, method, headers] of UNSURE) {
  test(`${what} is asked about, and the answer has the token`, async () => {
    const { ask } = setUp();
    const send = (fields: string) =>
      method === "GET"
        ? ask("GET", `/index.html?${fields}`, headers)
        : ask("POST", "/index.html", headers, fields);
    const question = await send("action=refresh&processname=%3Cb%3E");
    assert.equal(question.status, 403);
    const page = await question.text();
    assert.ok(page.includes('<input type="hidden" name="action" value="refresh"/>'));
    assert.ok(page.includes('value="&lt;b&gt;"'));
    const token = /name="token" value="([^"]+)"/.exec(page)?.[1] ?? "";
    assert.equal((await send(`action=refresh&token=${token}`)).status, 301);
    for (
      const wrong of [
        "",
        "x",
        ".",
        "a.b",
        `${token}x`,
        token.replace(/^./, (first) => first === "_" ? "-" : "_"),
      ]
    ) {
      assert.equal((await send(`action=refresh&token=${wrong}`)).status, 403, wrong);
    }
  });
}

test("each page has a token of its own", async () => {
  const { ask } = setUp();
  assert.notEqual(await tokenOf(ask), await tokenOf(ask));
});

test("a program needs no token, for forms neither", async () => {
  const { ask } = setUp();
  const headers = { ...FORM, "User-Agent": "curl/8.5.0" };
  assert.equal((await ask("POST", "/", headers, "action=refresh")).status, 301);
});

test("a form acts on several processes and says which it could not", async () => {
  const { daemon, ask } = setUp();
  daemon.find("g:b").problem = { kind: "missing", text: "no such file" };
  const answer = ask("POST", "/", FORM, "action=start&target=z&target=g:a&target=g:b");
  await new Promise((resolve) => setTimeout(resolve, 0));
  daemon.advance(2);
  const location = new URL((await answer).headers.get("location") ?? "");
  assert.match(
    location.searchParams.get("message") ?? "",
    /^2 processes started; ERROR: NO_FILE: no such file$/,
  );
  assert.equal(daemon.find("g:a").record.state, "RUNNING");
});

test("what changes more than the reference's links do wants a form", async () => {
  const { daemon, ask } = setUp();
  for (const path of ["/daemon.html?action=shutdown", "/config.html?action=update"]) {
    assert.equal((await ask("GET", path)).status, 200);
  }
  assert.equal(daemon.state, "RUNNING");
  assert.equal((await ask("GET", "/?action=stdin&processname=z&text=x")).status, 500);
});

const FILTERS: readonly [query: string, names: string[]][] = [
  ["?q=G:", ["g:a", "g:b"]],
  ["?state=running", ["z"]],
  ["?state=running,STOPPED&q=a", ["g:a"]],
  ["?state=running&state=stopped", ["g:a", "g:b", "z"]],
  ["?state=nonsense", ["g:a", "g:b", "z"]],
  ["?q=none", []],
  ["?page=99", ["g:a", "g:b", "z"]],
  ["?page=-1&q=%3Ci%3E", []],
];
for (const [query, names] of FILTERS) {
  test(`the table of ${query} shows ${names.join(", ") || "nothing"}`, async () => {
    const { daemon, ask } = setUp();
    const z = daemon.find("z");
    z.record = { ...z.record, state: "RUNNING" };
    const page = await (await ask("GET", `/${query}`)).text();
    const rows = [...page.matchAll(/<tr data-state="\w+" data-name="([^"]+)"/g)];
    assert.deepEqual(rows.map((row) => row[1]), names);
    assert.ok(!page.includes("<i>"));
  });
}

test("many processes come in pages", async () => {
  const names = Array.from({ length: 120 }, (_, i) => `p${String(i).padStart(3, "0")}`);
  const ask = askerFor(new FakeDaemon(names.map((name) => groupSpec(name, [processSpec(name)]))));
  const seen: string[] = [];
  let link: string | undefined = "index.html?q=p";
  while (link !== undefined) {
    const page: string = await (await ask("GET", `/${link}`)).text();
    seen.push(...[...page.matchAll(/data-name="(p\d+)"/g)].map((row) => row[1] ?? ""));
    link = /<a href="([^"]+)" rel="next">/.exec(page)?.[1]?.replaceAll("&amp;", "&");
  }
  assert.deepEqual(seen, names);
});

test("nothing on any page is inline, and nothing comes from elsewhere", async () => {
  const { ask } = setUp();
  for (const path of ["", "tail.html?processname=z", "config.html", "events.html", "daemon.html"]) {
    const response = await ask("GET", `/${path}`);
    assert.match(response.headers.get("content-security-policy") ?? "", /script-src 'self';/);
    const page = await response.text();
    assert.doesNotMatch(page, /\sstyle=|\son[a-z]+=|<style/, path);
    assert.doesNotMatch(page, /<script(?![^>]*\ssrc=)/, path);
    assert.doesNotMatch(page, /(?:src|<link[^>]*href)="(?:https?:)?\/\//, path);
  }
});

test("the modules of the script are kept for ever under their version, and all there", async () => {
  const { ask } = setUp();
  const page = await (await ask("GET", "/")).text();
  const entry = /src="(scripts\/[^"]+)"/.exec(page)?.[1] ?? "";
  const wanted = new Set([entry]);
  for (const path of wanted) {
    const response = await ask("GET", `/${path}`);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("content-type"), "text/javascript;charset=utf-8");
    assert.match(response.headers.get("cache-control") ?? "", /immutable/);
    for (const [, name = ""] of (await response.text()).matchAll(/"\.\/(\w+\.js)"/g)) {
      wanted.add(path.replace(/[^/]+$/, name));
    }
  }
  assert.ok(wanted.size > 10);
  const old = await ask("GET", entry.replace(/^scripts\/\w+/, "/scripts/older"));
  assert.equal(old.headers.get("cache-control"), "no-cache");
  assert.equal((await ask("GET", "/scripts/x/nothing.js")).status, 404);
});

test("pages and files are compressed for who takes it, and small", async () => {
  const { ask } = setUp();
  const page = await (await ask("GET", "/")).text();
  let bytes = 0;
  const links = [...page.matchAll(/(?:src|href)="((?:scripts|stylesheets|images)[^"]+)"/g)];
  for (const path of new Set(["", ...links.map((link) => link[1] ?? "")])) {
    const small = await ask("GET", `/${path}`, { "Accept-Encoding": "gzip, br" });
    const body = new Uint8Array(await small.arrayBuffer());
    bytes += body.length;
    if (path.startsWith("images")) continue;
    assert.equal(small.headers.get("content-encoding"), "gzip", path);
    assert.match(small.headers.get("vary") ?? "", /Accept-Encoding/);
    const plain = new Uint8Array(await (await ask("GET", `/${path}`)).arrayBuffer());
    assert.equal(gunzipSync(body).length, plain.length);
    const refused = await ask("GET", `/${path}`, { "Accept-Encoding": "gzip;q=0" });
    assert.equal(refused.headers.get("content-encoding"), null);
  }
  assert.ok(bytes < 60 * 1024, `${bytes} bytes`);
});

test("the theme that was chosen is in the page; anything else in the cookie is not", async () => {
  const { ask } = setUp();
  const page = async (cookie: string) => await (await ask("GET", "/", { Cookie: cookie })).text();
  assert.match(await page("a=b; theme=dark"), /<html lang="en" data-theme="dark">/);
  assert.match(await page('theme="><script>'), /<html lang="en">/);
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
      return /<pre class="card"[^>]*>\n([^]*)<\/pre>/.exec(page)?.[1] ?? page;
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
    assert.ok((await response.text()).includes(`>\n${text}</pre>`));
  });
}

test("times are written as asctime(3) does", () => {
  const clock = { wall: () => Date.UTC(2026, 10, 2, 22, 37, 54), utcOffset: () => 34_200_000 };
  assert.equal(formatNow(clock), "Tue Nov  3 08:07:54 2026");
});
