/** The socket keys of [fcgi-program:x]. */
import { ValueError } from "./errors.ts";
import { Names } from "./expand.ts";
import { type LoadContext, readerFor } from "./load_context.ts";
import { FCGI } from "./options/groups.ts";
import { PROGRAM } from "./options/program.ts";
import { normalizePath } from "./paths.ts";
import type { SectionReader } from "./section_reader.ts";
import type { FcgiSpec } from "./types.ts";
import { portNumber } from "./values.ts";

interface SocketSettings {
  readonly uid: number | null;
  readonly backlog: number | null;
  readonly owner: FcgiSpec["owner"];
  readonly mode: number | null;
}

/**
 * The socket that the processes of one section share.
 * @returns null when there is no `socket=`
 * @throws ConfigError
 */
export function readFcgiSocket(
  context: LoadContext,
  section: string,
  programName: string,
): FcgiSpec | null {
  const { here, environmentNames } = context;
  const reader = readerFor(context, section, { own: { here } });
  const settings = readSettings(reader);
  const names = new Names(environmentNames, { here, program_name: programName });
  const url = reader.read(FCGI.socket, { names });
  if (url === null || url === "") return null;
  return reader.rule(FCGI.socket.key, () => {
    try {
      return parseSocket(url, settings, context);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new ValueError(`${error.message} in [${section}] socket`, error.wanted);
    }
  }, () => null);
}

function readSettings(reader: SectionReader): SocketSettings {
  const uid = reader.read(PROGRAM.user);
  const backlog = reader.read(FCGI.socket_backlog);
  reader.rule(FCGI.socket_backlog.key, () => {
    if (backlog === null || (backlog >= 1 && backlog <= 65535)) return;
    throw new ValueError(`Invalid socket_backlog value ${backlog}`, "a number from 1 to 65535");
  }, () => {});
  const owner = reader.read(FCGI.socket_owner, {
    sayInstead: (value) => `Invalid socket_owner value ${value}`,
  });
  const mode = reader.read(FCGI.socket_mode, {
    sayInstead: (value) => `Invalid socket_mode value ${value}`,
  });
  return { uid, backlog, owner, mode };
}

const WANTED = "tcp://host:port or unix:///path";
const UNIX = "unix://";

function parseSocket(
  url: string,
  { uid, backlog, owner, mode }: SocketSettings,
  { environment }: LoadContext,
): FcgiSpec {
  if (url.startsWith(UNIX)) {
    const written = url.slice(UNIX.length);
    if (!written.startsWith("/")) {
      throw new ValueError(`Unix socket path ${written} is not an absolute path`, WANTED);
    }
    const path = normalizePath(written, environment);
    // The processes must be able to accept on it when they run as somebody else.
    const other = uid !== null && uid !== environment.uid ? environment.users.userById(uid) : null;
    return {
      url: UNIX + path,
      address: { kind: "unix", path },
      owner: owner ?? (other === null ? null : { uid: other.uid, gid: other.gid }),
      mode: mode ?? 0o700,
      backlog,
    };
  }
  if (owner !== null || mode !== null) {
    throw new ValueError(
      "socket_owner and socket_mode params should only be used with a Unix domain socket",
    );
  }
  const match = /^tcp:\/\/([^\s:]+):(\d+)$/.exec(url);
  if (match === null) throw new ValueError(`Bad socket format ${url}`, WANTED);
  const host = match[1]!.toLowerCase();
  const port = portNumber(match[2]!);
  return {
    url: `tcp://${host}:${port}`,
    address: { kind: "tcp", host, port },
    owner: null,
    mode: null,
    backlog,
  };
}
