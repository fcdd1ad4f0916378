/** Programs that another build has described are completed, or refused with a sentence. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SupervisorSnapshot } from "../../../src/daemon/snapshot.ts";
import { completeGroups } from "../../../src/handover/specs.ts";
import { HandoverError } from "../../../src/handover/state.ts";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { processSpec } from "../../support/process_spec.ts";
import { fakeEnvironment } from "../config/fake_environment.ts";

const { config } = new FakeDaemon();
const GROUP = groupSpec("web", [processSpec("web")], { kind: "program" });

/** Completes a group of which some keys are others, or (undefined) are not there. */
function completed(changes: Readonly<Record<string, unknown>>) {
  const entries = Object.entries({ ...GROUP, ...changes }).filter(([, one]) => one !== undefined);
  const left = { groups: [{ spec: Object.fromEntries(entries), processes: [] }] };
  const [group] =
    completeGroups(left as unknown as SupervisorSnapshot, config, fakeEnvironment()).groups;
  return group?.spec;
}

test("a group of a build that knew fewer keys gets their defaults", () => {
  const spec = completed({ fcgi: undefined, memberSockets: undefined, priority: undefined });
  assert.equal(spec?.fcgi, null);
  assert.deepEqual(spec?.memberSockets, {});
  assert.equal(spec?.priority, 999);
});

for (
  const [what, changes, reason] of [
    ["a socket that is null", { memberSockets: { web: null } }, /socket is null and not an object/],
    ["a socket that is text", { fcgi: "tcp" }, /socket is a string and not an object/],
    ["a process that is a number", { processes: [7] }, /is a number and not an object/],
  ] as const
) {
  test(`${what} is refused with a sentence, not with a defect`, () => {
    assert.throws(
      () => completed(changes),
      (error) => error instanceof HandoverError && reason.test(error.message),
    );
  });
}
