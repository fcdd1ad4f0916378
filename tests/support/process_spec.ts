/** Settings of a program as tests want them. */
import type { ChannelSpec, ProcessSpec } from "../../src/config/types.ts";
import { PLAIN_POLICY } from "./policy.ts";

const CHANNEL: ChannelSpec = {
  log: { kind: "none" },
  maxBytes: 52428800,
  backups: 10,
  captureMaxBytes: 0,
  eventsEnabled: false,
  syslog: false,
};

/** A program's settings: the defaults of the configuration, and what a test cares about. */
export function processSpec(name: string, overrides: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    ...PLAIN_POLICY,
    name,
    program: name,
    group: overrides.group ?? name,
    priority: 999,
    autostart: false,
    command: "/bin/sleep 100",
    directory: null,
    umask: null,
    uid: null,
    environment: {},
    serverUrl: null,
    redirectStderr: false,
    stdout: CHANNEL,
    stderr: CHANNEL,
    ...overrides,
  };
}

export function channelSpec(overrides: Partial<ChannelSpec>): ChannelSpec {
  return { ...CHANNEL, ...overrides };
}
