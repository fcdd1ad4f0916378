/** The control page in a real browser: what a person sees and does. */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { type Scene, violations, withPage } from "../support/browser.ts";
import { configText } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const sleeper = (name: string, more = "") => `[program:${name}]\ncommand = sleep 100000\n${more}\n`;
const PAIR = "[program:pair]\ncommand = sleep 100000\nnumprocs = 2\n" +
  "process_name = %(program_name)s_%(process_num)d\n";
const CAT = "[program:cat]\ncommand = cat\nstdout_logfile_maxbytes = 2000\n" +
  "stdout_logfile_backups = 3\n";

function row(page: Page, name: string): Locator {
  return page.locator(`tr[data-name="${name}"]`);
}

/** Opens the status page and waits until the script has taken it over. */
async function openStatus({ page, base }: Scene, query = ""): Promise<void> {
  await page.goto(base + query);
  await page.locator("#live[data-connection=live]").waitFor();
  await page.locator('tbody button[data-action="more"]').first().waitFor();
}

async function untilState(page: Page, name: string, state: string): Promise<void> {
  await page.locator(`tr[data-name="${name}"][data-state="${state}"]`).waitFor();
}

/** Answers the question that an action asks. */
async function confirm(page: Page): Promise<void> {
  await page.locator("dialog button.danger").click();
}

function namesOf(page: Page): Promise<string[]> {
  return page.locator("tbody tr[data-name]").evaluateAll((rows) =>
    rows.map((row) => row.getAttribute("data-name") ?? "")
  );
}

test("what happens shows without a reload: states, uptime, CPU and memory, the last exit", async () => {
  await withPage({ programs: sleeper("one") + sleeper("two") }, async (scene) => {
    const { page, daemon } = scene;
    await openStatus(scene);
    await page.evaluate(() => document.body.setAttribute("data-same-page", ""));
    await untilState(page, "one", "RUNNING");
    await row(page, "one").locator('[data-cell="memory"]', { hasText: "B" }).waitFor();
    await row(page, "one").locator('[data-cell="cpu"] polyline[points*=" "]')
      .waitFor({ state: "attached" });
    const uptime = await row(page, "one").locator(".description").textContent();
    await until(
      "the uptime to go on",
      async () => await row(page, "one").locator(".description").textContent() !== uptime,
    );

    await daemon.ctl("signal", "KILL", "one");
    await row(page, "one").locator(".last-exit", { hasText: "terminated by SIGKILL" }).waitFor();
    await row(page, "one").locator('[data-label="Restarts"]', { hasText: "1" }).waitFor();
    await daemon.ctl("stop", "two");
    await untilState(page, "two", "STOPPED");
    assert.deepEqual(await namesOf(page), ["one", "two"]);
    await page.locator("body[data-same-page]").waitFor();
  });
});

test("a program that failed shows why, in its row and over its log", async () => {
  const programs = "[program:broken]\ncommand = sleep 100000\ndirectory = /no/such\n" +
    "autostart = false\nstartretries = 0\n";
  await withPage({ programs }, async (scene) => {
    const { page, daemon } = scene;
    await openStatus(scene);
    await daemon.ctl("start", "broken");
    const why = "directory=/no/such does not exist";
    await row(page, "broken").locator(".last-exit .why", { hasText: why }).waitFor();
    await row(page, "broken").locator("th a").click();
    await page.locator("#why", { hasText: why }).waitFor();
    assert.deepEqual(await violations(scene), []);
  });
});

test("every action works for one, a group, a selection and all, and what hurts is asked first", async () => {
  await withPage({ programs: sleeper("one") + PAIR }, async (scene) => {
    const { page, daemon } = scene;
    await openStatus(scene);
    const click = (name: string, action: string) =>
      row(page, name).locator(`[data-action="${action}"]`).click();
    await untilState(page, "one", "RUNNING");

    await click("one", "stop");
    await page.locator('dialog button[value=""]').click();
    assert.equal((await daemon.status()).get("one")?.state, "RUNNING");
    await click("one", "stop");
    await confirm(page);
    await untilState(page, "one", "STOPPED");
    await click("one", "start");
    await untilState(page, "one", "RUNNING");
    const before = await daemon.pidOf("one");
    await click("one", "restart");
    await confirm(page);
    await until("a new process", async () => {
      const line = (await daemon.status()).get("one");
      return line?.state === "RUNNING" && line.pid !== before;
    });

    await click("one", "more");
    await page.locator("#more-signal").selectOption("KILL");
    await page.locator('dialog button[value="signal"]').click();
    await confirm(page);
    await row(page, "one").locator(".last-exit", { hasText: "SIGKILL" }).waitFor();

    await click("one", "more");
    await page.locator('dialog button[value="rotate"]').click();
    await page.locator(".message", { hasText: "one rotated" }).waitFor();

    const group = page.locator('tr[data-group="pair"]');
    await group.locator('[data-action="stop"]').click();
    await confirm(page);
    for (const name of ["pair:pair_0", "pair:pair_1"]) await untilState(page, name, "STOPPED");
    await group.locator(".summary", { hasText: "0 of 2 running" }).waitFor();

    await row(page, "pair:pair_1").locator("input").check();
    await row(page, "one").locator("input").check();
    await page.locator("#selected", { hasText: "2 selected" }).waitFor();
    await page.locator('#selection button[value="start"]').click();
    await untilState(page, "pair:pair_1", "RUNNING");
    assert.equal((await daemon.status()).get("pair:pair_0")?.state, "STOPPED");

    await page.locator('a[data-all="stop"]').click();
    await confirm(page);
    for (const name of ["one", "pair:pair_1"]) await untilState(page, name, "STOPPED");
  });
});

test("filters are in the address, and the address brings them back", async () => {
  await withPage(
    { programs: sleeper("one") + sleeper("off", "autostart = false") + PAIR },
    async (scene) => {
      const { page, base } = scene;
      await openStatus(scene);
      await untilState(page, "one", "RUNNING");
      await page.keyboard.press("/");
      await page.keyboard.type("PAIR");
      await until("the rows", async () => (await namesOf(page)).length === 2);
      assert.equal(page.url(), `${base}?q=PAIR`);
      await page.locator("#q").fill("");
      await page.locator('input[value="stopped"]').check();
      await until("the rows", async () => (await namesOf(page)).join() === "off");
      assert.equal(page.url(), `${base}?state=stopped`);
      await page.goBack();
      await openStatus(scene, "?state=stopped,fatal&q=o");
      assert.deepEqual(await namesOf(page), ["off"]);
      await row(page, "off").locator('[data-action="start"]').click();
      await page.locator("tr.nothing").waitFor();
    },
  );
});

test("the log view follows through a rotation and misses nothing", async () => {
  await withPage({ programs: CAT }, async (scene) => {
    const { page, base, daemon } = scene;
    await daemon.untilState("cat", "RUNNING");
    await page.goto(`${base}tail.html?processname=cat`);
    const log = page.locator("#log pre");
    await page.locator(".log-status", { hasText: "Following" }).waitFor();
    const wanted: string[] = [];
    for (let i = 0; i < 60; i++) {
      const line = `line ${i} ${"x".repeat(60)} <b>&amp;</b>`;
      wanted.push(line);
      await page.locator("#stdin-text").fill(line);
      await page.locator("#stdin-text").press("Enter");
      await until(
        "the field to be empty",
        async () => await page.locator("#stdin-text").inputValue() === "",
      );
    }
    await log.getByText("line 59 ").waitFor();
    assert.deepEqual((await log.textContent())?.trimEnd().split("\n"), wanted);
    assert.equal(await page.locator("#log pre b").count(), 0);

    await page.locator('[data-log="pause"]').click();
    await page.locator("#stdin-text").fill("while paused");
    await page.locator("#stdin-text").press("Enter");
    await page.locator(".message", { hasText: "Sent" }).last().waitFor();
    assert.equal(await log.getByText("while paused").count(), 0);
    await page.locator('[data-log="pause"]').click();
    await log.getByText("while paused").waitFor();
  });
});

test("a search goes back into rotated files, plain and by regular expression, and leads there", async () => {
  await withPage({ programs: `${CAT}stdout_logfile = %(here)s/cat.log\n` }, async (scene) => {
    const { page, base, daemon } = scene;
    const path = join(daemon.directory, "cat.log");
    await until("the log", () => existsSync(path));
    writeFileSync(`${path}.2`, "alpha one\nneedle (old)\nomega\n");
    writeFileSync(`${path}.1`, "Needle newer\n");
    await page.goto(`${base}tail.html?processname=cat`);
    const search = async (text: string) => {
      await page.locator("#log-search").fill(text);
      await page.locator("#log-search").press("Enter");
      await page.locator(".matches-title", { hasText: /^\d+ match/ }).waitFor();
      return await page.locator(".match code").allTextContents();
    };
    assert.deepEqual(await search("needle"), ["Needle newer", "needle (old)"]);
    assert.deepEqual(await search("needle ("), ["needle (old)"]);
    await page.locator('[name="regex"]').check();
    assert.deepEqual(await search("^need.e n"), ["Needle newer"]);
    await page.locator('[name="ignoreCase"]').uncheck();
    assert.deepEqual(await search("need.e"), ["needle (old)"]);
    await page.locator(".match").click();
    await page.locator(".line.is-found", { hasText: "needle (old)" }).waitFor();
    assert.match(
      await page.locator("#log pre").textContent() ?? "",
      /alpha one\nneedle \(old\)\nomega/,
    );
    await page.locator('[data-log="pause"]').click();
    await page.locator(".log-status", { hasText: "Following" }).waitFor();
  });
});

test("a log shows colours, wraps or not, and comes as a download", async () => {
  await withPage({ programs: `${CAT}stdout_logfile = %(here)s/cat.log\n` }, async (scene) => {
    const { page, base, daemon } = scene;
    const path = join(daemon.directory, "cat.log");
    await until("the log", () => existsSync(path));
    appendFileSync(path, "\x1b[31mred\x1b[0m \x1b[38;2;1;2;3mown\x1b[0m plain\n");
    await page.goto(`${base}tail.html?processname=cat`);
    assert.equal(await page.locator(".ansi-fg-1").textContent(), "red");
    const own = page.locator("#log pre span", { hasText: "own" });
    assert.equal(await own.evaluate((span) => getComputedStyle(span).color), "rgb(1, 2, 3)");
    await page.locator('[name="wrap"]').uncheck();
    await page.locator("pre.is-unwrapped").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.locator('[data-log="download"]').click(),
    ]);
    assert.equal(readFileSync(await download.path(), "utf8"), readFileSync(path, "utf8"));
  });
});

test("reading the files again shows the difference, and an update follows it", async () => {
  await withPage({ programs: sleeper("one") + sleeper("old") }, async (scene) => {
    const { page, base, daemon } = scene;
    const text = readFileSync(daemon.configFile, "utf8")
      .replace("[program:old]", "[program:new]")
      .replace("sleep 100000", "sleep 99999");
    writeFileSync(daemon.configFile, text);
    await page.goto(`${base}config.html`);
    await page.locator("#difference .empty").waitFor();
    await page.locator('button[value="reread"]').click();
    await page.locator('[aria-label="added new"]').waitFor();
    await page.locator('[aria-label="removed old"]').waitFor();
    const changed = page.locator('[aria-label="changed one"]');
    assert.equal(await changed.locator("del").textContent(), "sleep 100000");
    assert.equal(await changed.locator("ins").textContent(), "sleep 99999");
    await page.locator('button[value="update"]').click();
    await confirm(page);
    await page.locator("#difference .empty").waitFor();
    await daemon.untilState("new", "RUNNING");
    assert.ok(!(await daemon.status()).has("old"));

    const one = await daemon.pidOf("one");
    writeFileSync(daemon.configFile, text.replace("[program:new]", "[program:new]\npriority = 7"));
    await page.locator('button[value="update-minimal"]').click();
    await confirm(page);
    await page.locator(".message", { hasText: /^Updated/ }).last().waitFor();
    assert.equal(await daemon.pidOf("one"), one);

    writeFileSync(daemon.configFile, text.replace("[program:new]", "[program:new]\nstartsecs = x"));
    await page.locator('button[value="reread"]').click();
    await page.locator(".message.problem", { hasText: "invalid literal" }).waitFor();
    scene.complaints.length = 0; // the browser counts a refused request as an error
    writeFileSync(daemon.configFile, text);
  });
});

test("events come as they happen, and the daemon's page shows its state and its log", async () => {
  await withPage({ programs: sleeper("one") }, async (scene) => {
    const { page, base, daemon } = scene;
    await daemon.untilState("one", "RUNNING");
    await page.goto(`${base}events.html`);
    await page.locator("#live[data-connection=live]").waitFor();
    await daemon.ctl("stop", "one");
    await page.locator("#events tr", { hasText: "PROCESS_STATE_STOPPED" }).waitFor();
    await page.locator("#event-text").fill("state_stopping");
    await until(
      "the others to go",
      async () => (await page.locator("#events tr:visible").count()) === 1,
    );
    await page.goto(`${base}daemon.html`);
    await page.locator("#facts", { hasText: "1 stopped" }).waitFor();
    await page.locator("#log pre", { hasText: "stopped: one (terminated by SIGTERM)" }).waitFor();
  });
});

test("without JavaScript the pages read, filter and act", async () => {
  const options = {
    programs: sleeper("one") + sleeper("off", "autostart = false"),
    javaScript: false,
  };
  await withPage(options, async (scene) => {
    const { page, base, daemon } = scene;
    await daemon.untilState("one", "RUNNING");
    await page.goto(base);
    await row(page, "one").getByText("Stop", { exact: true }).click();
    await page.locator(".status_msg", { hasText: "Process one stopped" }).waitFor();
    await page.locator('input[value="off"]').check();
    await page.locator('#selection button[value="start"]').click();
    await page.locator(".status_msg", { hasText: "1 process started" }).waitFor();
    await page.locator("#q").fill("of");
    await page.locator("#q").press("Enter");
    assert.deepEqual(await namesOf(page), ["off"]);
    await page.getByRole("link", { name: "off", exact: true }).click();
    await page.locator("#stdin-text").fill("x");
    await page.getByText("Send line").click();
    await page.locator(".status_msg", { hasText: "Sent to off" }).waitFor();
    writeFileSync(daemon.configFile, readFileSync(daemon.configFile, "utf8") + sleeper("new"));
    await page.goto(`${base}config.html`);
    await page.locator('button[value="reread"]').click();
    await page.locator("#difference", { hasText: "new" }).waitFor();
    await page.locator('button[value="update"]').click();
    await page.locator(".status_msg", { hasText: "added new" }).waitFor();
  });
});

test("another site cannot act, whatever way its page tries", async () => {
  await withPage({ programs: sleeper("one") }, async (scene) => {
    const { page, context, base, daemon } = scene;
    await daemon.untilState("one", "RUNNING");
    const action = `${base}index.html?processname=one&amp;action=stop`;
    const call = "<?xml version='1.0'?><methodCall><methodName>supervisor.stopAllProcesses" +
      "</methodName></methodCall>";
    const evil = createServer((_request, response) => {
      response.setHeader("Content-Type", "text/html");
      response.end(`<img src="${action}"><a id="link" href="${action}">x</a>
        <iframe src="${base}"></iframe>
        <form id="form" method="post" action="${base}index.html" target="_blank">
          <input name="processname" value="one"><input name="action" value="stop"></form>
        <form id="xml" method="post" enctype="text/plain" action="${base}RPC2" target="_blank">
          <input name="${call.replaceAll('"', "&quot;").replaceAll("<", "&lt;")}" value=""></form>
        <form id="api" method="post" action="${base}api/v1/processes/one/stop" target="_blank">
        </form>`);
    });
    await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = evil.address() as AddressInfo;
      // The same host with another port is "same-site"; another name is "cross-site".
      for (const host of ["127.0.0.1", "localhost"]) {
        await page.goto(`http://${host}:${port}/`);
        for (const form of ["form", "xml", "api"]) {
          const [answer] = await Promise.all([
            context.waitForEvent("page"),
            page.locator(`#${form}`).evaluate((form) => (form as HTMLFormElement).submit()),
          ]);
          await answer.getByText(/another site|403|Forbidden|forbidden/i).first().waitFor();
          await answer.close();
        }
        await page.evaluate(async (base) => {
          for (
            const path of [
              "RPC2",
              "api/v1/processes/one/stop",
              "index.html?processname=one&action=stop",
            ]
          ) {
            const init = { method: "POST", body: "{}", mode: "no-cors" } as const;
            await fetch(base + path, init).catch(() => {});
          }
        }, base);
        await page.locator("#link").click();
        await page.getByText("another site").waitFor();
      }
      assert.equal((await daemon.status()).get("one")?.state, "RUNNING");
      scene.complaints.length = 0; // refusals, which are what was wanted
    } finally {
      evil.close();
    }
  });
});

test("500 processes: a page of them at a time, rows that stay, a small weight", async () => {
  const programs = "[program:many]\ncommand = sleep 100000\nnumprocs = 500\nautostart = false\n" +
    "process_name = %(program_name)s_%(process_num)03d\n";
  await withPage({ programs }, async (scene) => {
    const { page, base, daemon, context } = scene;
    await openStatus(scene);
    assert.equal((await namesOf(page)).length, 50);
    await page.getByRole("link", { name: "Next" }).click();
    await row(page, "many:many_050").waitFor();
    assert.equal(page.url(), `${base}?page=2`);
    await page.goBack();
    await row(page, "many:many_000").waitFor();

    // News changes the rows that are there: none is made anew, however many there are.
    await row(page, "many:many_010").evaluate((element) => element.setAttribute("data-kept", ""));
    await row(page, "many:many_000").evaluate((element) => element.setAttribute("data-kept", ""));
    await daemon.ctl("start", "many:many_000", "many:many_049", "many:many_499");
    await untilState(page, "many:many_049", "RUNNING");
    await page.locator("#summary", { hasText: "3 of 500 running" }).waitFor();
    assert.equal(await page.locator("[data-kept]").count(), 2);
    assert.equal((await namesOf(page)).length, 50);

    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.setCacheDisabled", { cacheDisabled: true });
    let bytes = 0;
    session.on("Network.loadingFinished", ({ encodedDataLength }) => bytes += encodedDataLength);
    await page.reload({ waitUntil: "load" });
    assert.ok(bytes > 5_000 && bytes < 60 * 1024, `the page weighs ${bytes} bytes`);
  });
});

for (const scheme of ["light", "dark"] as const) {
  test(`axe finds nothing wrong with any page, ${scheme}`, async () => {
    const programs = sleeper("one") + PAIR + CAT +
      "[program:broken]\ncommand = /nonexistent/x\n" + sleeper("off", "autostart = false");
    await withPage({ programs }, async (scene) => {
      const { page, base, daemon } = scene;
      await page.emulateMedia({ colorScheme: scheme });
      await openStatus(scene);
      assert.deepEqual(await violations(scene), [], "status page");
      await row(page, "one").locator("input").check();
      await row(page, "one").locator('[data-action="more"]').click();
      assert.deepEqual(await violations(scene), [], "dialog and selection");
      await page.keyboard.press("Escape");
      await page.setViewportSize({ width: 390, height: 844 });
      assert.deepEqual(await violations(scene), [], "status page on a phone");
      writeFileSync(
        daemon.configFile,
        configText(daemon.directory, sleeper("one", "priority = 1") + sleeper("new")),
      );
      await page.goto(`${base}config.html`);
      await page.locator('button[value="reread"]').click();
      await page.locator(".difference").first().waitFor();
      assert.deepEqual(await violations(scene), [], "configuration");
      await page.goto(`${base}tail.html?processname=cat`);
      await page.locator("#stdin-text").fill("\x1b[31mred\x1b[0m needle");
      await page.locator("#stdin-text").press("Enter");
      await page.locator("#log pre", { hasText: "needle" }).waitFor();
      await page.locator("#log-search").fill("needle");
      await page.locator("#log-search").press("Enter");
      await page.locator(".match").waitFor();
      assert.deepEqual(await violations(scene), [], "log");
      for (const path of ["events.html", "daemon.html", "tail.html", "index.html?q=nothing"]) {
        await page.goto(base + path);
        await page.locator("h1").waitFor();
        assert.deepEqual(await violations(scene), [], path);
      }
    });
  });
}
