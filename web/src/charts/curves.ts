// Lines over a common axis, with bands where the spread is known.
import * as Plot from "@observablehq/plot";
import type { Chart, Key } from "./figure";
import { formatNumber } from "../page/numbers";
import { logScale, plot } from "./plot";

export interface CurvePoint {
  x: number;
  y: number;
  low?: number | null;
  high?: number | null;
  innerLow?: number | null; // a narrower band within
  innerHigh?: number | null;
}

export interface Curve {
  name: string;
  color: string;
  dash?: string;
  thin?: boolean;
  dots?: boolean;
  points: CurvePoint[];
}

export interface Level {
  value: number;
  name: string;
  color?: string;
  low?: number | null;
  high?: number | null;
}

export interface CurvesOptions {
  id: string;
  title: string;
  caption: string;
  x: {
    label: string;
    log?: boolean;
    domain?: [number, number];
    ticks?: number[];
    format?: (value: number) => string;
  };
  y: { label: string; log?: boolean; domain?: [number, number] };
  curves: Curve[];
  levels?: Level[]; // horizontal lines
  marks?: { x: number; y: number; name: string; color: string }[]; // single points of weight
  diagonal?: boolean; // y = x
  shaded?: { from: number; to: number; name: string };
  height?: number;
  named?: boolean; // keys even for a single curve
}

type Row = CurvePoint & { name: string; color: string };

function rowsOf(curve: Curve): Row[] {
  return curve.points.map((point) => ({ ...point, name: curve.name, color: curve.color }));
}

function curveMarks(curve: Curve): Plot.Markish[] {
  const rows = rowsOf(curve);
  const bounded = rows.filter((row) => row.low != null && row.high != null);
  const inner = rows.filter((row) => row.innerLow != null && row.innerHigh != null);
  const area = (data: Row[], low: "low" | "innerLow", high: "high" | "innerHigh") =>
    data.length > 1
      ? Plot.areaY(data, { x: "x", y1: low, y2: high, fill: curve.color, fillOpacity: 0.16 })
      : null;
  return [
    area(bounded, "low", "high"),
    area(inner, "innerLow", "innerHigh"),
    Plot.line(rows, {
      x: "x",
      y: "y",
      stroke: curve.color,
      strokeWidth: curve.thin ? 1 : 2.25,
      strokeOpacity: curve.thin ? 0.55 : 1,
      strokeDasharray: curve.dash ?? "",
    }),
    curve.dots || rows.length === 1
      ? Plot.dot(rows, { x: "x", y: "y", fill: curve.color, r: 3.5 })
      : null,
  ];
}

function levelMarks(levels: Level[]): Plot.Markish[] {
  return levels.flatMap((level) => {
    const color = level.color ?? "var(--soft)";
    return [
      level.low != null && level.high != null
        ? Plot.rect([level], { y1: "low", y2: "high", fill: color, fillOpacity: 0.16 })
        : null,
      Plot.ruleY([level], { y: "value", stroke: color, strokeWidth: 1.5, strokeDasharray: "5 4" }),
      Plot.text([level], {
        y: "value",
        text: "name",
        frameAnchor: "right",
        textAnchor: "end",
        lineAnchor: "bottom",
        dy: -4,
        fill: color,
        stroke: "var(--card)",
        strokeWidth: 4,
      }),
    ];
  });
}

const digits = (value: number) => formatNumber(value, 5);

function tipMark(rows: Row[], options: CurvesOptions): Plot.Markish {
  return Plot.tip(
    rows,
    Plot.pointer({
      x: "x",
      y: "y",
      maxRadius: 90,
      stroke: "color",
      channels: {
        series: { value: "name", label: "" },
        x: { value: "x", label: options.x.label },
        y: { value: "y", label: options.y.label },
        ...(rows.some((row) => row.low != null) && {
          low: { value: (row: Row) => row.low ?? null, label: "from" },
          high: { value: (row: Row) => row.high ?? null, label: "to" },
        }),
      },
      format: { series: true, x: digits, y: digits, low: digits, high: digits, stroke: false },
    }),
  );
}

export function curves(options: CurvesOptions): Chart {
  const { x, y } = options;
  const drawable = options.curves.map((curve) => ({
    ...curve,
    points: curve.points.filter(
      (p) =>
        Number.isFinite(p.x) && Number.isFinite(p.y) && (!x.log || p.x > 0) && (!y.log || p.y > 0),
    ),
  }));
  const rows = drawable.flatMap(rowsOf);
  const banded = rows.some((row) => row.low != null);
  const named = options.curves.filter((curve) => !curve.thin);
  const keys: Key[] =
    named.length > 1 || options.named
      ? named.map(({ name, color, dash }) => ({ name, color, dash }))
      : [];
  return {
    id: options.id,
    title: options.title,
    caption: options.caption,
    keys,
    table: {
      columns: ["series", x.label, y.label, ...(banded ? ["low", "high"] : [])],
      rows: options.curves.flatMap((curve) =>
        curve.points.map((p) => [
          curve.name,
          p.x,
          p.y,
          ...(banded ? [p.low ?? null, p.high ?? null] : []),
        ]),
      ),
    },
    draw: (width) =>
      plot({
        width,
        height: options.height ?? Math.min(340, Math.max(240, width * 0.62)),
        x: {
          label: x.label,
          ...(x.log
            ? logScale(
                [...rows, ...(options.marks ?? [])].map((row) => row.x),
                width,
                x.format ?? formatNumber,
              )
            : {
                domain: x.domain,
                ticks: x.ticks ?? Math.max(3, Math.round(width / 110)),
                ...(x.ticks && { tickFormat: String }),
              }),
        },
        y: {
          label: y.label,
          grid: true,
          ...(y.log
            ? logScale(
                [
                  ...rows.flatMap((row) => [row.y, row.low ?? row.y, row.high ?? row.y]),
                  ...(options.levels ?? []).map((level) => level.value),
                ],
                240,
                formatNumber,
              )
            : { domain: y.domain, nice: true, ticks: 5 }),
        },
        marks: [
          options.shaded
            ? Plot.rect([options.shaded], {
                x1: "from",
                x2: "to",
                fill: "var(--accent)",
                fillOpacity: 0.06,
              })
            : null,
          options.diagonal
            ? Plot.line(
                [Math.min, Math.max].map((end) => end(...rows.map((row) => row.x))),
                {
                  x: (t: number) => t,
                  y: (t: number) => t,
                  stroke: "var(--soft)",
                  strokeDasharray: "4 4",
                },
              )
            : null,
          ...drawable.flatMap(curveMarks),
          ...levelMarks(options.levels ?? []),
          ...(options.marks ?? []).flatMap((mark) => [
            Plot.dot([mark], {
              x: "x",
              y: "y",
              fill: mark.color,
              r: 6,
              stroke: "var(--card)",
              strokeWidth: 1.5,
            }),
            Plot.text([mark], {
              x: "x",
              y: "y",
              text: "name",
              fill: mark.color,
              dx: -4,
              dy: -14,
              textAnchor: "start",
              stroke: "var(--card)",
              strokeWidth: 4,
              fontWeight: 600,
            }),
          ]),
          tipMark([...rows, ...(options.marks ?? [])], options),
        ],
      }),
  };
}
