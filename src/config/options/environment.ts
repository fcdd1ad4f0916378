/** The keys of a program about its environment, and a variable's. */
import { secretFiles } from "../secrets.ts";
import { boolean, environmentList, text, words } from "../values.ts";
import { option, optional } from "./option.ts";

export const ENVIRONMENT = {
  environment: option("environment", environmentList, "", "Environment added for the process."),
  serverurl: optional("serverurl", text, "AUTO", "SUPERVISOR_SERVER_URL of the process."),
  environment_files: option(
    "environment_files",
    words,
    "",
    "Files of KEY=value lines, under environment=; a dash in front: need not be there.",
  ),
  set_home: option(
    "set_home",
    boolean,
    "false",
    "Set HOME, USER, LOGNAME and SHELL to those of the user it runs as.",
  ),
  secret_files: option(
    "secret_files",
    secretFiles,
    "",
    "Variables whose values are files, read at each start: DB_PASSWORD:/run/secrets/db.",
  ),
  secret_command: optional(
    "secret_command",
    text,
    "none",
    "Command run before each start that prints variables as KEY=value lines.",
  ),
} as const;

/** A key with any name, in sections whose keys are names of variables. */
export const ENVIRONMENT_VALUE = option("value", text, "", "Value of the variable.");
