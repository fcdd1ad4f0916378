/** Samples as a drawing: one panel for each thing watched, time to the right. */
import type { Sample } from "./samples.ts";

interface Panel {
  readonly title: string;
  readonly lines: readonly { readonly column: keyof Sample; readonly label: string }[];
}

const PANELS: readonly Panel[] = [
  {
    title: "Memory, MiB",
    lines: [
      { column: "rssMiB", label: "resident" },
      { column: "pssMiB", label: "proportional" },
      { column: "anonymousMiB", label: "its own" },
    ],
  },
  { title: "Open descriptors", lines: [{ column: "descriptors", label: "descriptors" }] },
  { title: "Threads", lines: [{ column: "threads", label: "threads" }] },
  {
    title: "Time to an answer, ms",
    lines: [{ column: "lagMs", label: "median" }, { column: "worstLagMs", label: "worst of 5" }],
  },
];

const WIDTH = 860;
const PANEL_HEIGHT = 150;
const LEFT = 56;
const RIGHT = 120;
const TOP = 30;
const GAP = 40;
const COLOURS = ["#1b6ac9", "#b3541e", "#2e7d4f"];

/** A bound that is 1, 2 or 5 times a power of ten, at or above the value. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) as number) * power;
}

export function drawSamples(samples: readonly Sample[], title: string): string {
  const end = samples.at(-1)?.seconds ?? 1;
  const height = TOP + PANELS.length * (PANEL_HEIGHT + GAP);
  const panels = PANELS.map((panel, index) =>
    drawPanel(panel, samples, end, TOP + index * (PANEL_HEIGHT + GAP))
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ` +
    `font-family="sans-serif" font-size="12" role="img">
<title>${title}</title>
<rect width="${WIDTH}" height="${height}" fill="#fff" />
${panels.join("\n")}
</svg>
`;
}

function drawPanel(panel: Panel, samples: readonly Sample[], end: number, top: number): string {
  const all = panel.lines.flatMap(({ column }) => samples.map((sample) => sample[column]));
  const ceiling = niceCeiling(Math.max(...all));
  const plotWidth = WIDTH - LEFT - RIGHT;
  const bottom = top + PANEL_HEIGHT;
  const x = (seconds: number) => (LEFT + seconds / end * plotWidth).toFixed(1);
  const y = (value: number) => (bottom - value / ceiling * PANEL_HEIGHT).toFixed(1);
  const parts = [`<text x="${LEFT}" y="${top - 8}" font-weight="bold">${panel.title}</text>`];
  for (const share of [0, 0.5, 1]) {
    const value = share * ceiling;
    parts.push(
      `<path d="M${LEFT} ${y(value)}H${LEFT + plotWidth}" stroke="#ddd" />`,
      `<text x="${LEFT - 6}" y="${Number(y(value)) + 4}" text-anchor="end">${+value.toPrecision(
        3,
      )}</text>`,
    );
  }
  for (const quarter of [0, 1, 2, 3, 4]) {
    const seconds = end * quarter / 4;
    parts.push(
      `<text x="${x(seconds)}" y="${bottom + 16}" text-anchor="middle" fill="#555">${+(seconds / 60)
        .toFixed(1)} min</text>`,
    );
  }
  panel.lines.forEach(({ column, label }, index) => {
    const colour = COLOURS[index] as string;
    const points = samples.map((sample) => `${x(sample.seconds)},${y(sample[column])}`);
    parts.push(
      `<polyline fill="none" stroke="${colour}" stroke-width="1.2" points="${points.join(" ")}" />`,
      `<text x="${LEFT + plotWidth + 10}" y="${
        top + 14 + index * 18
      }" fill="${colour}">${label}</text>`,
    );
  });
  return parts.join("\n");
}
