/** The keys of [supervisorctl]. */
import { boolean, text } from "../values.ts";
import { option, optional } from "./option.ts";

export const SUPERVISORCTL = {
  serverurl: option("serverurl", text, "http://localhost:9001", "Where supervisord listens."),
  username: optional("username", text, "none", "User name for authentication."),
  password: optional("password", text, "none", "Password for authentication."),
  prompt: option("prompt", text, "supervisor", "Prompt of the interactive shell."),
  history_file: optional("history_file", text, "none", "Where the shell keeps its history."),
  token: optional("token", text, "none", "Token to show instead of user name and password."),
  ca_file: optional(
    "ca_file",
    text,
    "Mozilla's list",
    "Who may have signed the certificate of an https server.",
  ),
  client_certificate: optional(
    "client_certificate",
    text,
    "none",
    "PEM file: shown to the server.",
  ),
  client_key: optional("client_key", text, "in client_certificate", "PEM file: its private key."),
  insecure: option("insecure", boolean, "false", "Do not check who an https server is."),
  token_file: optional("token_file", text, "none", "File whose first line is the token."),
} as const;
