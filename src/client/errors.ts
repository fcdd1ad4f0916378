/**
 * What can go wrong between supervisorctl and a server, one class per kind, so that callers
 * tell failures apart by type. The texts are the ones Supervisor's own client shows, because
 * people and scripts look for them.
 */

/** The server URL cannot be used at all. */
export class ServerUrlError extends Error {
  override name = "ServerUrlError";
}

/** A system call or a name look-up failed while connecting or talking. */
export class ConnectionError extends Error {
  override name = "ConnectionError";
  /** Symbol, e.g. `ECONNREFUSED`; `ENOTFOUND` and `EAI_AGAIN` for names. */
  readonly code: string;
  /** The server that was asked, as the user wrote it. */
  readonly serverUrl: string;

  constructor(code: string, text: string, serverUrl: string, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
    this.serverUrl = serverUrl;
  }
}

/** An answer with a status other than 200. */
export class HttpStatusError extends Error {
  override name = "HttpStatusError";
  readonly status: number;
  readonly reason: string;

  /** @param path the path asked for, as it appears in the message */
  constructor(status: number, reason: string, path: string) {
    // The address is always this one in Supervisor, whatever server was asked: it gives its
    // XML-RPC library a made-up URL and connects by itself.
    super(`<ProtocolError for 127.0.0.1${path}: ${status} ${reason}>`);
    this.status = status;
    this.reason = reason;
  }
}

/** The other side speaks no HTTP or XML-RPC we understand, or stopped in the middle. */
export class MalformedAnswerError extends Error {
  override name = "MalformedAnswerError";
}

/** The other side closed the connection before its answer was complete. */
export class ConnectionLostError extends MalformedAnswerError {
  override name = "ConnectionLostError";
}

/** strerror(3) for what connect, read and write can answer. */
const ERROR_TEXTS: Readonly<Record<string, string>> = {
  EACCES: "Permission denied",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ECONNABORTED: "Software caused connection abort",
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "Connection reset by peer",
  EHOSTDOWN: "Host is down",
  EHOSTUNREACH: "No route to host",
  EINVAL: "Invalid argument",
  EMFILE: "Too many open files",
  ENETUNREACH: "Network is unreachable",
  ENOENT: "No such file or directory",
  ENOTDIR: "Not a directory",
  EPERM: "Operation not permitted",
  EPIPE: "Broken pipe",
  EPROTOTYPE: "Protocol wrong type for socket",
  ETIMEDOUT: "Connection timed out",
};

/** Failures of getaddrinfo(3): the number and text of glibc. */
const NAME_ERROR_TEXTS: Readonly<Record<string, string>> = {
  EAI_AGAIN: "[Errno -3] Temporary failure in name resolution",
  EAI_FAIL: "[Errno -4] Non-recoverable failure in name resolution",
  ENODATA: "[Errno -5] No address associated with hostname",
  ENOTFOUND: "[Errno -2] Name or service not known",
};

/**
 * `[Errno 111] Connection refused`; null for a code without a known text.
 *
 * @param number errno of this system, of either sign
 */
export function describeErrorCode(code: string, number: number): string | null {
  const nameError = NAME_ERROR_TEXTS[code];
  if (nameError !== undefined) return nameError;
  const text = ERROR_TEXTS[code];
  return text === undefined ? null : `[Errno ${Math.abs(number)}] ${text}`;
}
