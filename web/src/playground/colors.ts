// Numbers as colours on a canvas.

type Rgb = [number, number, number];

const negative: Rgb = [33, 102, 172];
const positive: Rgb = [190, 60, 40];

/** Blue below zero, red above, pale at zero, in a page that is light or dark. */
export function diverging(value: number, scale: number, dark: boolean): Rgb {
  const t = Math.max(-1, Math.min(1, scale > 0 ? value / scale : 0));
  const middle: Rgb = dark ? [30, 34, 41] : [246, 246, 243];
  const end =
    t < 0
      ? dark
        ? ([104, 178, 240] as Rgb)
        : negative
      : dark
        ? ([246, 138, 112] as Rgb)
        : positive;
  const share = Math.abs(t) ** 0.8;
  return middle.map((from, i) => Math.round(from + (end[i]! - from) * share)) as Rgb;
}

export function isDark(): boolean {
  return getComputedStyle(document.documentElement).colorScheme.includes("dark");
}

/** The size below which `share` of the absolute values lie: a scale that single large ones do not spoil. */
export function scaleOf(values: ArrayLike<number>, share = 0.99): number {
  const sizes = Float64Array.from(values, Math.abs).sort();
  return sizes[Math.min(sizes.length - 1, Math.floor(share * sizes.length))] || 1;
}
