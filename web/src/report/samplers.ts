// What more evaluations of the generator are worth.
import { type Curve, curves } from "../charts/curves";
import type { Chart } from "../charts/figure";
import { colorOf, dashOf } from "../charts/plot";
import { distributionAt, type Json, listAt, numberAt, textAt } from "./json";
import { type Loaded, metricName } from "./loaded";
import { figures, type Section } from "./section";

interface Sampler {
  method: string;
  evaluations: number;
  entry: Json;
}

function samplersOf(file: Loaded): Sampler[] {
  return listAt(file.results, "samplers").flatMap((entry) => {
    const evaluations = numberAt(entry, "evaluations") ?? numberAt(entry, "one_update/evaluations");
    if (evaluations === null) return [];
    const stop = numberAt(entry, "stop_at") ?? 0;
    return [
      {
        method: `${textAt(entry, "method", "sampler").toUpperCase()}${stop > 0 ? ` to t = ${stop}` : ""}`,
        evaluations,
        entry,
      },
    ];
  });
}

function samplerCurves(
  files: Loaded[],
  pick: (entry: Json) => { y: number; low?: number | null; high?: number | null } | null,
): Curve[] {
  const out: Curve[] = [];
  files.forEach((file) => {
    const all = samplersOf(file);
    [...new Set(all.map((sampler) => sampler.method))].forEach((method, i) => {
      const points = all
        .filter((sampler) => sampler.method === method)
        .flatMap(({ evaluations, entry }) => {
          const y = pick(entry);
          return y ? [{ x: evaluations, ...y }] : [];
        })
        .sort((a, b) => a.x - b.x);
      if (points.length > 0) {
        out.push(
          files.length > 1
            ? {
                name: `${file.name}: ${method}`,
                color: file.color,
                dash: dashOf(i),
                dots: true,
                points,
              }
            : { name: method, color: colorOf(i), dots: true, points },
        );
      }
    });
  });
  return out;
}

export const samplersSection: Section = {
  id: "samplers",
  title: "Samples against evaluations",
  lead: "An update can be sampled with more evaluations of the generator. Here is what they buy, all from the same starts.",
  body: (files) => {
    if (!files.some((file) => samplersOf(file).length > 0)) return [];
    const metric = metricName(files[0]!);
    const x = { label: "evaluations of the generator", log: true };
    const charts: (Chart | null)[] = [
      chartOf(
        "samplers-metric",
        "Metric after one update",
        "Mean; band: 5 to 95 % of the networks.",
        metric,
        (entry) => {
          const d = distributionAt(entry, "one_update");
          return d && { y: d.mean, low: d.p05, high: d.p95 };
        },
      ),
      chartOf(
        "samplers-alignment",
        "Alignment with the prompt",
        "R² a network, of the generator alone.",
        "R²",
        (entry) => valueAt(entry, "alignment/r2"),
      ),
      chartOf(
        "samplers-diversity",
        "Diversity",
        "Spread of the weights over noises at one start, relative to the length of an update.",
        "spread",
        (entry) =>
          valueAt(entry, "diversity/with/same_start/weights") ??
          valueAt(entry, "diversity/same_start/weights"),
      ),
    ];
    function chartOf(
      id: string,
      title: string,
      caption: string,
      label: string,
      pick: Parameters<typeof samplerCurves>[1],
    ): Chart | null {
      const list = samplerCurves(files, pick);
      return list.length > 0 ? curves({ id, title, caption, x, y: { label }, curves: list }) : null;
    }
    return figures(charts.filter((chart): chart is Chart => chart !== null));
  },
};

function valueAt(entry: Json, path: string): { y: number } | null {
  const y = numberAt(entry, path);
  return y === null ? null : { y };
}
