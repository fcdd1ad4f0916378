/** What pages need besides themselves: the style sheet and pictures, from the program text. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { IMAGES } from "./images.ts";
import css from "./style.css" with { type: "text" };

interface Asset {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Changes with the content. */
  readonly tag: string;
}

/** Directories of the reference; asked for without a slash, they redirect. */
export const ASSET_DIRECTORIES = ["stylesheets", "images"] as const;

const STYLE_PATH = "stylesheets/supervisor.css";

const assets = new Map<string, Asset>([
  [STYLE_PATH, asset("text/css", Buffer.from(css))],
  ...Object.entries(IMAGES).map(([name, base64]): [string, Asset] => [
    `images/${name}`,
    asset(name.endsWith(".png") ? "image/png" : "image/gif", Buffer.from(base64, "base64")),
  ]),
]);

function asset(type: string, content: Uint8Array): Asset {
  const body = new Uint8Array(content);
  return { type, body, tag: createHash("sha256").update(body).digest("hex").slice(0, 12) };
}

/** Address of the style sheet. It names the content, so a browser may keep it for ever. */
export const STYLE_LINK = `${STYLE_PATH}?v=${assets.get(STYLE_PATH)?.tag}`;

/** Status, headers and body of a file, or null when there is none of that name. */
export function findAsset(
  path: string,
  version: string | null,
  knownTag: string | undefined,
):
  | { status: 200 | 304; headers: Record<string, string>; body: Uint8Array<ArrayBuffer> | null }
  | null {
  const found = assets.get(path);
  if (found === undefined) return null;
  const { type, body, tag } = found;
  const headers = {
    "Content-Type": type,
    "ETag": `"${tag}"`,
    "Cache-Control": version === tag ? "private, max-age=31536000, immutable" : "no-cache",
  };
  if (knownTag === `"${tag}"`) return { status: 304, headers: { "ETag": `"${tag}"` }, body: null };
  return { status: 200, headers, body };
}
