/** The keys of a program about commands around its process. */
import { seconds, signal, text } from "../values.ts";
import { option, optional } from "./option.ts";

export const HOOKS = {
  pre_start: optional("pre_start", text, "none", "Command run before each start; must succeed."),
  post_start: optional("post_start", text, "none", "Command run when the process is RUNNING."),
  pre_stop: optional("pre_stop", text, "none", "Command run before the process is asked to end."),
  post_stop: optional("post_stop", text, "none", "Command run after each end of the process."),
  on_fatal: optional(
    "on_fatal",
    text,
    "none",
    "Command run when the process becomes FATAL; shutdown: the daemon ends instead.",
  ),
  stop_command: optional(
    "stop_command",
    text,
    "the stop signal",
    "Command that asks for the end; the signals follow if it fails or is not enough.",
  ),
  reload_command: optional(
    "reload_command",
    text,
    "reload_signal",
    "Command that makes the process read its configuration again.",
  ),
  reload_signal: optional(
    "reload_signal",
    signal,
    "none",
    "Signal that makes the process read its configuration again.",
  ),
  hook_timeout: option("hook_timeout", seconds, "30", "Seconds until a hook is killed."),
  pid_file: optional(
    "pid_file",
    text,
    "the command stays in the foreground",
    "The command goes into the background and writes its pid here: that process is followed.",
  ),
} as const;
