/** The rules that tests of the process machine start from: those of a program without settings. */
import type { Policy } from "../../src/process/machine_types.ts";

export const PLAIN_POLICY: Policy = {
  name: "web",
  autostart: true,
  autorestart: "unexpected",
  startSecs: 1,
  startRetries: 3,
  exitCodes: [0],
  stopSignal: 15,
  stopWaitSecs: 10,
  stopAsGroup: false,
  killAsGroup: false,
};
