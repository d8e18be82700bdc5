import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace, pace, remaining, seriesOf } from "./progress";

const lines = [
  { step: 100, seconds: 20, loss: 4, none: 0 },
  { step: 200, seconds: 30, loss: 2, none: 0 },
  { step: 300, seconds: 40, loss: -1, none: 0, late: 3 },
];

test("pace and time left are those of late", () => {
  assert.equal(pace(lines), 10);
  assert.equal(pace(lines.slice(0, 1)), 5);
  assert.equal(pace([]), null);
  assert.equal(pace([{ step: 1 }, { step: 2 }]), null);
  const of = (steps: number) => lines.map((line) => ({ ...line, steps }));
  assert.equal(remaining(of(500)), 20);
  assert.equal(remaining(of(200)), 0);
  assert.equal(remaining(lines), null);
});

test("every number that is not always zero becomes a curve", () => {
  assert.deepEqual(seriesOf(lines), [
    {
      key: "loss",
      points: [
        { x: 100, y: 4 },
        { x: 200, y: 2 },
        { x: 300, y: -1 },
      ],
      log: false,
    },
    { key: "late", points: [{ x: 300, y: 3 }], log: true },
  ]);
});

test("counts seen at times give a rate", () => {
  const seen = new Pace();
  assert.equal(seen.rate(), null);
  seen.add(10, 0);
  seen.add(40, 10);
  assert.equal(seen.rate(), 3);
});
