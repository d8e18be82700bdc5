// Is the result new, or a copy of a training network?
import { type Bar, bars } from "../charts/bars";
import type { Chart } from "../charts/figure";
import { histogram } from "../charts/histogram";
import { type Range, ranges } from "../charts/ranges";
import { formatNumber, formatShare, none } from "../page/numbers";
import { numberAt, numbersAt } from "./json";
import { type Loaded, metricName } from "./loaded";
import { facts, figures, idOf, labelled, type Section } from "./section";

interface Measure {
  key: string;
  title: string;
  caption: string;
  label: string;
}

const measures: Measure[] = [
  {
    key: "updates",
    title: "Updates",
    caption: "Distance of each update to the nearest training update, hidden units matched.",
    label: "distance of weights",
  },
  {
    key: "weights",
    title: "Weights",
    caption: "Distance of each network to the nearest training network, hidden units matched.",
    label: "distance of weights",
  },
  {
    key: "behaviour",
    title: "Behaviour",
    caption: "Difference of outputs to the nearest training network, rms over fixed inputs.",
    label: "difference of outputs",
  },
  {
    key: "mistakes",
    title: "Wrong images",
    caption:
      "Largest overlap of the wrong test images with those of a training network: intersection over union, less is newer.",
    label: "overlap",
  },
];
const sides: [string, string, string][] = [
  ["generated", "by one update", "var(--s0)"],
  ["held_out", "by training, never seen", "var(--s1)"],
];

function distances(files: Loaded[], measure: Measure): Chart[] {
  const list: Range[] = files.flatMap((file) =>
    sides.flatMap(([side, row, color]) => {
      const path = `novelty/${measure.key}/${side}`;
      const value = numberAt(file.results, `${path}/median`);
      return value === null
        ? []
        : [
            {
              row,
              name: file.name,
              color: files.length > 1 ? file.color : color,
              value,
              low: numberAt(file.results, `${path}/min`),
              high: numberAt(file.results, `${path}/max`),
            },
          ];
    }),
  );
  if (list.length === 0) return [];
  return [
    ranges({
      id: `novelty-${measure.key}`,
      title: measure.title,
      caption: `${measure.caption} Median, least and most.`,
      x: { label: measure.label },
      ranges: list,
      spread: "min, max",
    }),
  ];
}

// Evaluations that keep every distance (`values` beside the median) show how they are distributed.
function distanceHistograms(files: Loaded[]): Chart[] {
  return files.flatMap((file) =>
    measures.flatMap((measure) => {
      const groups = sides
        .map(([side, name, color]) => ({
          name,
          color,
          values: numbersAt(file.results, `novelty/${measure.key}/${side}/values`),
        }))
        .filter((group) => group.values.length > 0);
      return groups.length === 0
        ? []
        : [
            histogram({
              id: idOf(files, file, `novelty-${measure.key}-values`),
              title: labelled(files, file, `${measure.title}: all distances`),
              caption: measure.caption,
              label: measure.label,
              groups,
            }),
          ];
    }),
  );
}

function ratios(files: Loaded[]): Chart[] {
  const list: Bar[] = files.flatMap((file) =>
    measures.flatMap((measure) => {
      const value = numberAt(file.results, `novelty/${measure.key}/ratio`);
      return value === null
        ? []
        : [
            {
              row: measure.title,
              name: file.name,
              color: files.length > 1 ? file.color : "var(--s0)",
              value,
            },
          ];
    }),
  );
  if (list.length === 0) return [];
  return [
    bars({
      id: "novelty-ratios",
      title: "Generated over held-out",
      caption:
        "1: as far from all training networks as a run nobody trained on; 0: a copy. Of wrong images it is the overlap, so less is newer.",
      label: "ratio of medians",
      bars: list,
      levels: [{ value: 1, name: "held-out runs" }],
    }),
  ];
}

export const noveltySection: Section = {
  id: "novelty",
  title: "Novelty",
  lead: "How far are the generated networks from everything the generator was trained on? The measure is runs that nobody trained on, made by the population's own optimiser.",
  body: (files) => {
    const charts = [
      ...ratios(files),
      ...measures.flatMap((measure) => distances(files, measure)),
      ...distanceHistograms(files),
    ];
    if (charts.length === 0) return [];
    return [
      ...figures(charts),
      ...facts("Novelty in numbers: generated / held-out", files, (file) => {
        const n = (path: string, format: (value: number | null) => string = formatNumber) =>
          format(numberAt(file.results, `novelty/${path}`));
        const both = (path: string, format?: (value: number | null) => string) => {
          const values = [n(`${path}/generated`, format), n(`${path}/held_out`, format)];
          return values.every((value) => value === none) ? none : values.join(" / ");
        };
        return {
          [metricName(file)]: both("metric"),
          "length of updates": both("updates/norm"),
          "distance / length of update": both("updates/relative"),
          "distance to the start's own run": n("own_run"),
          "overlap of wrong images with each other": both("mistakes/among"),
          "share of wrong images": both("mistakes/mistaken", formatShare),
          "training runs compared with": n("training_runs"),
        };
      }),
    ];
  },
};
