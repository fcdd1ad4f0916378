/** What pages need besides themselves: style sheet, script and pictures, from the program text. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { CLIENT_FILES } from "./client_files.ts";
import { IMAGES } from "./images.ts";
import css from "./style.css" with { type: "text" };

interface Asset {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Changes with the content. */
  readonly tag: string;
  /** Made by the first request that takes it; null: not smaller. */
  compressed?: Uint8Array<ArrayBuffer> | null;
}

/** Directories of the reference; asked for without a slash, they redirect. */
export const ASSET_DIRECTORIES = ["stylesheets", "images"] as const;

const STYLE_PATH = "stylesheets/supervisor.css";
const ICON_PATH = "images/icon.png";

const assets = new Map<string, Asset>([
  [STYLE_PATH, asset("text/css;charset=utf-8", Buffer.from(css))],
  ...Object.entries(IMAGES).map(([name, base64]): [string, Asset] => [
    `images/${name}`,
    asset(name.endsWith(".png") ? "image/png" : "image/gif", Buffer.from(base64, "base64")),
  ]),
]);

const scripts = new Map(
  Object.entries(CLIENT_FILES).map(([name, text]): [string, Asset] => [
    name,
    asset("text/javascript;charset=utf-8", Buffer.from(text)),
  ]),
);

function asset(type: string, content: Uint8Array): Asset {
  const body = new Uint8Array(content);
  return { type, body, tag: hash(body) };
}

function hash(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 12);
}

/**
 * The modules import each other by relative names; in a directory that is named after the content
 * of all of them these names change with it, too.
 */
const SCRIPT_VERSION = hash([...scripts.values()].map(({ tag }) => tag).join());

/** The module that every page starts with. */
const ENTRY = "main.js";

/**
 * What a page needs of the script: the entry, then everything it comes to import, so that a
 * browser can ask for all of it at once.
 *
 * @param page name of the page; the entry imports the module of that name, if there is one
 */
export function scriptLinks(page: string): string[] {
  const needed = new Set([ENTRY]);
  if (scripts.has(`${page}.js`)) needed.add(`${page}.js`);
  for (const name of needed) {
    const imports = (CLIENT_FILES[name] ?? "").matchAll(/^(?:import|\}) .*"\.\/(\w+\.js)";$/gm);
    for (const [, imported = ""] of imports) needed.add(imported);
  }
  return [...needed].map((name) => `scripts/${SCRIPT_VERSION}/${name}`);
}

/** These name the content, so a browser may keep it for ever. */
export const STYLE_LINK = versioned(STYLE_PATH);
export const ICON_LINK = versioned(ICON_PATH);

function versioned(path: string): string {
  return `${path}?v=${assets.get(path)?.tag}`;
}

export interface AssetAnswer {
  readonly status: 200 | 304;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array<ArrayBuffer> | null;
}

/** Status, headers and body of a file, or null when there is none of that name. */
export function findAsset(
  path: string,
  version: string | null,
  request: { readonly headers: Headers },
): AssetAnswer | null {
  const found = assets.get(path);
  return found === undefined ? null : answer(found, version === found.tag, request);
}

/** A module of the script. Of an old version, too: a page may be older than this program. */
export function findScript(
  version: string,
  name: string,
  request: { readonly headers: Headers },
): AssetAnswer | null {
  const found = scripts.get(name);
  return found === undefined ? null : answer(found, version === SCRIPT_VERSION, request);
}

function answer(
  found: Asset,
  isForEver: boolean,
  { headers: asked }: { readonly headers: Headers },
): AssetAnswer {
  const tag = `"${found.tag}"`;
  const headers: Record<string, string> = {
    "ETag": tag,
    "Vary": "Accept-Encoding",
    "Cache-Control": isForEver ? "private, max-age=31536000, immutable" : "no-cache",
  };
  if (asked.get("if-none-match") === tag) return { status: 304, headers, body: null };
  headers["Content-Type"] = found.type;
  const compressed = acceptsGzip(asked) ? compressedOf(found) : null;
  if (compressed === null) return { status: 200, headers, body: found.body };
  headers["Content-Encoding"] = "gzip";
  return { status: 200, headers, body: compressed };
}

function compressedOf(found: Asset): Uint8Array<ArrayBuffer> | null {
  if (found.compressed === undefined) {
    const small = new Uint8Array(gzipSync(found.body, { level: 9 }));
    found.compressed = small.length < found.body.length ? small : null;
  }
  return found.compressed;
}

/** Whether the client says that it takes gzip. */
export function acceptsGzip(headers: Headers): boolean {
  return /(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?\s*(?:,|$)/i
    .test(headers.get("accept-encoding") ?? "");
}
