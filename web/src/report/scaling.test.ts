import assert from "node:assert/strict";
import { test } from "node:test";
import type { Loaded } from "./loaded";
import { scalingCharts } from "./scaling";

const file = (runs: number, mean: number, metric = "loss"): Loaded => ({
  name: `${runs}`,
  color: "",
  zoo: undefined,
  training: [],
  results: {
    metric,
    scored_on: "test",
    zoo: { runs },
    one_update: { mean },
    generator: { parameters: 5 },
  },
});

test("three sizes make a chart, in their order", () => {
  const charts = scalingCharts([file(400, 0.3), file(100, 0.5), file(1600, 0.2)]);
  assert.deepEqual(
    charts.map((chart) => chart.title),
    ["Against the runs in the zoo"],
  );
  assert.deepEqual(
    charts[0]!.table.rows.map((row) => row[1]),
    [100, 400, 1600],
  );
});

test("two sizes, or results of other metrics, make none", () => {
  assert.deepEqual(scalingCharts([file(1, 1), file(2, 1)]), []);
  assert.deepEqual(scalingCharts([file(1, 1), file(2, 1), file(3, 1, "error")]), []);
});
