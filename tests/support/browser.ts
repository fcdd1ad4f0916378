/** A real browser, looking at a daemon of its own: Debian's Chromium, without a window. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { freePort } from "./ports.ts";
import { type DaemonOptions, type TestDaemon, withDaemon } from "./start_daemon.ts";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Scene {
  readonly daemon: TestDaemon;
  readonly page: Page;
  readonly context: BrowserContext;
  /** Address of the status page, with a slash at the end. */
  readonly base: string;
  /** What the browser complained about: script errors, broken policy, failed requests. */
  readonly complaints: string[];
}

export interface SceneOptions extends DaemonOptions {
  readonly javaScript?: boolean;
}

/**
 * Runs a story in a browser whose first tab shows nothing yet. At the end the browser must have
 * had nothing to complain about.
 */
export async function withPage(
  { javaScript = true, ...options }: SceneOptions,
  story: (scene: Scene) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const programs = `[inet_http_server]\nport = 127.0.0.1:${port}\n${options.programs ?? ""}`;
  await withDaemon({ ...options, programs }, async (daemon) => {
    const profile = mkdtempSync(join(tmpdir(), "supervisord-browser-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      headless: true,
      args: ARGUMENTS,
      javaScriptEnabled: javaScript,
      viewport: { width: 1280, height: 800 },
    });
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      await story({ daemon, page, context, base: `http://127.0.0.1:${port}/`, complaints });
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    }
  });
}

/** The text of axe, to be run in pages. */
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong with the page as it is now. */
export async function violations({ page, context }: Scene): Promise<string[]> {
  const session = await context.newCDPSession(page);
  // Through the debugger: the page's policy forbids scripts from elsewhere, as it should.
  await session.send("Runtime.evaluate", { expression: axe });
  const { result } = await session.send("Runtime.evaluate", {
    expression: `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + " " + target + " " + failureSummary)))`,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  return result.value as string[];
}
