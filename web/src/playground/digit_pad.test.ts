import assert from "node:assert/strict";
import { test } from "node:test";
import { asDigit } from "./digit_pad";

function box(left: number, top: number, width: number, height: number): Uint8ClampedArray {
  const ink = new Uint8ClampedArray(280 * 280);
  for (let y = top; y < top + height; y += 1)
    for (let x = left; x < left + width; x += 1) ink[y * 280 + x] = 255;
  return ink;
}

function extent(pixels: number[]): number[] {
  const xs = pixels.flatMap((value, i) => (value > 0 ? [i % 28] : []));
  const ys = pixels.flatMap((value, i) => (value > 0 ? [Math.floor(i / 28)] : []));
  return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
}

test("a digit fills 20 pixels and lies in the middle, wherever it was drawn", () => {
  for (const [left, top] of [
    [10, 10],
    [150, 70],
  ] as const) {
    assert.deepEqual(extent(asDigit(box(left, top, 40, 200), 280, 280)), [12, 15, 4, 23]);
  }
  assert.deepEqual(extent(asDigit(box(100, 100, 10, 10), 280, 280)), [4, 23, 4, 23]);
});

test("an empty pad is a black image", () =>
  assert.ok(asDigit(new Uint8ClampedArray(280 * 280), 280, 280).every((value) => value === 0)));
