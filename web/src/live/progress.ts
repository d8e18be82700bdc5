// What the lines of a training say about its speed and its curves.

export interface Line {
  step: number;
  steps?: number; // in all
  seconds?: number;
  [key: string]: number | undefined;
}

export interface Series {
  key: string;
  points: { x: number; y: number }[];
  log: boolean;
}

const recent = 5; // lines over which speed is measured

/** Steps a second lately; null when it cannot be told. */
export function pace(lines: Line[]): number | null {
  const part = lines.slice(-recent);
  const [first, last] = [part[0], part[part.length - 1]];
  if (!first || !last || first.seconds === undefined || last.seconds === undefined) return null;
  if (part.length === 1) return last.seconds > 0 ? last.step / last.seconds : null;
  const seconds = last.seconds - first.seconds;
  return seconds > 0 && last.step > first.step ? (last.step - first.step) / seconds : null;
}

/** Seconds until all steps are done, at the pace of late; null where it cannot be told. */
export function remaining(lines: Line[]): number | null {
  const rate = pace(lines);
  const last = lines[lines.length - 1];
  if (rate === null || last?.steps === undefined) return null;
  return Math.max(0, last.steps - last.step) / rate;
}

const order = ["train_loss", "validation_loss", "validation_metric"];

/** A curve for every number that the lines have, the telling ones first; those that are always 0 are left out. */
export function seriesOf(lines: Line[]): Series[] {
  const keys = [...new Set(lines.flatMap((line) => Object.keys(line)))].filter(
    (key) => !["step", "steps", "seconds"].includes(key),
  );
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  return keys
    .sort((a, b) => rank(a) - rank(b))
    .map((key) => ({
      key,
      points: lines.flatMap((line) =>
        typeof line[key] === "number" ? [{ x: line.step, y: line[key]! }] : [],
      ),
    }))
    .filter(({ points }) => points.some(({ y }) => y !== 0))
    .map(({ key, points }) => ({ key, points, log: points.every(({ y }) => y > 0) }));
}

/** Speed from counts seen at times, over the last minute. */
export class Pace {
  private seen: { count: number; at: number }[] = [];

  add(count: number, at: number): void {
    this.seen = [...this.seen.filter((entry) => entry.at > at - 60), { count, at }];
  }

  rate(): number | null {
    const [first, last] = [this.seen[0], this.seen[this.seen.length - 1]];
    if (!first || !last || last.at <= first.at || last.count <= first.count) return null;
    return (last.count - first.count) / (last.at - first.at);
  }
}
