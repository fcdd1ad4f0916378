/** [supervisorctl]: where the daemon is, and how to come in. */
import { ConfigError, ValueError } from "./errors.ts";
import { Names } from "./expand.ts";
import { type LoadContext, pathReader, readerFor } from "./load_context.ts";
import { CTL_PLUGIN } from "./options/plugins.ts";
import { SUPERVISORCTL } from "./options/supervisorctl.ts";
import { normalizePath } from "./paths.ts";
import { readPlugins } from "./plugins.ts";
import type { ReadRule, SectionReader } from "./section_reader.ts";
import type { CtlConfig } from "./types.ts";

export const CTL_DEFAULTS: CtlConfig = {
  serverUrl: "http://localhost:9001",
  username: null,
  password: null,
  prompt: "supervisor",
  historyFile: null,
};

/**
 * [supervisorctl] as supervisorctl reads it.
 * @throws ConfigError
 */
export function readCtlSection(context: LoadContext): CtlConfig {
  const { document, environment, here } = context;
  if (document.section("supervisorctl") === undefined) {
    throw new ConfigError(".ini file does not include supervisorctl section");
  }
  const reader = readerFor(context, "supervisorctl");
  const withHere = { names: new Names(context.environmentNames, { here }) };
  const url = reader.read(SUPERVISORCTL.serverurl, withHere);
  const prompt = reader.read(SUPERVISORCTL.prompt);
  const username = reader.read(SUPERVISORCTL.username);
  const password = reader.read(SUPERVISORCTL.password);
  const history = reader.read(SUPERVISORCTL.history_file, withHere);
  const token = reader.read(SUPERVISORCTL.token) ?? readTokenFile(context, reader, withHere);
  readPlugins(context, { prefix: "ctlplugin:", factory: CTL_PLUGIN.factory, builtIn: null });
  const unix = "unix://";
  return {
    serverUrl: url.startsWith(unix)
      ? unix + normalizePath(url.slice(unix.length), environment)
      : url,
    username,
    password,
    prompt,
    historyFile: history === null || history === "" ? null : normalizePath(history, environment),
    ...(token === null ? {} : { token }),
    ...readTlsClient(context, reader),
  };
}

function readTlsClient(context: LoadContext, reader: SectionReader): Pick<CtlConfig, "tls"> {
  const path = pathReader(context, reader);
  const caFile = path(SUPERVISORCTL.ca_file);
  const certificate = path(SUPERVISORCTL.client_certificate);
  const privateKey = path(SUPERVISORCTL.client_key) ?? certificate;
  const insecure = reader.read(SUPERVISORCTL.insecure);
  const isSet = caFile !== null || certificate !== null || privateKey !== null || insecure;
  return isSet ? { tls: { caFile, certificate, privateKey, insecure } } : {};
}

/** The first line of the file; null without one. @throws ConfigError */
function readTokenFile(
  { environment }: LoadContext,
  reader: SectionReader,
  rule: ReadRule,
): string | null {
  const file = reader.read(SUPERVISORCTL.token_file, rule);
  if (file === null) return null;
  return reader.rule(SUPERVISORCTL.token_file.key, () => {
    const path = normalizePath(file, environment);
    let bytes;
    try {
      bytes = environment.readFile(path);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ValueError(
        `Cannot read the token in ${path}: ${reason}`,
        "a file that can be read",
      );
    }
    return new TextDecoder().decode(bytes).split("\n", 1)[0]?.trim() ?? "";
  }, () => null);
}
