/** Who is told of what people see of a process. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ViewListeners } from "../../../src/daemon/view_listeners.ts";
import { program, World } from "../../support/supervised_world.ts";

test("a listener that throws, or leaves while it is told, keeps nobody from hearing", () => {
  const process = new World([program("web")]).begin().process("web");
  const defects: unknown[] = [];
  const heard: string[] = [];
  const listeners = new ViewListeners((error) => defects.push(error));
  const leave = listeners.add(() => {
    leave();
    heard.push("first");
    throw new Error("broken");
  });
  listeners.add(({ name }) => heard.push(name));
  listeners.tell(process);
  listeners.tell(process);
  assert.deepEqual(heard, ["first", "web", "web"]);
  assert.equal(defects.length, 1);
});
