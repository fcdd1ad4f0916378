/** The listener under soak: takes every event and rejects each tenth. */
import { listenForEvents } from "../../src/client/event_listener.ts";

let count = 0;
for await (const event of listenForEvents()) {
  if (++count % 10 === 0) event.reject();
  else event.acknowledge();
}
