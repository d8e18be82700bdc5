import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFragment, initialState, type State, toFragment } from "./state";

const states: State[] = [
  initialState,
  {
    ...initialState,
    model: "a.b-c",
    start: { scheme: "normal:0.2", seed: 17 },
    prompt: 495.5,
    seed: 9,
    repeat: 3,
    keepBetter: true,
  },
  {
    ...initialState,
    start: { zoo: "z", run: 12, checkpoint: 47 },
    sampler: { method: "ddpm", evaluations: 20, eta: 0.5, stop_at: 100 },
    metric: "loss",
  },
  {
    ...initialState,
    view: "live",
    start: { network: "0123456789abcdef" },
    startMetric: -1.25,
    prompt: 0,
  },
];

test("a link restores what it was made from", () => {
  for (const state of states) assert.deepEqual(fromFragment(`#${toFragment(state)}`), state);
});

test("a damaged link gives defaults, never an error", () => {
  const state = fromFragment(
    "#start=zoo:1&prompt=x&seed=-4&sampler=bad&repeat=9999&keep=yes&view=?",
  );
  assert.deepEqual(state, { ...initialState, repeat: 20 });
});
