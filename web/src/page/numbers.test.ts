import assert from "node:assert/strict";
import { test } from "node:test";
import { formatNumber, formatSeconds, formatShare, formatSpread } from "./numbers";

test("numbers keep four digits and no exponent where it can be helped", () => {
  assert.equal(formatNumber(495.3428), "495.3");
  assert.equal(formatNumber(0.17671), "0.1767");
  assert.equal(formatNumber(192000), "192,000");
  assert.equal(formatNumber(0), "0");
  assert.equal(formatNumber(0.000025), "2.5e-5");
  for (const none of [null, undefined, NaN, Infinity]) assert.equal(formatNumber(none), "–");
});

test("a spread decides how many decimals its mean has", () => {
  assert.equal(formatSpread(495.3428, 0.5254), "495.3 ± 0.5");
  assert.equal(formatSpread(0.20771, 0.0048), "0.208 ± 0.005");
  assert.equal(formatSpread(0.212, 0.0104), "0.212 ± 0.010");
  assert.equal(formatSpread(466.87, 92.69), "467 ± 93");
  assert.equal(formatSpread(495.1659, 6.617), "495 ± 7");
  assert.equal(formatSpread(14.5, 0), "14.5");
  assert.equal(formatSpread(null, 1), "–");
});

test("seconds have a unit that fits", () => {
  assert.equal(formatSeconds(0.00043), "430 µs");
  assert.equal(formatSeconds(0.062), "62 ms");
  assert.equal(formatSeconds(146.3), "2.4 min");
  assert.equal(formatSeconds(6400), "1.8 h");
  assert.equal(formatSeconds(null), "–");
});

test("shares are percent", () => assert.equal(formatShare(0.9961), "99.6 %"));
