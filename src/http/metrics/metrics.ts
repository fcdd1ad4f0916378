/** `/metrics`: everything is read or reckoned when somebody scrapes; nothing is collected before. */
import type { Daemon } from "../../daemon/types.ts";
import { addDaemon, type MetricsOptions } from "./daemon_metrics.ts";
import { counter, gauge, MetricsText } from "./metrics_text.ts";
import { addProcesses } from "./process_metrics.ts";

export async function renderMetrics(options: MetricsOptions): Promise<string> {
  const { daemon, usage } = options;
  const lag = await measureLag(daemon);
  const used = await usage.byPid();
  const text = new MetricsText();
  addDaemon(text, options, lag);
  await addProcesses(text, daemon, usage, used);
  addEventQueues(text, daemon);
  return text.toString();
}

/** How late a timer comes that is due at once: what anybody else had to wait at this moment. */
function measureLag({ clock }: Daemon): Promise<number> {
  const before = clock.monotonic();
  return new Promise((resolve) => {
    setTimeout(() => resolve(Math.max(0, clock.monotonic() - before) / 1000), 0);
  });
}

function addEventQueues(text: MetricsText, daemon: Daemon): void {
  const pools = daemon.groups().flatMap(({ name, eventQueue }) =>
    eventQueue === null ? [] : [{ labels: { pool: name }, ...eventQueue }]
  );
  text.add(
    gauge("supervisor_event_queue_length", "Events that wait for a listener of the pool."),
    pools.map(({ labels, size }) => [labels, size]),
  );
  text.add(
    gauge("supervisor_event_queue_capacity", "Events that may wait."),
    pools.map(({ labels, capacity }) => [labels, capacity]),
  );
  text.add(
    counter("supervisor_event_queue_dropped", "Events dropped because too many waited."),
    pools.map(({ labels, dropped }) => [labels, dropped]),
  );
}
