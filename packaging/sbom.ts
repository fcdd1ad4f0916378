/**
 * What is inside a release, as CycloneDX 1.5 (JSON): `bun packaging/sbom.ts TARGET=FILE…`, on
 * standard output. The same list as `supervisord print licenses`, with the executables' checksums.
 * Nothing in it depends on when, where or by whom it was made.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import process from "node:process";
import { BUNDLED, type Component, type LinkedComponent, RUNTIME } from "../cli/print/licenses.ts";
import { buildInfo } from "../src/build_info.ts";

interface SbomComponent {
  readonly type: "application" | "library" | "file" | "platform";
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly "bom-ref": string;
  readonly licenses?: readonly { readonly expression: string }[];
  readonly copyright?: string;
  readonly hashes?: readonly { readonly alg: "SHA-256"; readonly content: string }[];
  readonly externalReferences?: readonly { readonly type: "website"; readonly url: string }[];
}

/** Without ourselves, who are what it is about. */
const bundled = BUNDLED.slice(1);

/** Package URLs write the @ of a scope as %40. */
function purlOf({ name, version }: Component): string {
  return `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
}

function described(component: Component | LinkedComponent, purl: string | null): SbomComponent {
  const { name, version, license, home } = component;
  return {
    type: name === "bun" ? "platform" : "library",
    name,
    ...version === "" ? {} : { version },
    ...purl === null ? {} : { purl },
    "bom-ref": purl ?? `linked:${name}`,
    licenses: [{ expression: license }],
    ..."copyright" in component && component.copyright !== ""
      ? { copyright: component.copyright }
      : {},
    ...home === "" ? {} : { externalReferences: [{ type: "website", url: home }] },
  };
}

/** A version-5-like UUID: the same content has the same number. */
function serialNumber(content: string): string {
  const hex = createHash("sha256").update(content).digest("hex");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    `urn:uuid:${hex.slice(0, 8)}`,
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

/** @param files pairs of a target's name and its executable */
function bill(files: readonly (readonly [string, string])[]): Record<string, unknown> {
  const root = `pkg:generic/supervisord@${buildInfo.version}`;
  const libraries = [
    ...bundled.map((component) => described(component, purlOf(component))),
    // The runtime comes from npm; what it links came with it.
    ...RUNTIME.map((component) =>
      described(component, component.name === "bun" ? purlOf(component) : null)
    ),
  ];
  const executables = files.map(([target, path]): SbomComponent => ({
    type: "file",
    name: `supervisord (${target})`,
    "bom-ref": `file:${target}`,
    hashes: [{
      alg: "SHA-256",
      content: createHash("sha256").update(readFileSync(path)).digest("hex"),
    }],
  }));
  const references = libraries.map((component) => component["bom-ref"]);
  const content = {
    metadata: {
      component: {
        type: "application",
        name: "supervisord",
        version: buildInfo.version,
        "bom-ref": root,
        licenses: [{ expression: "MIT" }],
      },
    },
    components: [...libraries, ...executables],
    dependencies: [
      { ref: root, dependsOn: references },
      ...executables.map((file) => ({ ref: file["bom-ref"], dependsOn: references })),
    ],
  };
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    serialNumber: serialNumber(JSON.stringify(content)),
    version: 1,
    ...content,
  };
}

const files = process.argv.slice(2).map((argument): readonly [string, string] => {
  const [target = "", path = ""] = argument.split("=");
  return [target, path];
});
process.stdout.write(`${JSON.stringify(bill(files), null, 2)}\n`);
