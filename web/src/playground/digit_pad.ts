// A pad to draw a digit on, and the image that networks are shown of it.
import { h } from "../page/dom";

const side = 280;

/** The ink's box scaled to 20 pixels and its centre of mass put in the middle of 28 x 28, as MNIST's own digits were. */
export function asDigit(ink: Uint8ClampedArray, width: number, height: number): number[] {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (ink[y * width + x]! > 20) {
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
      }
    }
  }
  const out = new Array<number>(28 * 28).fill(0);
  if (right < 0) return out;
  const scale = Math.max(right - left + 1, bottom - top + 1) / 20;
  const small = new Float64Array(20 * 20);
  const [wide, high] = [
    Math.ceil((right - left + 1) / scale),
    Math.ceil((bottom - top + 1) / scale),
  ];
  let [mass, massX, massY] = [0, 0, 0];
  for (let y = 0; y < high; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      let [sum, count] = [0, 0];
      for (
        let v = Math.floor(top + y * scale);
        v < Math.min(bottom + 1, top + (y + 1) * scale);
        v += 1
      ) {
        for (
          let u = Math.floor(left + x * scale);
          u < Math.min(right + 1, left + (x + 1) * scale);
          u += 1
        ) {
          sum += ink[v * width + u]!;
          count += 1;
        }
      }
      const value = count > 0 ? sum / count : 0;
      small[y * 20 + x] = value;
      mass += value;
      massX += value * x;
      massY += value * y;
    }
  }
  const shiftX = Math.round(13.5 - massX / mass);
  const shiftY = Math.round(13.5 - massY / mass);
  for (let y = 0; y < 20; y += 1) {
    for (let x = 0; x < 20; x += 1) {
      const [toX, toY] = [x + shiftX, y + shiftY];
      if (toX >= 0 && toX < 28 && toY >= 0 && toY < 28)
        out[toY * 28 + toX] = Math.round(small[y * 20 + x]!);
    }
  }
  return out;
}

/** Calls `drawn` with 784 bytes while something is drawn, and with null when the pad is empty. */
export function digitPad(drawn: (pixels: number[] | null) => void): HTMLElement {
  const canvas = h("canvas", {
    id: "pad",
    width: side,
    height: side,
    role: "img",
    "aria-label": "Pad to draw a digit on",
  });
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const clear = () => {
    context.fillStyle = "black";
    context.fillRect(0, 0, side, side);
    drawn(null);
  };
  context.lineWidth = 22;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.strokeStyle = "white";
  let from: [number, number] | null = null;
  const place = (event: PointerEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * side) / box.width,
      ((event.clientY - box.top) * side) / box.height,
    ];
  };
  const line = (to: [number, number]) => {
    context.beginPath();
    context.moveTo(...(from ?? to));
    context.lineTo(...to);
    context.stroke();
    from = to;
    const { data } = context.getImageData(0, 0, side, side);
    const ink = new Uint8ClampedArray(side * side);
    for (let i = 0; i < ink.length; i += 1) ink[i] = data[4 * i]!;
    drawn(asDigit(ink, side, side));
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    from = null;
    line(place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (from) line(place(event));
  });
  canvas.addEventListener("pointerup", () => {
    from = null;
  });
  canvas.addEventListener("pointercancel", () => {
    from = null;
  });
  queueMicrotask(clear);
  return h("div", { class: "pad" }, canvas, h("button", { type: "button", click: clear }, "Clear"));
}
