/** Who may import whom: the table of docs/architecture.md, checked against every import line. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

interface ImportLine {
  /** Path of the importing file from the root, with slashes. */
  readonly from: string;
  readonly line: number;
  /** Path from the root for a file of ours, else the specifier as written. */
  readonly target: string;
  readonly typeOnly: boolean;
  /** By `import()`, when it is needed. */
  readonly isLate: boolean;
}

function sourceFiles(directory: string): string[] {
  return readdirSync(join(root, directory), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(directory, name).replaceAll("\\", "/"))
    .sort();
}

/** Import and re-export statements, also those over several lines, and import() of a literal. */
export function importLines(from: string, text: string): ImportLine[] {
  const statement =
    /^[ \t]*(?:import|export)\s+(type\s+)?((?:[\w*$\s,]|\{[^}]*\})*?from\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;
  return [...text.matchAll(statement)].map((match) => {
    const specifier = match[3] ?? match[4] ?? "";
    const names = /\{([^}]*)\}/.exec(match[2] ?? "")?.[1]?.split(",").map((name) => name.trim())
      .filter((name) => name !== "") ?? [];
    const everyNameIsType = names.length > 0 && names.every((name) => name.startsWith("type "));
    return {
      from,
      line: text.slice(0, match.index).split("\n").length,
      target: specifier.startsWith(".")
        ? relative(root, join(root, dirname(from), specifier)).replaceAll("\\", "/")
        : specifier,
      typeOnly: match[1] !== undefined || everyNameIsType,
      isLate: match[3] === undefined,
    };
  });
}

/** The room of a file: `src/config/ini.ts` is in `config`, `src/supervisord.ts` in itself. */
function roomOf(path: string): string {
  const parts = path.split("/");
  if (parts[0] === "src") return parts.length > 2 ? parts[1] ?? "" : path;
  return parts[0] ?? "";
}

/** The files of rpc/ that are for both ends of the wire: words and numbers, no daemon. */
const rpcLeaves = ["src/rpc/faults.ts", "src/rpc/namespec.ts", "src/rpc/version.ts"];

/** What each room may import beside itself: rooms, or single files of one. */
const daemonMay = ["process", "pattern", "config", "events", "logs"];
const allowed: Readonly<Record<string, readonly string[]>> = {
  process: [],
  pattern: [],
  config: ["process", "pattern"],
  events: ["process"],
  logs: ["process"],
  xmlrpc: [],
  daemon: daemonMay,
  // The values that methods take and give are those of the wire.
  rpc: ["daemon", "src/xmlrpc/value.ts", ...daemonMay],
  web: ["rpc", "daemon", "logs", "process"],
  http: ["web", "rpc", "xmlrpc", "daemon", "logs", "config", "events", "process", "pattern"],
  client: ["xmlrpc", ...rpcLeaves],
  runtime: [],
  // What a daemon is made of, on its way to the next program.
  handover: ["http", "daemon", ...daemonMay],
  "src/supervisord.ts": ["handover", "http", "web", "rpc", "xmlrpc", "daemon", ...daemonMay],
  // The other composition root, for programs that embed a supervisor: it has no caller of ours
  // that could hand it the runtime.
  "src/embed.ts": ["runtime", "http", "web", "rpc", "xmlrpc", "daemon", ...daemonMay],
  // The daemon's program tells the errors of its start-up from the rest.
  cli: [
    "src/supervisord.ts",
    "handover",
    "src/daemon/host.ts",
    // Files to print.
    "src/http/api/app.ts",
    "src/http/api/dashboard.ts",
    // What the daemon checks, made.
    "src/http/access/scrypt.ts",
    "runtime",
    "client",
    "config",
    "process",
    "xmlrpc",
    ...rpcLeaves,
  ],
};

/** As types only: what a room may know the shape of without depending on it. */
const allowedAsTypes: Readonly<Record<string, readonly string[]>> = {
  logs: ["events"],
  http: ["config"],
  web: ["config"],
};

/** Everyone may know what a runtime is, and throw or catch its one error class. */
const forEveryone = /^src\/(?:runtime\/(?:(?:\w+_)?types|system_error)|build_info)\.ts$/;

const packagesOf: Readonly<Record<string, readonly string[]>> = {
  http: ["hono", "valibot", "@valibot/to-json-schema"],
  web: ["hono"],
  daemon: ["croner"],
};

/** Texts that `supervisord print licenses` carries: no code. */
const texts: Readonly<Record<string, readonly string[]>> = {
  "cli/print/systemd_unit.ts": ["packaging/systemd/supervisor.service"],
  "cli/print/licenses.ts": [
    "LICENSE",
    "package.json",
    "node_modules/croner/LICENSE",
    "node_modules/hono/LICENSE",
    "node_modules/valibot/LICENSE.md",
  ],
};

/** Why this import must not be; null when it may. */
export function objection(line: ImportLine): string | null {
  const room = roomOf(line.from);
  if (texts[line.from]?.includes(line.target)) return null;
  if (!/^(src|cli|mod\.ts)/.test(line.target)) {
    if (line.target.startsWith("node:")) return null;
    const name = /^(@[^/]+\/)?[^/]+/.exec(line.target)?.[0] ?? "";
    if (packagesOf[room]?.includes(name)) return null;
    // The runtime's own modules belong to the runtime's own files.
    if (room === "runtime" && /^bun(:|$)/.test(line.target)) return null;
    return `${room} may not import the package ${name}`;
  }
  const targetRoom = roomOf(line.target);
  if (targetRoom === room || forEveryone.test(line.target)) return null;
  const may = [...allowed[room] ?? [], ...(line.typeOnly ? allowedAsTypes[room] ?? [] : [])];
  if (may.includes(targetRoom) || may.includes(line.target)) return null;
  return `${room} may not import ${targetRoom}${line.typeOnly ? ", not even as types" : ""}`;
}

const files = [...sourceFiles("src"), ...sourceFiles("cli")];
const textOf = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));

test("imports point down only, as the table in docs/architecture.md says", () => {
  const objections = [...textOf].flatMap(([file, text]) =>
    importLines(file, text).flatMap((line) => {
      const reason = objection(line);
      return reason === null ? [] : [`${line.from}:${line.line}: ${reason} (${line.target})`];
    })
  );
  assert.deepEqual(objections, []);
});

test("no file needs itself in order to be loaded", () => {
  const needs = new Map(
    [...textOf].map(([file, text]) => [
      file,
      importLines(file, text).filter((line) => !line.typeOnly && !line.isLate)
        .map(({ target }) => target),
    ]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const follow = (file: string, way: readonly string[]) => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" -> "));
    if (done.has(file) || way.includes(file)) return;
    for (const next of needs.get(file) ?? []) follow(next, [...way, file]);
    done.add(file);
  };
  for (const file of needs.keys()) follow(file, []);
  assert.deepEqual(circles, []);
});

test("Deno and Bun are named in src/runtime only", () => {
  const named = [...textOf].flatMap(([file, text]) =>
    file.startsWith("src/runtime/")
      ? []
      : text.split("\n").flatMap((line, index) =>
        /(?<![\w.$"'`])(?:Deno|Bun)\s*\??\.\s*[A-Za-z]|globalThis\.(?:Deno|Bun)\b/.test(line)
          ? [`${file}:${index + 1}: ${line.trim()}`]
          : []
      )
  );
  assert.deepEqual(named, []);
});

test("only cli/ ends the program", () => {
  const exits = [...textOf].flatMap(([file, text]) =>
    file.startsWith("cli/") || file.startsWith("src/runtime/")
      ? []
      : text.split("\n").flatMap((line, index) =>
        /\bprocess\.exit\(/.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []
      )
  );
  assert.deepEqual(exits, []);
});

test("the folders of src/ are the ones the table knows", () => {
  const rooms = readdirSync(join(root, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  assert.deepEqual(rooms.filter((room) => allowed[room] === undefined), []);
});

const judged: readonly (readonly [string, string, string | null])[] = [
  [
    "src/process/machine.ts",
    'import { x } from "../config/types.ts";',
    "process may not import config",
  ],
  ["src/config/load.ts", 'import { x } from "../process/signals.ts";', null],
  [
    "src/daemon/a.ts",
    'import {\n  a,\n  b,\n} from "../rpc/methods.ts";',
    "daemon may not import rpc",
  ],
  ["src/logs/output.ts", 'import type { X } from "../events/types.ts";', null],
  ["src/logs/output.ts", 'import { X } from "../events/types.ts";', "logs may not import events"],
  ["src/logs/output.ts", 'import { type X, type Y } from "../events/types.ts";', null],
  ["src/rpc/methods.ts", 'export * from "../http/app.ts";', "rpc may not import http"],
  ["src/client/rpc_client.ts", 'import { Fault } from "../rpc/faults.ts";', null],
  [
    "src/client/rpc_client.ts",
    'import { m } from "../rpc/methods.ts";',
    "client may not import rpc",
  ],
  ["src/daemon/a.ts", 'const x = await import("../http/app.ts");', "daemon may not import http"],
  ["src/daemon/a.ts", 'import { Hono } from "hono";', "daemon may not import the package hono"],
  ["src/http/app.ts", 'import { Hono } from "hono/tiny";', null],
  [
    "src/daemon/a.ts",
    'import { runtime } from "../runtime/mod.ts";',
    "daemon may not import runtime",
  ],
  ["src/daemon/a.ts", 'import type { Runtime } from "../runtime/types.ts";', null],
];
for (const [from, text, expected] of judged) {
  test(`the import check ${expected === null ? "allows" : "objects to"} ${text.replaceAll("\n", " ")} in ${from}`, () => {
    const [line] = importLines(from, text);
    assert.ok(line !== undefined, "the import was not seen");
    const reason = objection(line);
    if (expected === null) assert.equal(reason, null);
    else assert.ok(reason?.startsWith(expected), `said ${reason}`);
  });
}
