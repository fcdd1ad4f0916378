/** Texts of the licences in the executable, each once, by their SPDX names. */
import apache from "./texts/Apache-2.0.txt" with { type: "text" };
import bsd2 from "./texts/BSD-2-Clause.txt" with { type: "text" };
import bsd3 from "./texts/BSD-3-Clause.txt" with { type: "text" };
import isc from "./texts/ISC.txt" with { type: "text" };
import lgpl20 from "./texts/LGPL-2.0.txt" with { type: "text" };
import lgpl21 from "./texts/LGPL-2.1.txt" with { type: "text" };
import mit from "./texts/MIT.txt" with { type: "text" };
import openssl from "./texts/OpenSSL.txt" with { type: "text" };
import unicode from "./texts/Unicode-3.0.txt" with { type: "text" };
import zlib from "./texts/Zlib.txt" with { type: "text" };

/**
 * In the order in which they are printed. The last three are those that every Debian system has
 * in /usr/share/common-licenses: its package leaves them out (packaging/build_deb.sh).
 */
export const LICENSE_TEXTS: ReadonlyMap<string, string> = new Map([
  ["MIT", mit],
  ["BSD-2-Clause", bsd2],
  ["BSD-3-Clause", bsd3],
  ["ISC", isc],
  ["OpenSSL", openssl],
  ["Unicode-3.0", unicode],
  ["Zlib", zlib],
  ["Apache-2.0", apache],
  ["LGPL-2.0", lgpl20],
  ["LGPL-2.1", lgpl21],
]);

/**
 * The texts that an SPDX expression asks for. Of alternatives the first is chosen, and
 * `LGPL-2.1-or-later` is satisfied by version 2.1.
 */
export function textsFor(expression: string): string[] {
  const [chosen = ""] = expression.split(" OR ");
  return chosen.split(" AND ").map((each) =>
    each.replace(/ WITH .*$/, "").replace(/-(?:or-later|only)$/, "")
  );
}
