// How values of several groups spread, in common bins.
import * as Plot from "@observablehq/plot";
import { formatNumber } from "../page/numbers";
import type { Chart } from "./figure";
import { plot } from "./plot";

export interface Group {
  name: string;
  color: string;
  values: number[];
}

export interface HistogramOptions {
  id: string;
  title: string;
  caption: string;
  label: string;
  groups: Group[];
  levels?: { value: number; name: string }[];
  count?: string; // what is counted
}

interface Bin {
  name: string;
  color: string;
  from: number;
  to: number;
  share: number;
  count: number;
}

/** Equal bins over the range of all values. */
export function bins(groups: Group[], wanted = 32): Bin[] {
  const all = groups.flatMap((group) => group.values);
  if (all.length === 0) return [];
  let low = Math.min(...all);
  let high = Math.max(...all);
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const width = (high - low) / wanted;
  return groups.flatMap(({ name, color, values }) => {
    const counts = new Array<number>(wanted).fill(0);
    for (const value of values) {
      const place = Math.min(wanted - 1, Math.floor((value - low) / width));
      counts[place]! += 1;
    }
    return counts.map((count, i) => ({
      name,
      color,
      from: low + i * width,
      to: low + (i + 1) * width,
      count,
      share: values.length ? count / values.length : 0,
    }));
  });
}

const digits = (value: number) => formatNumber(value, 5);

export function histogram(options: HistogramOptions): Chart {
  const groups = options.groups.map((group) => ({
    ...group,
    values: group.values.filter(Number.isFinite),
  }));
  const all = bins(groups);
  const shown = all.filter((bin) => bin.count > 0);
  return {
    id: options.id,
    title: options.title,
    caption: options.caption,
    keys: groups.length > 1 ? groups.map(({ name, color }) => ({ name, color })) : [],
    table: {
      columns: ["series", options.label],
      rows: groups.flatMap(({ name, values }) => values.map((value) => [name, value])),
    },
    draw: (width) =>
      plot({
        width,
        height: Math.min(300, Math.max(220, width * 0.5)),
        marginTop: options.levels?.length ? 42 : 26,
        x: { label: options.label, ticks: Math.max(3, Math.round(width / 110)) },
        y: {
          label: `share of ${options.count ?? "networks"}`,
          percent: true,
          grid: true,
          ticks: 4,
        },
        marks: [
          Plot.rectY(shown, {
            x1: "from",
            x2: "to",
            y2: "share",
            y1: 0,
            fill: "color",
            fillOpacity: groups.length > 1 ? 0.55 : 0.85,
            insetLeft: 0.5,
            insetRight: 0.5,
          }),
          ...(options.levels ?? []).flatMap((level) => [
            Plot.ruleX([level], { x: "value", stroke: "var(--ink)", strokeDasharray: "5 4" }),
            Plot.text([level], {
              x: "value",
              text: "name",
              frameAnchor: "top",
              dy: -12,
              fill: "var(--ink)",
            }),
          ]),
          Plot.ruleY([0], { stroke: "var(--soft)" }),
          Plot.tip(
            shown,
            Plot.pointerX({
              x: (bin: Bin) => (bin.from + bin.to) / 2,
              y: "share",
              stroke: "color",
              channels: {
                series: { value: "name", label: "" },
                from: "from",
                to: "to",
                count: { value: "count", label: options.count ?? "networks" },
              },
              format: {
                series: true,
                from: digits,
                to: digits,
                count: true,
                x: false,
                y: true,
                stroke: false,
              },
            }),
          ),
        ],
      }),
  };
}
