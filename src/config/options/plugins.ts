/** The keys of the sections that name plugins. */
import { text } from "../values.ts";
import { optional } from "./option.ts";

export const RPC_INTERFACE = {
  factory: optional(
    "supervisor.rpcinterface_factory",
    text,
    "required",
    "supervisor.rpcinterface:make_main_rpcinterface; nothing else can be loaded.",
  ),
} as const;

export const CTL_PLUGIN = {
  factory: optional(
    "supervisor.ctl_factory",
    text,
    "required",
    "Accepted for old files; plugins in Python cannot be loaded.",
  ),
} as const;
