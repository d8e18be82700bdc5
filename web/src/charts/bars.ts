// Horizontal bars from zero, with their numbers beside them.
import * as Plot from "@observablehq/plot";
import { formatNumber } from "../page/numbers";
import type { Chart, Key } from "./figure";
import { plot } from "./plot";

export interface Bar {
  row: string;
  name: string;
  color: string;
  value: number;
}

export interface BarsOptions {
  id: string;
  title: string;
  caption: string;
  label: string;
  bars: Bar[];
  format?: (value: number) => string;
  levels?: { value: number; name: string }[];
}

export function bars(options: BarsOptions): Chart {
  const usable = options.bars.filter((bar) => Number.isFinite(bar.value));
  const rows = [...new Set(usable.map((bar) => bar.row))];
  const names = [...new Set(usable.map((bar) => bar.name))];
  const keys: Key[] =
    names.length > 1
      ? names.map((name) => ({ name, color: usable.find((bar) => bar.name === name)!.color }))
      : [];
  const format = options.format ?? formatNumber;
  const data = usable.map((bar) => ({
    ...bar,
    text: format(bar.value),
    key: `${bar.row} · ${bar.name}`,
  }));
  return {
    id: options.id,
    title: options.title,
    caption: options.caption,
    keys,
    table: {
      columns: ["row", "series", options.label],
      rows: usable.map((bar) => [bar.row, bar.name, bar.value]),
    },
    draw: (width) => {
      const longest = Math.max(1, ...rows.map((row) => row.length));
      const left = Math.min(width * 0.42, longest * 6.6 + 14);
      return plot({
        width,
        height: rows.length * (12 + 17 * names.length) + (options.levels?.length ? 72 : 56),
        marginLeft: left,
        marginRight: 62,
        marginTop: options.levels?.length ? 28 : 10,
        marginBottom: 42,
        x: { label: options.label, ticks: Math.max(2, Math.round(width / 150)), grid: true },
        fy: { label: null, domain: rows, axis: null, padding: 0.18 },
        y: { axis: null, domain: names, padding: 0.06 },
        marks: [
          Plot.barX(data, {
            x: "value",
            y: "name",
            fy: "row",
            fill: "color",
            tip: { format: { fill: false, y: names.length > 1, fy: true } },
          }),
          Plot.ruleX(options.levels ?? [], {
            x: "value",
            stroke: "var(--ink)",
            strokeDasharray: "5 4",
          }),
          Plot.text(data, {
            x: "value",
            y: "name",
            fy: "row",
            text: "text",
            textAnchor: "start",
            dx: 5,
            stroke: "var(--card)",
            strokeWidth: 4,
            fill: "currentColor",
          }),
          Plot.text(rows, {
            fy: (row: string) => row,
            text: (row: string) => row,
            frameAnchor: "left",
            textAnchor: "end",
            dx: -8,
            lineWidth: left / 12.5,
            textOverflow: "ellipsis",
          }),
          Plot.text(options.levels ?? [], {
            x: "value",
            text: "name",
            fy: () => rows[0]!,
            frameAnchor: "top",
            dy: -14,
          }),
          Plot.ruleX([0], { stroke: "var(--soft)" }),
        ],
      });
    },
  };
}
