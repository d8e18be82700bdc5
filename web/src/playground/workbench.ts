// What the page shows, and the update that makes it: controls change it, views follow it.
import {
  api,
  type Metric,
  type Metrics,
  type Model,
  type NetworkRef,
  type Sampler,
  type Update,
  type UpdateRequest,
  type Zoo,
} from "../api";
import { Latest } from "./latest";
import { startText, type State, toFragment } from "./state";

/** Two networks side by side: the start, and what became of it. */
export interface Shown {
  before: NetworkRef;
  after: NetworkRef;
  beforeMetric: Metrics | null;
  afterMetric: Metrics | null;
  rounds: Metrics[];
  seconds: number | null; // an update, where it was one
  label: string; // what `after` is
  warnings: string[];
}

export class Workbench {
  shown: Shown | null = null;
  private readonly listeners: ((shown: Shown) => void)[] = [];
  private readonly changes: (() => void)[] = [];
  private readonly startMetrics = new Map<string, Metrics>();
  private readonly updates = new Latest<State>(
    (state) => this.update(state),
    (error) => this.failed(error),
  );
  private readonly measurements = new Latest<Shown>(
    (shown) => this.measure(shown),
    (error) => this.failed(error),
  );

  constructor(
    readonly model: Model,
    readonly zoos: Zoo[],
    public state: State,
    readonly failed: (error: unknown) => void,
  ) {}

  get metric(): Metric {
    return (
      this.model.metrics.find((metric) => metric.name === this.state.metric) ??
      this.model.metrics[0]!
    );
  }

  /** The prompted metric among `metrics`, on whatever images they were measured. */
  valueOf(metrics: Metrics | null | undefined): number | null {
    const { name } = this.metric;
    return metrics?.[name] ?? metrics?.[`test_${name}`] ?? null;
  }

  get prompt(): number {
    return (
      this.state.prompt ?? (this.metric.direction === "up" ? this.metric.high : this.metric.low)
    );
  }

  get sampler(): Sampler {
    return this.state.sampler ?? this.model.sampler;
  }

  onShown(listener: (shown: Shown) => void): void {
    this.listeners.push(listener);
  }

  /** After each change of the state, before its update. */
  onChange(listener: () => void): void {
    this.changes.push(listener);
  }

  change(part: Partial<State>): void {
    this.state = { ...this.state, ...part };
    history.replaceState(null, "", `#${toFragment(this.state)}`);
    for (const listener of this.changes) listener();
    this.updates.call(this.state);
  }

  show(shown: Shown): void {
    this.shown = shown;
    for (const listener of this.listeners) listener(shown);
    if (shown.afterMetric === null && this.model.measurable) this.measurements.call(shown);
  }

  /** The update that the state asks for, with the parts of `more` instead. */
  request(more: Partial<UpdateRequest> = {}): UpdateRequest {
    const { state } = this;
    const known = this.startMetrics.get(startText(state.start));
    const said =
      state.startMetric !== null && !this.model.measurable
        ? { [this.metric.name]: state.startMetric }
        : undefined;
    const given =
      said ??
      (known && this.model.metrics.every(({ name }) => typeof known[name] === "number")
        ? (known as Record<string, number>)
        : undefined);
    return {
      model: this.model.id,
      starts: [state.start],
      prompt: { [this.metric.name]: this.prompt },
      ...(given && {
        start_metric: Object.fromEntries(
          this.model.metrics.map(({ name }) => [name, given[name]!]),
        ),
      }),
      seed: state.seed,
      sampler: this.sampler,
      repeat: state.repeat,
      keep_better: state.keepBetter,
      measure: this.measuresAtOnce,
      ...more,
    };
  }

  /** A policy's return takes milliseconds; images' metrics are asked for when the update is there. */
  get measuresAtOnce(): boolean {
    return this.model.measurable && (this.model.kind === "cartpole" || this.state.repeat > 1);
  }

  shownOf(update: Update, label: string, seconds: number | null, warnings: string[] = []): Shown {
    return {
      before: this.state.start,
      after: { network: update.network },
      beforeMetric: update.start_metric,
      afterMetric: this.model.kind === "images" ? null : (update.metric ?? null),
      rounds: update.rounds,
      seconds,
      label,
      warnings,
    };
  }

  private async update(state: State): Promise<void> {
    const answer = await api.update(this.request());
    const update = answer.updates[0];
    if (!update) return;
    this.startMetrics.set(startText(state.start), update.start_metric);
    const label = state.repeat === 1 ? "after one update" : `after ${state.repeat} updates`;
    this.show(this.shownOf(update, label, answer.seconds_per_update, answer.warnings));
  }

  /** Metrics of networks; of image classifiers on test images, which the generator was never told about. */
  evaluate(networks: NetworkRef[]): Promise<Metrics[]> {
    return api.evaluate({
      model: this.model.id,
      networks,
      ...(this.model.kind === "images" && { split: "test" as const }),
    });
  }

  private async measure(shown: Shown): Promise<void> {
    const [before, after] = await this.evaluate([shown.before, shown.after]);
    if (this.shown !== shown) return;
    this.shown = { ...shown, beforeMetric: before ?? null, afterMetric: after ?? null };
    for (const listener of this.listeners) listener(this.shown);
  }
}
