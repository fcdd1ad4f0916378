/** Rights that are wider than was meant, and keys to doors that are not there. */
import { type Diagnostic, warning } from "../diagnostics.ts";
import { nearestName } from "../nearest.ts";
import { tableFor } from "../options.ts";
import { isScrypt } from "../password_hash.ts";
import type { FileFacts } from "../types.ts";
import { headerOf, type LintSubject, placeOf, programPlace, programs } from "./subject.ts";

export function runningAsRoot({ config, document, environment }: LintSubject): Diagnostic[] {
  if (environment.uid !== 0 || config.daemon.uid !== null) return [];
  if (document.entry("supervisord", "user") !== undefined) return [];
  const section = document.section("supervisord");
  const place = section === undefined ? { file: config.file } : headerOf(section);
  const message = "the daemon will run as root, because no user= is set";
  return [warning(document, place, message, "set user=root if that is meant")];
}

function isReadableByAll(facts: FileFacts | null): boolean {
  return ((facts?.mode ?? 0) & 0o004) !== 0;
}

export function readablePasswords({ document, environment }: LintSubject): Diagnostic[] {
  const found: Diagnostic[] = [];
  const reported = new Set<string>();
  for (const { name, entries } of document.sections()) {
    const secret = ["password", "token"].find((key) => entries.get(key)?.value);
    const entry = secret === undefined ? undefined : entries.get(secret);
    if (secret === undefined || entry === undefined || reported.has(entry.file)) continue;
    if (tableFor(name)?.options.some(({ key }) => key === secret) !== true) continue;
    // What a hash says helps nobody to come in.
    if (isScrypt(entry.value)) continue;
    if (!isReadableByAll(environment.stat(entry.file))) continue;
    reported.add(entry.file);
    const place = { ...placeOf(entry), column: 1, found: secret };
    const message = `everybody on this machine can read the ${secret} in this file`;
    found.push(warning(document, place, message, "chmod o-r"));
  }
  return found;
}

/** A group that is not there is one that nobody may operate, with the rest of the list in order. */
export function tokenGroups({ config, document, incomplete }: LintSubject): Diagnostic[] {
  if (incomplete) return [];
  const known = config.groups.map(({ name }) => name);
  return (config.tokens ?? []).flatMap(({ name, groups }) => {
    const entry = document.entry(`token:${name}`, "groups");
    if (groups === null || entry === undefined) return [];
    return groups.filter((group) => !known.includes(group)).map((group) => {
      const nearest = nearestName(group, known);
      const hint = nearest === null ? null : `did you mean ${nearest}?`;
      return warning(document, placeOf(entry), `there is no group "${group}"`, hint);
    });
  });
}

const PEM_KEYS = ["certificate", "private_key", "client_ca"];

/** Found when the server is opened, at the latest; a key that all can read is found never. */
export function certificates({ document, environment, config }: LintSubject): Diagnostic[] {
  return config.servers.flatMap(({ section, tls }) => {
    if (tls === undefined) return [];
    const paths = [tls.certificate, tls.privateKey, tls.clientCa];
    return PEM_KEYS.flatMap((key, i) => {
      const path = paths[i] ?? null;
      const entry = document.entry(section, key);
      if (path === null || entry === undefined) return [];
      const facts = environment.stat(path);
      if (facts === null) {
        return [warning(document, placeOf(entry), `the file ${path} is not there`)];
      }
      if (path !== tls.privateKey || !isReadableByAll(facts)) return [];
      const message = `everybody on this machine can read the private key in ${path}`;
      return [warning(document, placeOf(entry), message, "chmod o-r")];
    });
  });
}

/** Read at each start; whoever else can read them needs no daemon to tell. */
export function secretFiles(subject: LintSubject): Diagnostic[] {
  const { document, environment } = subject;
  return programs(subject).flatMap((process) =>
    Object.entries(process.secretFiles ?? {}).flatMap(([name, path]) => {
      const facts = environment.stat(path);
      const place = programPlace(subject, process, "secret_files");
      if (facts === null) return [warning(document, place, `the secret ${path} is not there`)];
      if (!isReadableByAll(facts)) return [];
      const message = `everybody on this machine can read the secret ${name} in ${path}`;
      return [warning(document, place, message, "chmod o-r")];
    })
  );
}
