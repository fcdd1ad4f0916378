// @ts-check
/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** A small curve of the last values. */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 56;
const HEIGHT = 16;

/** How many values are kept: two minutes of samples, one each 2 s. */
export const HISTORY = 60;

/** @returns {SVGSVGElement} */
export function makeChart() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("class", "chart");
  // The figure beside it says what is to be known.
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(SVG, "polyline"));
  return svg;
}

/**
 * @param {SVGSVGElement} svg
 * @param {number[]} values the latest last
 * @param {number} least the top of the chart is at least this much
 */
export function drawChart(svg, values, least) {
  const top = Math.max(least, ...values);
  const first = HISTORY - values.length;
  const points = values.map((value, index) => {
    const x = (first + index) * WIDTH / (HISTORY - 1);
    const y = HEIGHT - 1.5 - value / top * (HEIGHT - 3);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  svg.firstElementChild?.setAttribute("points", points.join(" "));
}
