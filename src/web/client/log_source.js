// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * What is added to a log, read by position: nothing is lost or shown twice, whatever rotates. Each
 * look asks how large the files are and reads only what is new, so a log of any size will do.
 */
import { get } from "./api.js";

/** @typedef {{ file: string, size: number }} LogFile newest first in lists */
/** @typedef {{ file: string, offset: number }} Position */

const IDLE_MS = 500;
const BUSY_MS = 100;
const RANGE_BYTES = 256 * 1024;
/** More than this behind, the middle is left out: nobody reads it as it flies by. */
const MOST_BEHIND_BYTES = 2 * 1024 * 1024;

export class LogSource {
  /** @type {Position | null} */
  #position;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #base;
  #onText;
  #onNotice;
  #running = false;

  /**
   * @param {string} base address of the log in the API
   * @param {{ position: Position | null, onText: (text: string) => void, onNotice: (text: string) => void }} options
   *   position: the end of what is known; null: nothing is, as the log was not there
   */
  constructor(base, { position, onText, onNotice }) {
    this.#base = base;
    this.#position = position;
    this.#onText = onText;
    this.#onNotice = onNotice;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    void this.#look();
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  async #look() {
    let hasMore = false;
    try {
      // A page in the background is not looked at; it catches up when it is.
      if (!document.hidden) hasMore = await this.#readNew();
    } catch {
      // The daemon restarts, or the log is not there yet: the next look may find it.
    }
    if (this.#running) this.#timer = setTimeout(() => this.#look(), hasMore ? BUSY_MS : IDLE_MS);
  }

  /** @returns whether there was something */
  async #readNew() {
    /** @type {{ files: LogFile[] }} */
    const { files } = await get(this.#base);
    const newest = files[0];
    if (newest === undefined) return false;
    const position = this.#position ??= { file: newest.file, offset: 0 };
    const index = files.findIndex(({ file }) => file === position.file);
    if (index === -1) {
      this.#onNotice("the log was replaced");
      this.#position = { file: newest.file, offset: 0 };
      return true;
    }
    const { size } = /** @type {LogFile} */ (files[index]);
    if (size < position.offset) {
      this.#onNotice("the log was cleared");
      position.offset = 0;
    }
    if (size === position.offset) {
      const next = files[index - 1];
      if (next === undefined) return false;
      // All of this file was read, and rotation has put another one in its place.
      this.#position = { file: next.file, offset: 0 };
      return true;
    }
    if (size - position.offset > MOST_BEHIND_BYTES) {
      const skipped = size - RANGE_BYTES - position.offset;
      this.#onNotice(`${skipped} bytes left out`);
      position.offset += skipped;
    }
    const query = { file: position.file, offset: position.offset, length: RANGE_BYTES };
    /** @type {{ text: string, end: number }} */
    const { text, end } = await get(`${this.#base}/range`, query);
    if (!this.#running || end <= position.offset) return false;
    position.offset = end;
    this.#onText(text);
    return true;
  }
}
