/** [variables]: `root = /srv/shop` there is `%(var_root)s` in everything that is read after it. */
import { type LoadContext, readerFor } from "./load_context.ts";
import { ENVIRONMENT_VALUE } from "./options/environment.ts";

const SECTION = "variables";

/** In the order of the file, so that one may use those above it. @throws ConfigError, or notes it */
export function readVariables(context: LoadContext): void {
  const section = context.document.section(SECTION);
  if (section === undefined) return;
  const { here, environment, environmentNames } = context;
  for (const key of section.entries.keys()) {
    const own = { here, host_node_name: environment.hostName };
    const value = readerFor(context, SECTION, { own }).read({ ...ENVIRONMENT_VALUE, key });
    environmentNames.set(`var_${key}`, value);
  }
}
