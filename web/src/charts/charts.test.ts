import assert from "node:assert/strict";
import { test } from "node:test";
import { toCsv } from "./download";
import { bins } from "./histogram";
import { logScale } from "./plot";

test("CSV quotes what needs it", () => {
  assert.equal(
    toCsv({
      columns: ["a", "b"],
      rows: [
        ["x,y", 1],
        ['say "so"', null],
      ],
    }),
    'a,b\r\n"x,y",1\r\n"say ""so""",\r\n',
  );
});

test("every value is in one bin, the largest too", () => {
  const all = bins(
    [
      { name: "a", color: "", values: [0, 1, 2, 10] },
      { name: "b", color: "", values: [5, 5] },
    ],
    10,
  );
  assert.equal(
    all.filter((bin) => bin.name === "a").reduce((sum, bin) => sum + bin.count, 0),
    4,
  );
  assert.equal(
    all.filter((bin) => bin.name === "b").reduce((sum, bin) => sum + bin.share, 0),
    1,
  );
  assert.equal(
    bins([{ name: "same", color: "", values: [3, 3] }]).reduce((sum, bin) => sum + bin.count, 0),
    2,
  );
  assert.deepEqual(bins([]), []);
});

test("a logarithmic axis has ticks within its data", () => {
  const scale = logScale([0.18, 2.4], 600, String);
  assert.deepEqual(scale.ticks as number[], [0.2, 0.5, 1, 2]);
  assert.equal(logScale([-1, 0], 600, String).type, "log");
});
