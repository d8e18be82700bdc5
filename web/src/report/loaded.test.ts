import assert from "node:assert/strict";
import { test } from "node:test";
import { shortNames } from "./loaded";

test("files are called by what tells them apart", () => {
  assert.deepEqual(shortNames(["out/seed-0/results.json", "out/seed-1/results.json"]), [
    "seed-0",
    "seed-1",
  ]);
  assert.deepEqual(shortNames(["a/x/results.json", "b/results.json"]), ["a/x", "b"]);
  assert.deepEqual(shortNames(["results/results.json"]), ["results.json"]);
  assert.deepEqual(shortNames(["a.json", "b.json"]), ["a.json", "b.json"]);
});

test("equal names are numbered", () => {
  assert.deepEqual(shortNames(["r.json", "r.json"]), ["results (1)", "results (2)"]);
});
