/** Addresses inside the web interface, as the reference writes them. */
import type { Channel } from "../daemon/types.ts";

/** Percent-encodes all but letters, digits, `_.-~` and the slash. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll("%2F", "/")
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A click that does something to one process. */
export function actionLink(namespec: string, action: string): string {
  return `index.html?processname=${percentEncode(namespec)}&action=${action}`;
}

/** The page with the end of a process' log. Standard output is not named: it is the reference's. */
export function tailLink(
  namespec: string,
  { limit, channel = "stdout" }: { limit?: number; channel?: Channel } = {},
): string {
  const link = `tail.html?processname=${percentEncode(namespec)}`;
  return link + (limit === undefined ? "" : `&limit=${limit}`) +
    (channel === "stdout" ? "" : `&channel=${channel}`);
}

/** The endless log. */
export function followLink(namespec: string, channel: Channel): string {
  const link = `logtail/${percentEncode(namespec)}`;
  return channel === "stdout" ? link : `${link}/stderr`;
}
