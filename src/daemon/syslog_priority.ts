/** Facility "user", severity "info": what Python's syslog.syslog() sends, and so the reference. */
export const SYSLOG_USER_INFO = (1 << 3) | 6;
