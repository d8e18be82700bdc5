// Numbers as a reader wants them: few digits, units in words.

/** What stands for a number that is not there. */
export const none = "–";

/** Four significant digits, no exponent between 0.001 and a million; a dash for what is no number. */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e9))
    return Number(value.toPrecision(3)).toExponential().replace("e+", "e");
  if (size >= 1e4) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(digits)));
}

/** Mean and spread to the spread's own precision: "495.3 ± 0.5". */
export function formatSpread(mean: number | null, std: number | null): string {
  if (mean === null || std === null || !(std > 0)) return formatNumber(mean);
  // One digit of the spread, two where the first is a 1.
  const digits = Number.parseInt(std.toExponential(1), 10) === 1 ? 1 : 0;
  const decimals = Math.min(6, Math.max(0, digits - Math.floor(Math.log10(std))));
  return `${mean.toFixed(decimals)} ± ${std.toFixed(decimals)}`;
}

export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return none;
  if (seconds === 0) return "0 s";
  if (seconds < 1e-3) return `${formatNumber(seconds * 1e6, 2)} µs`;
  if (seconds < 1) return `${formatNumber(seconds * 1e3, 2)} ms`;
  if (seconds < 90) return `${formatNumber(seconds, 2)} s`;
  if (seconds < 5400) return `${formatNumber(seconds / 60, 2)} min`;
  return `${formatNumber(seconds / 3600, 2)} h`;
}

export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return none;
  return `${formatNumber(100 * share, 3)} %`;
}

/** "ppo" -> "PPO": optimisers as people write them. */
export function optimiserName(name: string): string {
  return (
    ({ ppo: "PPO", sgd: "SGD", adamw: "AdamW", adam: "Adam" } as Record<string, string>)[name] ??
    words(name)
  );
}

/** "seconds_per_update" -> "seconds per update". */
export function words(key: string): string {
  return key.replaceAll("_", " ");
}
