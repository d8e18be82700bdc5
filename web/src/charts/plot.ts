// Observable Plot with this project's defaults.
import * as Plot from "@observablehq/plot";

/** `Plot.plot` in our type, with room on the left for numbers and labels that fit a phone. */
export function plot(options: Plot.PlotOptions): SVGSVGElement {
  const drawn = Plot.plot({
    className: "plot",
    marginLeft: 52,
    marginRight: 18,
    marginTop: 26,
    marginBottom: 38,
    ...options,
    style: { fontSize: "12px", background: "none" },
  });
  if (!(drawn instanceof SVGSVGElement)) throw new Error("a chart is one SVG: legends are ours");
  return drawn;
}

/** A logarithmic axis as wide as its data, with the few numbers that fit. */
export function logScale(
  values: number[],
  width: number,
  format: (value: number) => string,
): Plot.ScaleOptions {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return { type: "log" };
  const low = Math.min(...positive) / 1.08;
  const high = Math.max(...positive) * 1.08;
  if (high / low < 4) return { nice: true, ticks: Math.max(3, Math.round(width / 80)) }; // too little for decades
  const decades = Math.log10(high / low);
  // Every decade's 1, 2 and 5 where there is room, else its 1 alone.
  const steps = (decades * 3 * 56 < width ? [1, 2, 5] : [1]).concat(
    decades < 0.9 ? [1.5, 3, 4, 7] : [],
  );
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    for (const step of steps) {
      const value = Number((step * 10 ** power).toPrecision(3));
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return { type: "log", domain: [low, high], ticks, tickFormat: format };
}

export const colors = [
  "var(--s0)",
  "var(--s1)",
  "var(--s2)",
  "var(--s3)",
  "var(--s4)",
  "var(--s5)",
];

/** The n-th colour; after the last one they begin anew, told apart by `dashes`. */
export function colorOf(n: number): string {
  return colors[n % colors.length]!;
}

const dashes = ["", "6 3", "2 3", "8 3 2 3"];
export function dashOf(n: number): string {
  return dashes[n % dashes.length]!;
}
