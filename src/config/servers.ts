/** [inet_http_server] and [unix_http_server]: where the daemon listens, and who may come in. */
import { scryptHash } from "./access_values.ts";
import { ValueError } from "./errors.ts";
import { Names } from "./expand.ts";
import { type LoadContext, pathReader, readerFor } from "./load_context.ts";
import { INET_SERVER, UNIX_SERVER } from "./options/servers.ts";
import { isScrypt, parseScrypt } from "./password_hash.ts";
import { normalizePath } from "./paths.ts";
import { strip } from "./python_text.ts";
import type { SectionReader } from "./section_reader.ts";
import type { ServerSpec } from "./types.ts";

/** Servers in the order they are opened: inet ones first, then unix ones. */
export function readServers(context: LoadContext): ServerSpec[] {
  const sections = context.document.sections().map((section) => section.name);
  const inet = sections.filter((name) => name.startsWith("inet_http_server"));
  const unix = sections.filter((name) => name.startsWith("unix_http_server"));
  const attempt = (read: () => ServerSpec) => context.problems.attempt(read, () => null);
  return [
    ...inet.map((name) => attempt(() => readInetServer(context, name))),
    ...unix.map((name) => attempt(() => readUnixServer(context, name))),
  ].filter((server) => server !== null);
}

function readCredentials(reader: SectionReader): ServerSpec["credentials"] {
  const username = reader.read(UNIX_SERVER.username);
  const password = reader.read(UNIX_SERVER.password);
  if ((username === null) !== (password === null)) {
    const text = `Section [${reader.section}] contains incomplete authentication: ` +
      "If a username or a password is specified, both the username and password must be specified";
    throw reader.error(new ValueError(text), username === null ? "password" : "username");
  }
  // An empty user name switches authentication off.
  if (username === null || password === null || username === "") return null;
  if (isScrypt(password) && parseScrypt(password) === null) {
    const text = `Section [${reader.section}] has a password that begins like a hash and is none`;
    throw reader.error(new ValueError(text, scryptHash.wanted), "password");
  }
  return { username, password };
}

function readAnonymous(reader: SectionReader): Pick<ServerSpec, "anonymous"> {
  const anonymous = reader.read(UNIX_SERVER.anonymous);
  return anonymous === null ? {} : { anonymous };
}

function readInetServer(context: LoadContext, section: string): ServerSpec {
  const reader = readerFor(context, section);
  const credentials = readCredentials(reader);
  const address = reader.required(INET_SERVER.port, `section [${section}] has no port value`);
  return {
    section,
    address: { kind: "inet", ...address },
    credentials,
    ...readAnonymous(reader),
    ...readTls(context, reader),
  };
}

/** Whether the files can be used is found out when the server is opened. */
function readTls(context: LoadContext, reader: SectionReader): Pick<ServerSpec, "tls"> {
  const path = pathReader(context, reader);
  const certificate = path(INET_SERVER.certificate);
  const privateKey = path(INET_SERVER.private_key);
  const clientCa = path(INET_SERVER.client_ca);
  const entry = reader.entry(INET_SERVER.certificate.key);
  if (certificate !== null && entry !== undefined) {
    const source = { file: entry.file, line: entry.line };
    return { tls: { certificate, privateKey: privateKey ?? certificate, clientCa, source } };
  }
  const alone = privateKey !== null ? INET_SERVER.private_key : INET_SERVER.client_ca;
  if (privateKey === null && clientCa === null) return {};
  const text = `Section [${reader.section}] has a ${alone.key} without a certificate`;
  throw reader.error(new ValueError(text, `${INET_SERVER.certificate.key} as well`), alone.key);
}

function readUnixServer(context: LoadContext, section: string): ServerSpec {
  const reader = readerFor(context, section);
  const names = new Names(context.environmentNames, { here: context.here });
  const missing = `section [${section}] has no file value`;
  const file = reader.required(UNIX_SERVER.file, missing, { names });
  const path = normalizePath(strip(file), context.environment);
  const credentials = readCredentials(reader);
  const owner = reader.read(UNIX_SERVER.chown, {
    sayInstead: (value) => `Invalid sockchown value ${value}`,
  });
  const mode = reader.read(UNIX_SERVER.chmod, {
    sayInstead: (value) => `Invalid chmod value ${value}`,
  });
  return {
    section,
    address: { kind: "unix", path, mode, owner },
    credentials,
    ...readAnonymous(reader),
  };
}

/** What children are told when their serverurl is AUTO: the first unix server, else the last inet one. */
export function computeServerUrl(servers: readonly ServerSpec[]): string | null {
  let url: string | null = null;
  for (const { address, tls } of servers) {
    if (address.kind === "unix") return `unix://${address.path}`;
    const host = address.host === "" ? "localhost" : address.host;
    url = `${tls === undefined ? "http" : "https"}://${host}:${address.port}`;
  }
  return url;
}
