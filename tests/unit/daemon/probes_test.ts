/** Looking at real servers, sockets and files: what is found, and that it always ends. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createNetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseCheck } from "../../../src/config/health_check.ts";
import { type ProbeResult, startProbe } from "../../../src/daemon/health/probes.ts";
import type { Clock } from "../../../src/runtime/types.ts";

/** The real one: these probes talk to the real system. */
const clock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  utcOffset: () => 0,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

function probe(text: string, over: { timeoutMs?: number; notBefore?: number } = {}) {
  return startProbe(parseCheck(text, "healthcheck"), {
    timeoutMs: 20_000,
    notBefore: 0,
    ...over,
    clock,
    helper: () => "not part of this test",
  });
}

async function look(text: string, over?: { timeoutMs?: number; notBefore?: number }) {
  const { ok, detail }: ProbeResult = await probe(text, over).done;
  return `${ok ? "ok" : "bad"}: ${detail.slice(detail.indexOf(": ") + 2)}`;
}

/** @param story is given the URL of the server, without a slash at its end */
async function withServer(
  listener: RequestListener,
  story: (url: string) => Promise<void>,
): Promise<void> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  try {
    await story(`http://127.0.0.1:${address.port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("http: status, body and headers are what was asked for, or it is said what is not", async () => {
  await withServer((request, response) => {
    const { authorization = "", host } = request.headers;
    const status = request.url === "/sick" ? 503 : request.url === "/moved" ? 302 : 200;
    response.writeHead(status, { location: "/nowhere" });
    response.end(request.url === "/who" ? `${authorization} ${host}` : "all is wéll");
  }, async (url) => {
    assert.equal(await look(`${url}/up`), "ok: status 200");
    assert.equal(await look(`${url}/moved`), "ok: status 302", "nobody follows it");
    assert.equal(await look(`${url}/sick`), "bad: status 503");
    assert.equal(await look(`${url}/sick status=500-599`), "ok: status 503");
    assert.equal(await look(`${url}/up body="is wéll"`), "ok: status 200");
    assert.equal(await look(`${url}/up body="/^all .* w.ll$/"`), "ok: status 200");
    assert.equal(await look(`${url}/up body=bad`), "bad: the body is not as it should be");
    const me = url.replace("//", "//me:secret@");
    const basic = `Basic ${btoa("me:secret")}`;
    assert.equal(
      await look(`${me}/who header="Host: a.example" body="${basic} a.example"`),
      "ok: status 200",
    );
  });
});

test("http: a server that says nothing, or never ends, is given up after its time", async () => {
  await withServer((request, response) => {
    if (request.url === "/silent") return;
    response.write("a");
  }, async (url) => {
    assert.equal(await look(`${url}/silent`, { timeoutMs: 50 }), "bad: no answer within 0.05 s");
    assert.equal(
      await look(`${url}/endless body=b`, { timeoutMs: 50 }),
      "bad: no answer within 0.05 s",
    );
  });
});

test("http: of a body without end the beginning is looked at, and the rest is left", async () => {
  await withServer((_request, response) => {
    const more = () => {
      while (response.write("x".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  }, async (url) => {
    assert.equal(await look(`${url}/ body=y`), "bad: the body is not as it should be");
    assert.equal(await look(`${url}/ body=xxx`), "ok: status 200");
  });
});

test("http: nobody there", async () => {
  let url = "";
  await withServer(() => {}, (given) => {
    url = given;
    return Promise.resolve();
  });
  assert.equal(await look(`${url}/`), "bad: ECONNREFUSED");
});

test("tcp and unix: somebody accepts, or the system says why not", async () => {
  const directory = mkdtempSync(join(tmpdir(), "probes-"));
  const path = join(directory, "socket");
  const server = createNetServer((socket) => socket.destroy());
  try {
    assert.equal(await look(`unix://${path}`), "bad: ENOENT");
    await new Promise<void>((resolve) => server.listen(path, resolve));
    assert.equal(await look(`unix://${path}`), "ok: connected");
    await withServer(() => {}, async (url) => {
      assert.equal(await look(url.replace("http:", "tcp:")), "ok: connected");
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true, force: true });
  }
});

test("file: there, from this life of the process, and fresh", async () => {
  const directory = mkdtempSync(join(tmpdir(), "probes-"));
  const path = join(directory, "beat");
  try {
    assert.equal(await look(`file:${path}`), "bad: ENOENT");
    writeFileSync(path, "");
    assert.equal(await look(`file:${path}`), "ok: it is there");
    const later = Date.now() + 60_000;
    assert.equal(
      await look(`file:${path}`, { notBefore: later }),
      "bad: it is from before the start",
    );
    assert.equal(await look(`file:${path} max_age=1h`), "ok: it is there");
    utimesSync(path, 1000, 1000);
    assert.equal(await look(`file:${path} max_age=1h`), "bad: not written for more than 3600 s");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("a probe that is cancelled ends at once", async () => {
  await withServer(() => {}, async (url) => {
    const running = probe(`${url}/`);
    running.cancel();
    const { ok, detail } = await running.done;
    assert.equal(ok, false);
    assert.match(detail, /cancelled/);
  });
});
