/** The JSON API of a daemon under test. */
import { request } from "node:http";
import { join } from "node:path";

/** The body of a GET over the daemon's unix socket. @throws Error for any status but 200 */
export function get(daemon: { readonly directory: string }, path: string): Promise<string> {
  const socketPath = join(daemon.directory, "supervisor.sock");
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => text += chunk);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`GET ${path}: ${response.statusCode} ${text}`));
      });
    });
    call.on("error", reject);
    call.end();
  });
}

/** What the API tells of a process. */
export interface ProcessView {
  readonly state: string;
  readonly spawnError: string;
  readonly restarts: number;
  readonly dropped?: { readonly stdout: number; readonly stderr: number };
  readonly blocked?: {
    readonly stdout: { readonly seconds: number; readonly now: boolean } | null;
  };
  readonly lastExit: { readonly text: string; readonly signal: string | null } | null;
}

export async function processView(
  daemon: { readonly directory: string },
  namespec: string,
): Promise<ProcessView> {
  return JSON.parse(await get(daemon, `/api/v1/processes/${encodeURIComponent(namespec)}`));
}
