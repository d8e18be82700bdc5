import assert from "node:assert/strict";
import { test } from "node:test";
import { at, distributionAt, entriesAt, listAt, numberAt, numbersAt, textAt } from "./json";

const json = { a: { b: 2.5, c: null, text: "x" }, list: [1, null, 3] };

test("values are found by path, and absence is no error", () => {
  assert.equal(numberAt(json, "a/b"), 2.5);
  for (const path of ["a/c", "a/b/c", "gone", "list/0", "a/text"])
    assert.equal(numberAt(json, path), null);
  assert.equal(at(json, "a/c"), null);
  assert.equal(textAt(json, "a/b"), "2.5");
  assert.equal(textAt(json, "a", "none"), "none");
  assert.deepEqual(numbersAt(json, "list"), [1, 3]);
  assert.deepEqual(listAt(json, "a"), []);
  assert.deepEqual(entriesAt(json, "list"), []);
});

test("a distribution needs a mean and nothing else", () => {
  assert.equal(distributionAt({ d: { std: 1 } }, "d"), null);
  const found = distributionAt({ d: { mean: 3, values: [1, 5] } }, "d");
  assert.equal(found?.mean, 3);
  assert.equal(found?.p05, null);
  assert.deepEqual(found?.values, [1, 5]);
});
