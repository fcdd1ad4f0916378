/** Whose work is in the executable, and under which licence. */
import croner from "../../node_modules/croner/LICENSE" with { type: "text" };
import hono from "../../node_modules/hono/LICENSE" with { type: "text" };
import valibot from "../../node_modules/valibot/LICENSE.md" with { type: "text" };
import ours from "../../LICENSE" with { type: "text" };
import { buildInfo } from "../../src/build_info.ts";
import packageFile from "../../package.json" with { type: "json" };
import { LICENSE_TEXTS, textsFor } from "./license_texts.ts";

export interface Component {
  readonly name: string;
  /** Empty where only the runtime's makers know it. */
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
  readonly home: string;
  /** A text of its own that must go with every copy. */
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

export interface LinkedComponent extends Component {
  /** Whose work it is, as its licence wants it to be told; empty where the text says it. */
  readonly copyright: string;
  /** Under which name the runtime itself tells the version; a test compares them. */
  readonly versionName?: string;
}

function linked(
  name: string,
  license: string,
  home: string,
  copyright: string,
  [versionName, version]: readonly [string, string] | readonly [] = [],
): LinkedComponent {
  const component = { name, license, home, copyright, version: version ?? "" };
  return versionName === undefined ? component : { ...component, versionName };
}

const LITESPEED = "LiteSpeed Technologies Inc";

/**
 * The runtime that the executable is made with, and what that links statically. Versions are those
 * that it tells itself.
 *
 * @see https://github.com/oven-sh/bun/blob/main/LICENSE.md
 */
export const RUNTIME: readonly LinkedComponent[] = [
  linked("bun", "MIT", "https://github.com/oven-sh/bun", "Oven and the contributors to Bun", [
    "bun",
    devDependencies.bun,
  ]),
  linked(
    "JavaScriptCore and WebCore",
    "LGPL-2.0-or-later AND BSD-2-Clause",
    "https://github.com/oven-sh/WebKit",
    "Apple Inc. and the other contributors to WebKit",
    ["webkit", "d6375c72affe"],
  ),
  linked(
    "acorn, acorn-walk",
    "MIT",
    "https://github.com/acornjs/acorn",
    "various contributors",
  ),
  linked(
    "boringssl",
    "Apache-2.0 AND ISC AND OpenSSL AND MIT AND BSD-3-Clause",
    "https://boringssl.googlesource.com/boringssl",
    "The OpenSSL Project, Google Inc. and others",
    ["boringssl", "fe703e9faa3b"],
  ),
  linked(
    "brotli",
    "MIT",
    "https://github.com/google/brotli",
    "2009, 2010, 2013-2015 by the Brotli Authors",
  ),
  linked(
    "c-ares",
    "MIT",
    "https://github.com/c-ares/c-ares",
    "2007-2023 Daniel Stenberg with many contributors",
    ["ares", "0b88066f79ac"],
  ),
  linked(
    "esbuild (ported parts)",
    "MIT",
    "https://github.com/evanw/esbuild",
    "2020 Evan Wallace",
  ),
  linked("highway", "Apache-2.0", "https://github.com/google/highway", "Google LLC"),
  linked(
    "ICU",
    "Unicode-3.0",
    "https://github.com/unicode-org/icu",
    "2016 and later: Unicode, Inc. and others",
    [
      "icu",
      "78.3",
    ],
  ),
  linked(
    "libarchive",
    "BSD-2-Clause AND BSD-3-Clause",
    "https://github.com/libarchive/libarchive",
    "Tim Kientzle and others; the Regents of the University of California",
    ["libarchive", "27cbc7827172"],
  ),
  linked(
    "libbase64",
    "BSD-2-Clause",
    "https://github.com/aklomp/base64",
    "2005-2007 Nick Galbreath, 2015-2017 Wojciech Mula, 2016-2017 Matthieu Darbois, 2013-2022 " +
      "Alfred Klomp",
  ),
  linked(
    "libc++abi (one function)",
    "Apache-2.0 WITH LLVM-exception",
    "https://github.com/llvm/llvm-project",
    "the LLVM Project",
  ),
  linked(
    "libdeflate",
    "MIT",
    "https://github.com/ebiggers/libdeflate",
    "Eric Biggers",
    ["libdeflate", "92e6a0db9fa8"],
  ),
  linked(
    "libjpeg-turbo",
    "IJG AND BSD-3-Clause AND Zlib",
    "https://github.com/libjpeg-turbo/libjpeg-turbo",
    "1991-2026 the libjpeg-turbo Project and many others. This software is based in part on the " +
      "work of the Independent JPEG Group.",
  ),
  linked(
    "libspng",
    "BSD-2-Clause",
    "https://github.com/randy408/libspng",
    "2018-2021 Randy <randy408@protonmail.com>",
  ),
  linked(
    "libstdc++ and libgcc",
    "GPL-3.0-or-later WITH GCC-exception-3.1",
    "https://gcc.gnu.org",
    "the Free Software Foundation; the exception lets programs that are linked with them be " +
      "under any licence",
  ),
  linked(
    "libwebp",
    "BSD-3-Clause",
    "https://chromium.googlesource.com/webm/libwebp",
    "2010 Google Inc.",
  ),
  linked("llhttp", "MIT", "https://github.com/nodejs/llhttp", "Fedor Indutny", [
    "llhttp",
    "9.4.4",
  ]),
  linked(
    "lol-html",
    "BSD-3-Clause",
    "https://github.com/cloudflare/lol-html",
    "2019 Cloudflare, Inc., 2019 Ivan Nikulin",
    ["lolhtml", "725ce499aa9b"],
  ),
  linked("ls-hpack", "MIT", "https://github.com/litespeedtech/ls-hpack", LITESPEED, [
    "lshpack",
    "cf0f70dd10b3",
  ]),
  linked("ls-qpack", "MIT", "https://github.com/litespeedtech/ls-qpack", LITESPEED),
  linked(
    "lsquic",
    "MIT AND BSD-3-Clause",
    "https://github.com/litespeedtech/lsquic",
    `${LITESPEED}; parts by the Chromium Authors`,
  ),
  linked(
    "mimalloc",
    "MIT",
    "https://github.com/microsoft/mimalloc",
    "Microsoft Corporation, Daan Leijen",
    ["mimalloc", "92ef6587c57b"],
  ),
  linked(
    "Mozilla's root certificates",
    "MPL-2.0",
    "https://wiki.mozilla.org/CA/Included_Certificates",
    "",
  ),
  linked(
    "Node.js (parts), its polyfills",
    "MIT",
    "https://github.com/nodejs/node",
    "Node.js contributors, Joyent, Inc. and other Node contributors, and the browserify authors",
  ),
  linked(
    "picohttpparser",
    "MIT OR Artistic-1.0-Perl",
    "https://github.com/h2o/picohttpparser",
    "2009-2014 Kazuho Oku, Tokuhiro Matsuno, Daisuke Murase",
    ["picohttpparser", "f4d94b48b31e"],
  ),
  linked(
    "simdutf",
    "Apache-2.0 OR MIT",
    "https://github.com/simdutf/simdutf",
    "the simdutf authors",
  ),
  linked("SQLite", "blessing", "https://www.sqlite.org", "none: it is in the public domain", [
    "sqlite",
    "3.54.1",
  ]),
  linked(
    "TigerBeetle (parts of its I/O code)",
    "Apache-2.0",
    "https://github.com/tigerbeetle/tigerbeetle",
    "TigerBeetle, Inc.",
  ),
  linked(
    "tinycc",
    "LGPL-2.1-or-later",
    "https://repo.or.cz/tinycc.git",
    "Fabrice Bellard and the contributors to tinycc",
    ["tinycc", "05f0fafaa3be"],
  ),
  linked(
    "uSockets",
    "Apache-2.0",
    "https://github.com/uNetworking/uSockets",
    "Alex Hultman and the authors of uSockets",
  ),
  linked("uucode", "MIT", "https://github.com/jacobsandlund/uucode", "Jacob Sandlund"),
  linked(
    "uWebSockets",
    "Apache-2.0",
    "https://github.com/uNetworking/uWebSockets",
    "Alex Hultman and the authors of uWebSockets",
  ),
  linked(
    "zlib-ng",
    "Zlib",
    "https://github.com/zlib-ng/zlib-ng",
    "1995-2025 Jean-loup Gailly and Mark Adler",
    ["zlib", "12731092979c"],
  ),
  linked(
    "zstd",
    "BSD-3-Clause OR GPL-2.0-only",
    "https://github.com/facebook/zstd",
    "2016-2022 Meta Platforms, Inc. and affiliates",
    ["zstd", "f8745da6ff1a"],
  ),
];

/** The list, then the texts, each once. */
export function licenseReport(): string {
  const row = ({ name, version, license, home }: Component) =>
    `  ${`${name} ${version}`.trim().padEnd(36)} ${license.padEnd(35)} ${home}`;
  const bundledTexts = new Map<string, string[]>();
  for (const { name, text } of BUNDLED) {
    if (text === undefined) continue;
    bundledTexts.set(text.trim(), [...bundledTexts.get(text.trim()) ?? [], name]);
  }
  const notice = ({ copyright }: LinkedComponent) =>
    copyright === "" ? [] : [`      Copyright: ${copyright}`];
  const standardTexts = [...LICENSE_TEXTS].flatMap(([id, text]) => {
    const names = RUNTIME.filter(({ license }) => textsFor(license).includes(id))
      .map(({ name }) => name);
    return names.length === 0
      ? []
      : ["", `--- ${id} ---`, `(${names.join(", ")})`, "", text.trimEnd()];
  });
  return [
    "What this executable is made of.",
    "",
    "This project and the libraries it bundles:",
    ...BUNDLED.map(row),
    "",
    "The runtime it is built with, and what that links; a version of twelve digits is a commit:",
    ...RUNTIME.flatMap((component) => [row(component), ...notice(component)]),
    "",
    "JavaScriptCore and tinycc are under the LGPL. This project's source builds the same",
    "executable with another build of the runtime: put it on PATH and run ./compile.sh.",
    "The sources of all of them are at the addresses given. Texts that are not below: the MPL 2.0",
    "is at https://www.mozilla.org/MPL/2.0/, the GPL 3 with its exception for libraries of GCC at",
    "https://www.gnu.org/licenses/gcc-exception-3.1.html.",
    ...[...bundledTexts].flatMap(([text, names]) => ["", `--- ${names.join(", ")} ---`, "", text]),
    ...standardTexts,
    "",
  ].join("\n");
}
