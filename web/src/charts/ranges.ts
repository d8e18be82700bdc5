// One row a thing: its mean, and how far it spreads.
import * as Plot from "@observablehq/plot";
import type { Chart, Key } from "./figure";
import { formatNumber } from "../page/numbers";
import { logScale, plot } from "./plot";

export interface Range {
  row: string;
  name: string; // what the tip and the key call it
  color: string;
  value: number;
  low?: number | null;
  high?: number | null;
  hollow?: boolean;
}

export interface RangesOptions {
  id: string;
  title: string;
  caption: string;
  x: { label: string; log?: boolean; domain?: [number, number] };
  ranges: Range[];
  levels?: { value: number; name: string }[]; // vertical lines
  spread: string; // what low and high are, in words
}

function keysOf(ranges: Range[]): Key[] {
  const keys = new Map<string, Key>();
  for (const { name, color } of ranges) keys.set(name, { name, color });
  return keys.size > 1 ? [...keys.values()] : [];
}

const digits = (value: number) => formatNumber(value, 5);

// Several things of one row lie below each other rather than on each other.
function placed(ranges: Range[]) {
  const counts = new Map<string, number>();
  return ranges.map((range) => {
    const place = counts.get(range.row) ?? 0;
    counts.set(range.row, place + 1);
    return { ...range, low: range.low ?? range.value, high: range.high ?? range.value, place };
  });
}

export function ranges(options: RangesOptions): Chart {
  const usable = placed(
    options.ranges.filter(
      (range) => Number.isFinite(range.value) && (!options.x.log || range.value > 0),
    ),
  );
  const names = [...new Set(usable.map((range) => range.row))];
  const deepest = Math.max(1, ...usable.map((range) => range.place + 1));
  const step = deepest > 3 ? 9 : 11;
  const band = Math.max(34, step * deepest + 14);
  const keys = keysOf(usable);
  const single =
    keys.length === 0 ||
    keys.every(
      (key) =>
        usable.filter((range) => range.name === key.name).length === 1 && names.includes(key.name),
    );
  return {
    id: options.id,
    title: options.title,
    caption: options.caption,
    keys: single ? [] : keys,
    table: {
      columns: [
        "row",
        "series",
        options.x.label,
        `low (${options.spread})`,
        `high (${options.spread})`,
      ],
      rows: options.ranges.map((range) => [
        range.row,
        range.name,
        range.value,
        range.low ?? null,
        range.high ?? null,
      ]),
    },
    draw: (width) => {
      // On a phone names stand above their rows, on wider pages to the left.
      const narrow = width < 460;
      const longest = Math.max(...names.map((name) => name.length), 1);
      const rowHeight = band + (narrow ? 14 : 0);
      const marks = Array.from({ length: deepest }, (_, place) => {
        const data = usable.filter((range) => range.place === place);
        const inRow = (row: string) => usable.filter((range) => range.row === row).length;
        const groups = new Map<number, typeof data>();
        for (const range of data) {
          const dy = (place - (inRow(range.row) - 1) / 2) * step + (narrow ? 7 : 0);
          groups.set(dy, [...(groups.get(dy) ?? []), range]);
        }
        return [...groups].flatMap(([dy, rows]) => [
          Plot.link(rows, {
            x1: "low",
            x2: "high",
            y1: "row",
            y2: "row",
            stroke: "color",
            strokeWidth: 5,
            strokeOpacity: 0.3,
            strokeLinecap: "round",
            dy,
          }),
          Plot.dot(rows, {
            x: "value",
            y: "row",
            fill: (d: Range) => (d.hollow ? "var(--card)" : d.color),
            stroke: "color",
            strokeWidth: 2,
            r: 4.5,
            dy,
          }),
          Plot.tip(
            rows,
            Plot.pointer({
              x: "value",
              y: "row",
              dy,
              maxRadius: 18,
              channels: {
                series: { value: "name", label: "" },
                x: { value: "value", label: options.x.label },
                low: { value: "low", label: "from" },
                high: { value: "high", label: "to" },
              },
              format: { series: true, x: digits, low: digits, high: digits, y: true },
            }),
          ),
        ]);
      });
      return plot({
        width,
        height: names.length * rowHeight + 72,
        marginLeft: narrow ? 8 : Math.min(220, longest * 6.6 + 16),
        marginBottom: 44,
        marginTop: options.levels?.length ? 26 : 12,
        x: {
          label: options.x.label,
          grid: true,
          ...(options.x.log
            ? logScale(
                usable.flatMap((range) => [range.low, range.high]),
                width,
                formatNumber,
              )
            : { domain: options.x.domain, ticks: Math.max(3, Math.round(width / 120)) }),
          inset: 6,
        },
        y: {
          label: null,
          domain: names,
          type: "band",
          axis: narrow ? null : "left",
          tickSize: 0,
          padding: 0.1,
        },
        marks: [
          ...(options.levels ?? []).flatMap((level) => [
            Plot.ruleX([level], { x: "value", stroke: "var(--soft)", strokeDasharray: "5 4" }),
            Plot.text([level], {
              x: "value",
              text: "name",
              frameAnchor: "top",
              dy: -14,
              fill: "var(--soft)",
              textAnchor: "middle",
            }),
          ]),
          narrow
            ? Plot.text(names, {
                y: (name: string) => name,
                text: (name: string) => name,
                frameAnchor: "left",
                textAnchor: "start",
                dy: -rowHeight / 2 + 12,
                fill: "currentColor",
                stroke: "var(--card)",
                strokeWidth: 4,
              })
            : null,
          ...marks.flat(),
        ],
      });
    },
  };
}
