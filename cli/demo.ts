/** `supervisord --demo`: the demonstration in a directory of its own, on a free port. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { demoConfiguration, demoWelcome } from "../src/config/demo.ts";

export interface Demo {
  /** To be given to `supervisord -n -c`. */
  readonly configFile: string;
  /** What the terminal is told first. */
  readonly welcome: string;
  /** Removes everything the demonstration has written. */
  remove(): void;
}

/** Supervisor's port when nobody has it, else one the system chooses. */
const preferredPort = 9001;

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : null;
      server.close(() => resolve(bound));
    });
  });
}

/**
 * Writes the demonstration configuration into a new temporary directory.
 *
 * @param executable how the person started us, for the commands in the welcome text
 * @throws Error when no directory can be made or no port is free
 */
export async function prepareDemo(executable: string): Promise<Demo> {
  const port = await tryPort(preferredPort) ?? await tryPort(0);
  if (port === null) throw new Error("Cannot find a free TCP port on 127.0.0.1");
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "supervisord-demo-")));
  const place = { directory, port, user: process.getuid?.() === 0 ? "root" : null };
  const configFile = join(directory, "supervisord.conf");
  writeFileSync(configFile, demoConfiguration(place));
  return {
    configFile,
    welcome: demoWelcome(place, executable),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
