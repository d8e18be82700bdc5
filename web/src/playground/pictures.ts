// First-layer weights as images: what each hidden unit looks for.
import type { Model, Tensor } from "../api";
import { diverging, isDark, scaleOf } from "./colors";

export interface PictureLayout {
  tensor: string;
  count: number;
  channels: number;
  height: number;
  width: number;
}

/** How to see the model's first layer; null when its networks do not look at images. */
export function pictureLayout(model: Model): PictureLayout | null {
  const { image } = model;
  const first = model.tensors.find(({ shape }) => shape.length >= 2);
  if (!image || !first) return null;
  const [count, a, b, c] = first.shape;
  if (first.shape.length === 4)
    return { tensor: first.name, count: count!, channels: a!, height: b!, width: c! };
  if (first.shape.length === 2 && a === image.channels * image.height * image.width)
    return { tensor: first.name, count: count!, ...image };
  return null;
}

function channelValue(
  values: ArrayLike<number>,
  layout: PictureLayout,
  unit: number,
  channel: number,
  pixel: number,
): number {
  const size = layout.height * layout.width;
  return values[(unit * layout.channels + channel) * size + pixel] ?? 0;
}

/** All units in a grid, each scaled by itself; colours show channels where there are three. */
export function drawUnits(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  layout: PictureLayout,
  columns: number,
): void {
  const { count, channels, height, width } = layout;
  const rows = Math.ceil(count / columns);
  canvas.width = columns * (width + 1) - 1;
  canvas.height = rows * (height + 1) - 1;
  const context = canvas.getContext("2d");
  if (!context) return;
  const dark = isDark();
  const size = height * width;
  for (let unit = 0; unit < count; unit += 1) {
    const own = Array.prototype.slice.call(
      values,
      unit * channels * size,
      (unit + 1) * channels * size,
    ) as number[];
    const scale = scaleOf(own);
    const image = context.createImageData(width, height);
    for (let pixel = 0; pixel < size; pixel += 1) {
      const rgb =
        channels === 3
          ? [0, 1, 2].map(
              (channel) => 128 + (127 * channelValue(values, layout, unit, channel, pixel)) / scale,
            )
          : diverging(channelValue(values, layout, unit, 0, pixel), scale, dark);
      image.data.set([rgb[0]!, rgb[1]!, rgb[2]!, 255], 4 * pixel);
    }
    context.putImageData(
      image,
      (unit % columns) * (width + 1),
      Math.floor(unit / columns) * (height + 1),
    );
  }
}

/** A matrix as a heat-map, a pixel a weight. */
export function drawMatrix(canvas: HTMLCanvasElement, tensor: Tensor, scale: number): void {
  const [rows, columns] = matrixShape(tensor.shape);
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(columns, rows);
  const dark = isDark();
  for (let i = 0; i < rows * columns; i += 1)
    image.data.set([...diverging(tensor.values[i] ?? 0, scale, dark), 255], 4 * i);
  context.putImageData(image, 0, 0);
}

/** Rows and columns of a tensor of any rank: vectors lie, all but the first axis are columns; wide ones are folded. */
export function matrixShape(shape: number[]): [number, number] {
  if (shape.length < 2) return [1, shape[0] ?? 1];
  return [shape[0]!, shape.slice(1).reduce((product, n) => product * n, 1)];
}

/** Calls `draw` with values on their way from the last ones to `values`. */
export class Morph {
  private from: Float32Array | null = null;
  private frame = 0;

  constructor(
    private readonly draw: (values: Float32Array) => void,
    private readonly milliseconds = 240,
  ) {}

  to(values: ArrayLike<number>): void {
    const target = Float32Array.from(values);
    const begin = this.from;
    cancelAnimationFrame(this.frame);
    if (
      !begin ||
      begin.length !== target.length ||
      matchMedia("(prefers-reduced-motion: reduce)").matches
    ) {
      this.from = target;
      this.draw(target);
      return;
    }
    const started = performance.now();
    const step = (now: number) => {
      const t = Math.min(1, Math.max(0, (now - started) / this.milliseconds));
      const eased = t * (2 - t);
      const between = Float32Array.from(
        target,
        (value, i) => begin[i]! + (value - begin[i]!) * eased,
      );
      this.from = between;
      this.draw(between);
      if (t < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }
}
