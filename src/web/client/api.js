// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The JSON API of the daemon. */

/**
 * @typedef {object} Usage
 * @property {number | null} cpuPercent
 * @property {number} residentBytes
 *
 * @typedef {object} Process
 * @property {string} namespec
 * @property {string} name
 * @property {string} group
 * @property {string} state
 * @property {string} description
 * @property {number | null} pid
 * @property {number | null} uptimeSeconds
 * @property {string | null} stoppedAt
 * @property {number} restarts
 * @property {{ text: string } | null} lastExit
 * @property {{ ready: boolean, status: string, detail: string }} [health]
 * @property {{ next: string | null }} [schedule]
 * @property {string} program
 * @property {boolean} [disabled]
 * @property {{ configured: number, numprocs: number }} [scaled]
 * @property {{ reason: string, hint: string | null } | null} lastFailure
 * @property {Usage | null} [usage]
 *
 * @typedef {{ namespec: string, ok: boolean, text: string }} Result
 */

/** What the server refused, in its words. */
export class Problem extends Error {
  /**
   * @param {string} message
   * @param {number} status
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 */
async function request(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Problem("The daemon does not answer.", 0);
  }
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  const text = body?.detail ?? body?.title ?? `The daemon answered ${response.status}.`;
  throw new Problem(text, response.status);
}

/**
 * @param {string} path
 * @param {Record<string, string | number | boolean>} [query]
 */
export function get(path, query) {
  if (query === undefined) return request(path);
  const words = Object.entries(query).map(([name, value]) => [name, String(value)]);
  return request(`${path}?${new URLSearchParams(words)}`);
}

/**
 * @param {string} path
 * @param {object} [body]
 */
export function post(path, body = {}) {
  return request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}
