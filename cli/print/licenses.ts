/** Whose work is in the executable, and under which licence. */
import croner from "../../node_modules/croner/LICENSE" with { type: "text" };
import hono from "../../node_modules/hono/LICENSE" with { type: "text" };
import valibot from "../../node_modules/valibot/LICENSE.md" with { type: "text" };
import ours from "../../LICENSE" with { type: "text" };
import { buildInfo } from "../../src/build_info.ts";
import packageFile from "../../package.json" with { type: "json" };

export interface Component {
  readonly name: string;
  /** Empty where only the runtime's makers know it. */
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
  readonly home: string;
  /** The text that must go with every copy, where it is not with its home. */
  readonly text?: string;
}

const { dependencies, devDependencies } = packageFile;

/** What this project bundles. */
export const BUNDLED: readonly Component[] = [
  {
    name: "supervisord",
    version: buildInfo.version,
    license: "MIT",
    home: "",
    text: ours,
  },
  {
    name: "croner",
    version: dependencies.croner,
    license: "MIT",
    home: "https://croner.56k.guru",
    text: croner,
  },
  {
    name: "hono",
    version: dependencies.hono,
    license: "MIT",
    home: "https://hono.dev",
    text: hono,
  },
  {
    name: "valibot",
    version: dependencies.valibot,
    license: "MIT",
    home: "https://valibot.dev",
    text: valibot,
  },
  {
    name: "@valibot/to-json-schema",
    version: dependencies["@valibot/to-json-schema"],
    license: "MIT",
    home: "https://valibot.dev",
    text: valibot,
  },
];

const linked = (name: string, license: string, home: string): Component => ({
  name,
  version: "",
  license,
  home,
});

/**
 * The runtime that the executable is made with, and what that links statically.
 *
 * @see https://bun.com/docs/project/license
 */
export const RUNTIME: readonly Component[] = [
  {
    name: "bun",
    version: devDependencies.bun,
    license: "MIT",
    home: "https://github.com/oven-sh/bun",
  },
  linked(
    "JavaScriptCore and WebCore",
    "LGPL-2.0-or-later AND BSD-2-Clause",
    "https://github.com/oven-sh/webkit",
  ),
  linked("boringssl", "ISC AND OpenSSL", "https://boringssl.googlesource.com/boringssl"),
  linked("brotli", "MIT", "https://github.com/google/brotli"),
  linked("c-ares", "MIT", "https://github.com/c-ares/c-ares"),
  linked("ICU", "Unicode-3.0", "https://github.com/unicode-org/icu"),
  linked("libarchive", "BSD-2-Clause", "https://github.com/libarchive/libarchive"),
  linked("libbase64", "BSD-2-Clause", "https://github.com/aklomp/base64"),
  linked("libdeflate", "MIT", "https://github.com/ebiggers/libdeflate"),
  linked("lol-html", "BSD-3-Clause", "https://github.com/cloudflare/lol-html"),
  linked("ls-hpack", "MIT", "https://github.com/litespeedtech/ls-hpack"),
  linked("mimalloc", "MIT", "https://github.com/microsoft/mimalloc"),
  linked("picohttpparser", "MIT OR Artistic-1.0-Perl", "https://github.com/h2o/picohttpparser"),
  linked("simdutf", "Apache-2.0", "https://github.com/simdutf/simdutf"),
  linked("TigerBeetle (parts of its I/O code)", "Apache-2.0", "https://tigerbeetle.com"),
  linked("tinycc", "LGPL-2.1-or-later", "https://repo.or.cz/tinycc.git"),
  linked("uSockets", "Apache-2.0", "https://github.com/uNetworking/uSockets"),
  linked("uWebSockets", "Apache-2.0", "https://github.com/uNetworking/uWebSockets"),
  linked("zlib (Cloudflare's)", "Zlib", "https://github.com/cloudflare/zlib"),
  linked("zstd", "BSD-3-Clause OR GPL-2.0-only", "https://github.com/facebook/zstd"),
];

/** The list, then the texts, each once. */
export function licenseReport(): string {
  const row = ({ name, version, license, home }: Component) =>
    `  ${`${name} ${version}`.trim().padEnd(36)} ${license.padEnd(35)} ${home}`;
  const texts = new Map<string, string[]>();
  for (const { name, text } of BUNDLED) {
    if (text === undefined) continue;
    texts.set(text.trim(), [...texts.get(text.trim()) ?? [], name]);
  }
  return [
    "What this executable is made of.",
    "",
    "This project and the libraries it bundles:",
    ...BUNDLED.map(row),
    "",
    "The runtime it is built with, and what that links; the texts are at the addresses given:",
    ...RUNTIME.map(row),
    "",
    "JavaScriptCore and tinycc are under the LGPL. This project's source builds the same",
    "executable with another build of the runtime: put it on PATH and run ./compile.sh.",
    ...[...texts].flatMap(([text, names]) => ["", `--- ${names.join(", ")} ---`, "", text]),
    "",
  ].join("\n");
}
