/** Why a process is in its state, as the API tells it. */
import type { Daemon, ManagedProcess } from "../../daemon/types.ts";
import { explain } from "../../process/why.ts";
import { namespecOf } from "../../rpc/namespec.ts";
import { isoTime } from "./process_view.ts";

export function whyView({ clock, dependencies }: Daemon, managed: ManagedProcess) {
  const { spec: policy, record, health, schedule = null } = managed;
  const findings = dependencies?.findingsOf(managed) ?? [];
  const waitingSince = dependencies?.waitingSince(managed) ?? null;
  const now = { mono: clock.monotonic(), wall: clock.wall() };
  return {
    namespec: namespecOf(managed),
    state: record.state,
    reasons: [
      ...explain({ policy, record, health, findings, waitingSince, schedule }, now),
      ...(managed.isDisabled ? ["disabled: it does not start with the daemon (see `enable`)"] : []),
    ],
    waitingSince: waitingSince === null ? null : isoTime(waitingSince),
    dependencies: findings.map(({ requirement, namespec, state, now }) => ({
      ...requirement,
      process: namespec,
      state,
      now,
    })),
    dependants: (dependencies?.dependantsOf(managed) ?? []).map(namespecOf),
  };
}
