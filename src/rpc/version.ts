/** The version numbers that clients of Supervisor look at. */

/** Of the XML-RPC interface; unchanged since Supervisor 3.0. */
export const API_VERSION = "3.0";

/** The Supervisor release whose behaviour a client may count on. */
export const COMPATIBILITY_VERSION = "4.3.0";
