/** The keys of the HTTP servers, and of the tokens that open them. */
import { anonymous, role, scryptHash } from "../access_values.ts";
import { inetAddress, list, octal, owner, text } from "../values.ts";
import { option, optional } from "./option.ts";

const CREDENTIALS = {
  username: optional("username", text, "no authentication", "User name for HTTP authentication."),
  password: optional(
    "password",
    text,
    "no authentication",
    "Password: $scrypt$… from `supervisord hash-password`, {SHA} and 40 hex digits, or in clear.",
  ),
  anonymous: optional(
    "anonymous",
    anonymous,
    "admin, or none where a password is set (on an inet server also where tokens are)",
    "What those may do who show no credentials: none, view, operate or admin.",
  ),
} as const;

export const UNIX_SERVER = {
  file: optional("file", text, "required", "Path of the socket."),
  chmod: option("chmod", octal, "0700", "Mode of the socket file."),
  chown: optional("chown", owner, "unchanged", "Owner of the socket file."),
  ...CREDENTIALS,
} as const;

export const INET_SERVER = {
  port: optional("port", inetAddress, "required", "Address to listen on; *:port for every one."),
  certificate: optional("certificate", text, "no TLS", "PEM file: certificate and its chain."),
  private_key: optional("private_key", text, "in certificate", "PEM file: its private key."),
  client_ca: optional(
    "client_ca",
    text,
    "none is asked for",
    "PEM file: clients must have a certificate that one of these has signed.",
  ),
  ...CREDENTIALS,
} as const;

export const TOKEN = {
  hash: optional("hash", scryptHash, "required", "From `supervisord hash-password --token NAME`."),
  role: option("role", role, "view", "What its bearer may do: view, operate or admin."),
  groups: optional("groups", list, "all", "With role=operate: the groups that may be operated."),
} as const;
