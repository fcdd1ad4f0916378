/**
 * A Grafana dashboard for the metrics of metrics.ts, as text to be imported there. Built of a few
 * rows so that names are written once; a test holds them against the metrics that are really sent.
 */

type Unit = "short" | "s" | "bytes" | "Bps" | "percentunit" | "ops";

interface Panel {
  readonly title: string;
  readonly unit: Unit;
  /** PromQL and what its curves are called. */
  readonly queries: readonly (readonly [expression: string, legend: string])[];
  readonly description?: string;
}

const PROCESS = 'job=~"$job",group=~"$group"';
const NAME = "{{group}}:{{process}}";

const ROWS: readonly (readonly [title: string, panels: readonly Panel[]])[] = [
  ["Processes", [
    {
      title: "By state",
      unit: "short",
      queries: [[`sum by (state) (supervisor_process_state{${PROCESS}})`, "{{state}}"]],
    },
    {
      title: "Restarts that nobody asked for",
      unit: "short",
      queries: [[
        `increase(supervisor_process_restarts_total{${PROCESS}}[$__rate_interval])`,
        NAME,
      ]],
    },
    {
      title: "Exits",
      unit: "short",
      queries: [[
        `sum by (group, process, reason, value) ` +
        `(increase(supervisor_process_exits_total{${PROCESS}}[$__rate_interval]))`,
        `${NAME} {{reason}} {{value}}`,
      ]],
    },
    {
      title: "Uptime",
      unit: "s",
      queries: [[`supervisor_process_uptime_seconds{${PROCESS}}`, NAME]],
    },
  ]],
  ["Resources", [
    {
      title: "CPU",
      unit: "percentunit",
      queries: [[`rate(supervisor_process_cpu_seconds_total{${PROCESS}}[$__rate_interval])`, NAME]],
      description: "Of one CPU, whole process trees.",
    },
    {
      title: "Memory",
      unit: "bytes",
      queries: [[`supervisor_process_resident_memory_bytes{${PROCESS}}`, NAME]],
    },
    {
      title: "Open descriptors",
      unit: "short",
      queries: [[`supervisor_process_open_fds{${PROCESS}}`, NAME]],
    },
    {
      title: "Processes in the trees",
      unit: "short",
      queries: [[`supervisor_process_tree_processes{${PROCESS}}`, NAME]],
    },
  ]],
  ["Output and events", [
    {
      title: "Log bytes",
      unit: "Bps",
      queries: [[
        `rate(supervisor_process_log_bytes_total{${PROCESS}}[$__rate_interval])`,
        `${NAME} {{channel}}`,
      ]],
    },
    {
      title: "Log bytes dropped",
      unit: "Bps",
      queries: [[
        `rate(supervisor_process_log_dropped_bytes_total{${PROCESS}}[$__rate_interval]) > 0`,
        `${NAME} {{channel}}`,
      ]],
    },
    {
      title: "Events waiting for listeners",
      unit: "short",
      queries: [
        ['supervisor_event_queue_length{job=~"$job"}', "{{pool}}"],
        ['supervisor_event_queue_capacity{job=~"$job"}', "{{pool}} at most"],
      ],
    },
    {
      title: "Events dropped",
      unit: "short",
      queries: [[
        'increase(supervisor_event_queue_dropped_total{job=~"$job"}[$__rate_interval])',
        "{{pool}}",
      ]],
    },
  ]],
  ["The daemon itself", [
    {
      title: "Memory",
      unit: "bytes",
      queries: [['supervisord_resident_memory_bytes{job=~"$job"}', "resident"]],
    },
    {
      title: "CPU",
      unit: "percentunit",
      queries: [['rate(supervisord_cpu_seconds_total{job=~"$job"}[$__rate_interval])', "CPU"]],
    },
    {
      title: "Delays",
      unit: "s",
      queries: [
        ['supervisord_event_loop_lag_seconds{job=~"$job"}', "event loop"],
        [quantile("supervisord_spawn_duration_seconds_bucket", "le"), "spawn, 95 %"],
      ],
    },
    {
      title: "RPC, 95 %",
      unit: "s",
      queries: [[quantile("supervisord_rpc_duration_seconds_bucket", "le, method"), "{{method}}"]],
    },
  ]],
];

function quantile(metric: string, by: string): string {
  return `histogram_quantile(0.95, sum by (${by}) (rate(${metric}{job=~"$job"}[$__rate_interval])))`;
}

const WIDTH = 12;
const HEIGHT = 8;

/** JSON for "Import dashboard"; asks for the data source there. */
export function grafanaDashboard(): string {
  const panels: unknown[] = [];
  let y = 0;
  for (const [title, row] of ROWS) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    });
    y++;
    row.forEach((panel, i) => {
      const gridPos = {
        x: (i % 2) * WIDTH,
        y: y + Math.floor(i / 2) * HEIGHT,
        w: WIDTH,
        h: HEIGHT,
      };
      panels.push({ id: panels.length + 1, ...graph(panel), gridPos });
    });
    y += Math.ceil(row.length / 2) * HEIGHT;
  }
  const dashboard = {
    __inputs: [{
      name: "DS_PROMETHEUS",
      label: "Prometheus",
      type: "datasource",
      pluginId: "prometheus",
      pluginName: "Prometheus",
    }],
    uid: "supervisord",
    title: "supervisord",
    tags: ["supervisord"],
    schemaVersion: 39,
    editable: true,
    refresh: "30s",
    time: { from: "now-3h", to: "now" },
    templating: { list: [variable("job", "supervisord_info"), groupVariable()] },
    panels,
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

const DATASOURCE = { type: "prometheus", uid: "${DS_PROMETHEUS}" };

function graph({ title, unit, queries, description }: Panel): Record<string, unknown> {
  return {
    type: "timeseries",
    title,
    ...(description === undefined ? {} : { description }),
    datasource: DATASOURCE,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
    targets: queries.map(([expr, legendFormat], i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: DATASOURCE,
      expr,
      legendFormat,
    })),
  };
}

function variable(name: string, metric: string): Record<string, unknown> {
  const query = `label_values(${metric}, ${name})`;
  return {
    name,
    type: "query",
    datasource: DATASOURCE,
    query: { query, refId: name },
    refresh: 2,
    multi: true,
    includeAll: true,
    allValue: ".*",
    current: { text: "All", value: "$__all" },
  };
}

function groupVariable(): Record<string, unknown> {
  return variable("group", 'supervisor_process_state{job=~"$job"}');
}
