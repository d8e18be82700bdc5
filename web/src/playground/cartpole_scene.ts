// A cart, its pole and its track, drawn on a canvas.
import type { Episode } from "../api";

export interface Limits {
  x: number;
  angle: number;
}

/** What an episode has collected after its first `steps` steps: 1 - angle² - 0.01 |v| - 0.005 |spin| a step, -2 for failing. */
export function returnAfter(episode: Episode, steps: number, limit = 500): number {
  const last = episode.states.length - 1;
  let total = 0;
  for (let t = 1; t <= Math.min(steps, last, limit); t += 1) {
    const [, speed, angle, spin] = episode.states[t] as [number, number, number, number];
    const failed = episode.failed && t === last;
    total += failed ? -2 : 1 - angle * angle - 0.01 * Math.abs(speed) - 0.005 * Math.abs(spin);
  }
  return total;
}

const poleMetres = 0.94;

export class CartpoleScene {
  readonly canvas: HTMLCanvasElement;

  constructor(label: string) {
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.canvas.tabIndex = 0;
  }

  /** Where a metre along the track is, in CSS pixels. */
  metresAt(clientX: number, limits: Limits): number {
    const box = this.canvas.getBoundingClientRect();
    return ((clientX - box.left) / box.width - 0.5) * 2 * (limits.x + 0.5);
  }

  draw(episodes: Episode[], step: number, limits: Limits, push: number): void {
    const ratio = devicePixelRatio || 1;
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    if (this.canvas.width !== Math.round(width * ratio))
      this.canvas.width = Math.round(width * ratio);
    if (this.canvas.height !== Math.round(height * ratio))
      this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const style = getComputedStyle(this.canvas);
    const color = (name: string) => style.getPropertyValue(name).trim();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const metre = width / (2 * (limits.x + 0.5));
    const ground = height * 0.8;
    context.strokeStyle = color("--rule");
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(width / 2 - limits.x * metre, ground);
    context.lineTo(width / 2 + limits.x * metre, ground);
    for (const side of [-1, 1]) {
      context.moveTo(width / 2 + side * limits.x * metre, ground - 10);
      context.lineTo(width / 2 + side * limits.x * metre, ground + 10);
    }
    context.stroke();
    // The first episode in full, the others behind it as ghosts.
    for (let i = episodes.length - 1; i >= 0; i -= 1) {
      const episode = episodes[i]!;
      const state = episode.states[Math.min(step, episode.states.length - 1)];
      if (!state) continue;
      const fallen = episode.failed && step >= episode.states.length - 1;
      context.globalAlpha = i === 0 ? 1 : 0.16;
      const x = width / 2 + state[0]! * metre;
      const angle = state[2]!;
      const body = Math.max(26, 0.34 * metre);
      context.fillStyle = color("--ink");
      context.beginPath();
      context.roundRect(x - body / 2, ground - body * 0.28, body, body * 0.42, 4);
      context.fill();
      context.strokeStyle = fallen ? color("--bad") : color("--pole");
      context.lineWidth = Math.max(5, 0.06 * metre);
      context.lineCap = "round";
      context.beginPath();
      context.moveTo(x, ground - body * 0.1);
      context.lineTo(
        x + Math.sin(angle) * poleMetres * metre,
        ground - body * 0.1 - Math.cos(angle) * poleMetres * metre,
      );
      context.stroke();
    }
    context.globalAlpha = 1;
    if (push !== 0) {
      context.fillStyle = color("--accent");
      context.font = "600 22px system-ui, sans-serif";
      context.textAlign = "center";
      context.fillText(push > 0 ? "→" : "←", width / 2, 28);
    }
  }
}
