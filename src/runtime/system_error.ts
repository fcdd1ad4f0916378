/** What a system call that failed is told by. */

/** A failed system call: `code` is the symbol (`ENOENT`), `errno` the number. */
export class SystemError extends Error {
  /** Symbol, e.g. `ENOENT`. */
  readonly code: string;
  /** Its number on this system. */
  readonly errno: number;
  /** The system call, e.g. `open`. */
  readonly call: string;
  /**
   * Makes one to be thrown.
   *
   * @param detail what it was about, for the message
   */
  constructor(code: string, errno: number, call: string, detail = "") {
    super(`${call}: ${code}${detail === "" ? "" : ` (${detail})`}`);
    this.name = "SystemError";
    this.code = code;
    this.errno = errno;
    this.call = call;
  }
}
