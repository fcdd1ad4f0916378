/** The keys that make a group of programs, or one of listeners or FastCGI workers. */
import { integer, list, octal, owner, text } from "../values.ts";
import { option, optional } from "./option.ts";

export const GROUP = {
  programs: option("programs", list, "", "Programs that make up the group."),
  priority: option("priority", integer, "999", "Lower starts earlier and stops later."),
} as const;

export const LISTENER = {
  events: option("events", list, "", "Events to be told about; required."),
  buffer_size: option("buffer_size", integer, "10", "Events kept while no listener is ready."),
  result_handler: option(
    "result_handler",
    text,
    "supervisor.dispatchers:default_handler",
    "What judges results; only the built-in one can be loaded.",
  ),
  // As listeners for Supervisor read text, `len` counts characters; ours alone is this choice.
  event_length: option(
    "event_length",
    text,
    "characters",
    "What `len` in the event header counts: characters or bytes.",
  ),
  priority: option("priority", integer, "-1", "Lower starts earlier and stops later."),
} as const;

export const FCGI = {
  socket: optional("socket", text, "required", "tcp://host:port or unix:///path to listen on."),
  socket_owner: optional("socket_owner", owner, "user= if given", "Owner of a unix socket."),
  socket_mode: optional("socket_mode", octal, "0700", "Mode of a unix socket."),
  socket_backlog: optional("socket_backlog", integer, "SOMAXCONN", "Listen backlog, 1 to 65535."),
} as const;
