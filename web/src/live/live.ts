// A training or a zoo build while it runs: curves, speed, what is left.
import { api, type Job } from "../api";
import { curves } from "../charts/curves";
import { figure } from "../charts/figure";
import { h } from "../page/dom";
import { formatNumber, formatSeconds, words } from "../page/numbers";
import { type Line, pace, Pace, remaining, seriesOf } from "./progress";

const redrawEvery = 250; // ms

interface ZooProgress {
  runs: number;
  planned: number;
  dropped: number;
  complete: boolean;
}

class JobView {
  readonly element: HTMLElement;
  private readonly numbers = h("dl", { class: "numbers" });
  private readonly charts = h("div", { class: "charts" });
  private readonly status = h(
    "p",
    { class: "detail", "aria-live": "polite" },
    "waiting for the first line",
  );
  private readonly bar = h("progress", {
    max: 1,
    hidden: true,
    "aria-label": "Share that is done",
  });
  private lines: Line[] = [];
  private zoo: ZooProgress | null = null;
  private zooPace = new Pace();
  private finished = false;
  private due: ReturnType<typeof setTimeout> | undefined;
  private readonly source: EventSource;

  constructor(job: Job, failed: (error: unknown) => void) {
    this.element = h(
      "section",
      { class: "job" },
      h("h2", {}, job.name),
      this.status,
      this.bar,
      this.numbers,
      this.charts,
    );
    this.source = new EventSource(api.eventsUrl(job.id));
    const on = (name: string, use: (data: string) => void) =>
      this.source.addEventListener(name, (event) => {
        try {
          use((event as MessageEvent<string>).data);
        } catch (error) {
          failed(error);
        }
        this.redrawSoon();
      });
    on("line", (data) => this.lines.push(JSON.parse(data) as Line));
    on("zoo", (data) => {
      this.zoo = JSON.parse(data) as ZooProgress;
      this.zooPace.add(this.zoo.runs, performance.now() / 1000);
    });
    on("restarted", () => {
      this.lines = [];
      this.finished = false;
    });
    on("finished", () => {
      this.finished = true;
    });
    this.source.addEventListener("error", () => {
      this.status.textContent = "The connection was lost; the browser tries again.";
    });
  }

  stop(): void {
    this.source.close();
    clearTimeout(this.due);
  }

  // Many lines may come at once, at the beginning.
  private redrawSoon(): void {
    this.due ??= setTimeout(() => {
      this.due = undefined;
      this.redraw();
    }, redrawEvery);
  }

  private redraw(): void {
    if (this.zoo) this.redrawZoo(this.zoo);
    if (this.lines.length > 0) this.redrawTraining();
  }

  private redrawZoo(zoo: ZooProgress): void {
    const rate = this.zooPace.rate();
    this.status.textContent = zoo.complete ? "complete" : "being built";
    this.bar.hidden = false;
    this.bar.value = zoo.planned > 0 ? zoo.runs / zoo.planned : 0;
    this.numbers.replaceChildren(
      ...numbers([
        ["runs", `${formatNumber(zoo.runs)} of ${formatNumber(zoo.planned)}`],
        ["dropped", formatNumber(zoo.dropped)],
        ["runs a second", zoo.complete ? "–" : formatNumber(rate, 3)],
        [
          "left",
          zoo.complete ? "0 s" : formatSeconds(rate ? (zoo.planned - zoo.runs) / rate : null),
        ],
      ]),
    );
  }

  private redrawTraining(): void {
    const last = this.lines[this.lines.length - 1]!;
    const rate = pace(this.lines);
    const planned = last.steps ?? null;
    const left = this.finished ? 0 : remaining(this.lines);
    this.status.textContent = this.finished ? "finished" : "training";
    this.bar.hidden = planned === null;
    if (planned !== null) this.bar.value = Math.min(1, last.step / planned);
    this.numbers.replaceChildren(
      ...numbers([
        [
          "step",
          `${formatNumber(last.step)}${planned === null ? "" : ` of ${formatNumber(planned)}`}`,
        ],
        ["steps a second", formatNumber(rate, 3)],
        ["so far", formatSeconds(last.seconds)],
        ...(left === null ? [] : [["left", formatSeconds(left)] as [string, string]]),
      ]),
    );
    const series = seriesOf(this.lines);
    this.charts.replaceChildren(
      ...series.map(({ key, points, log }) =>
        figure(
          curves({
            id: `live-${key}`,
            title: words(key),
            caption: explained[key] ?? "Over the steps of training.",
            x: { label: "step" },
            y: { label: words(key), log },
            height: 230,
            curves: [{ name: words(key), color: "var(--s0)", points }],
          }),
        ),
      ),
    );
  }
}

const explained: Record<string, string> = {
  ...Object.fromEntries(
    ["return", "loss", "error"].map((metric) => [
      `sample_${metric}`,
      "Of 16 networks nobody trained, after one update for the zoo's best.",
    ]),
  ),
  validation_metric:
    "A part of the loss: how far the metric of predicted networks lies from the prompt, on runs held out.",
  validation_loss: "On runs held out.",
  dispersion: "How much samples differ by their noise.",
};

function numbers(list: [string, string][]): HTMLElement[] {
  return list.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)));
}

export function liveView(
  jobs: Job[],
  failed: (error: unknown) => void,
): { element: HTMLElement; stop(): void } {
  const views = jobs.map((job) => new JobView(job, failed));
  const empty = h(
    "p",
    { class: "empty" },
    "Nothing is being watched. Start the server with --watch FOLDER, the output of saltus train or saltus zoo build.",
  );
  return {
    element: h(
      "div",
      { class: "live" },
      ...(views.length > 0 ? views.map((view) => view.element) : [empty]),
    ),
    stop: () => views.forEach((view) => view.stop()),
  };
}
