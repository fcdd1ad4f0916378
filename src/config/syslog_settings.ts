/** Where syslog messages of a program go, and under which name. */
import type {
  FACILITIES,
  SEVERITIES,
  SyslogSettings,
  SyslogTarget,
} from "../process/log_settings.ts";
import { ValueError } from "./errors.ts";
import type { Option } from "./options/option.ts";
import { repr, strip } from "./python_text.ts";
import type { SectionReader } from "./section_reader.ts";
import { type Kind, portNumber } from "./values.ts";

const TARGET = "local, udp://host:port, tcp://host:port or unix:///path";
const DEFAULT_PORT = 514;

/** null: the syslog of this machine. */
export const syslogTarget: Kind<SyslogTarget | null> = {
  name: "local or URL",
  wanted: TARGET,
  convert(text) {
    const written = strip(text);
    if (written.toLowerCase() === "local") return null;
    const unix = /^unix:\/\/(\/.+)$/.exec(written);
    if (unix !== null) return { kind: "unix", path: unix[1]! };
    const inet = /^(udp|tcp):\/\/(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+))(?::(\d+))?$/.exec(written);
    if (inet === null) throw new ValueError(`not a place for syslog: ${repr(text)}`, TARGET);
    const [, kind, ipv6, host = "", port] = inet;
    return {
      kind: kind === "udp" ? "udp" : "tcp",
      host: ipv6 ?? host,
      port: port === undefined ? DEFAULT_PORT : portNumber(port),
    };
  },
};

const TAG = "1 to 48 characters of ASCII without blanks";

export const syslogTag: Kind<string> = {
  name: "text",
  wanted: TAG,
  convert(text) {
    const tag = strip(text);
    // RFC 5424, APP-NAME.
    if (/^[\x21-\x7e]{1,48}$/.test(tag)) return tag;
    throw new ValueError(`not a name for syslog: ${repr(text)}`, TAG);
  },
};

/** The rows of one channel. */
export interface SyslogRows {
  readonly syslog: Option<boolean>;
  readonly syslog_target: Option<SyslogTarget | null>;
  readonly syslog_tag: Option<string | null>;
  readonly syslog_facility: Option<(typeof FACILITIES)[number]>;
  readonly syslog_severity: Option<(typeof SEVERITIES)[number]>;
}

/** null: nothing but what Supervisor has. @throws ConfigError, or notes it */
export function readSyslogSettings(
  reader: SectionReader,
  rows: SyslogRows,
): SyslogSettings | null {
  const { syslog_target, syslog_tag, syslog_facility, syslog_severity } = rows;
  const keys = [syslog_target, syslog_tag, syslog_facility, syslog_severity].map(({ key }) => key);
  const present = keys.filter((key) => reader.entry(key) !== undefined);
  if (present.length === 0) return null;
  const settings: SyslogSettings = {
    target: reader.read(syslog_target),
    tag: reader.read(syslog_tag),
    facility: reader.read(syslog_facility),
    severity: reader.read(syslog_severity),
  };
  reader.rule(present[0]!, () => {
    if (reader.read(rows.syslog)) return;
    throw new ValueError(`${present[0]} has no effect without syslog`, `${rows.syslog.key}=true`);
  }, () => {});
  return settings;
}
