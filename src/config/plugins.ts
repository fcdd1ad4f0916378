/** [rpcinterface:x] and [ctlplugin:x]: what of Python they name, and what of that is built in. */
import { ValueError } from "./errors.ts";
import { type LoadContext, readerFor } from "./load_context.ts";
import type { Option } from "./options/option.ts";
import { RPC_INTERFACE } from "./options/plugins.ts";

const NOT_SUPPORTED = "Python plugins are not supported";

/** `module:attribute`, with the spaces and the trailing `[extras]` of an entry point. */
const OBJECT_REFERENCE = /^([\w.]+)\s*:\s*([\w.]+)\s*(\[[^\n]*\]\s*)?$/;

/** Whether a Python object reference means the one that is built in here. */
export function isBuiltIn(reference: string, builtIn: string): boolean {
  const match = OBJECT_REFERENCE.exec(reference);
  return match !== null && `${match[1]}:${match[2]}` === builtIn;
}

export function unresolvable(reference: string, section: string): ValueError {
  return new ValueError(
    `${reference} cannot be resolved within [${section}]: ${NOT_SUPPORTED}`,
    "the factory that is built in",
  );
}

/** One [rpcinterface:x] or [ctlplugin:x]. */
export interface Plugin {
  readonly name: string;
  readonly section: string;
  /** Keys besides the factory: arguments for it. */
  readonly extras: readonly string[];
}

interface PluginRule {
  readonly prefix: string;
  readonly factory: Option<string | null>;
  /** The only reference that can be resolved; null: none. */
  readonly builtIn: string | null;
}

function readPlugin(context: LoadContext, section: string, rule: PluginRule): Plugin {
  const reader = readerFor(context, section);
  const { key } = rule.factory;
  const missing = `section [${section}] does not specify a ${key}`;
  const reference = reader.required(rule.factory, missing);
  if (rule.builtIn === null || !isBuiltIn(reference, rule.builtIn)) {
    throw reader.error(unresolvable(reference, section), key);
  }
  const extras = context.document.keys(section).filter((extra) => extra !== key);
  // Their values are expanded, and may fail at that, before anybody looks at them.
  for (const extra of extras) reader.read({ ...rule.factory, key: extra });
  return { name: section.slice(rule.prefix.length), section, extras };
}

export function readPlugins(context: LoadContext, rule: PluginRule): Plugin[] {
  return context.document.sections()
    .filter((section) => section.name.startsWith(rule.prefix))
    .map(({ name }) => context.problems.attempt(() => readPlugin(context, name, rule), () => null))
    .filter((plugin) => plugin !== null);
}

export function readRpcInterfaces(context: LoadContext): Plugin[] {
  return readPlugins(context, {
    prefix: "rpcinterface:",
    factory: RPC_INTERFACE.factory,
    builtIn: "supervisor.rpcinterface:make_main_rpcinterface",
  });
}

/**
 * The built-in interface takes no arguments; the reference finds out when it opens its servers.
 * @throws ConfigError
 */
export function checkRpcInterfaces(context: LoadContext, plugins: readonly Plugin[]): void {
  for (const { name, section, extras } of plugins) {
    if (extras.length === 0) continue;
    readerFor(context, section).rule(extras[0]!, () => {
      throw new ValueError(
        `Could not make ${name} rpc interface`,
        `no key but ${RPC_INTERFACE.factory.key}`,
      );
    }, () => {});
  }
}
