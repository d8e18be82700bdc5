// Where to start: an initialiser, a run of a zoo, or a file.
import { api, type NetworkRef, type ZooRun } from "../api";
import { h } from "../page/dom";
import { formatNumber } from "../page/numbers";
import type { Workbench } from "./workbench";

type Kind = "init" | "zoo" | "file";

function initialiserFields(bench: Workbench): HTMLElement {
  const { model } = bench;
  const start = bench.state.start;
  const now = "scheme" in start ? start : { scheme: model.schemes[0]!, seed: 3 };
  const scheme = h(
    "select",
    { id: "scheme" },
    ...model.schemes.map((name) =>
      h("option", { value: name, selected: name === now.scheme }, name),
    ),
  );
  const seed = h("input", { id: "start-seed", type: "number", min: 0, step: 1, value: now.seed });
  const change = () =>
    bench.change({
      start: { scheme: scheme.value, seed: Math.max(0, Math.floor(Number(seed.value) || 0)) },
    });
  scheme.addEventListener("change", change);
  seed.addEventListener("input", change);
  const another = h(
    "button",
    {
      type: "button",
      click: () => {
        seed.value = String(Number(seed.value) + 1);
        change();
      },
    },
    "Another",
  );
  return h(
    "div",
    { class: "fields" },
    h("label", { for: "scheme" }, "Initialiser"),
    scheme,
    h("label", { for: "start-seed" }, "Seed"),
    h("span", { class: "pair" }, seed, another),
  );
}

function zooFields(bench: Workbench): HTMLElement {
  const zoos = bench.zoos.filter((zoo) => zoo.models.includes(bench.model.id));
  const start = bench.state.start;
  const now = "zoo" in start ? start : { zoo: zoos[0]!.id, run: 0, checkpoint: 0 };
  const zoo = h(
    "select",
    { id: "zoo" },
    ...zoos.map(({ id }) => h("option", { value: id, selected: id === now.zoo }, id)),
  );
  const run = h("select", { id: "run" });
  const checkpoint = h("input", {
    id: "checkpoint",
    type: "range",
    min: 0,
    step: 1,
    value: now.checkpoint,
  });
  const said = h("output", { for: "checkpoint" });
  let course: ZooRun | null = null;
  const describe = () => {
    const place = Number(checkpoint.value);
    const value = course?.metrics[bench.metric.name]?.[place];
    said.textContent = course
      ? `iteration ${formatNumber(course.iteration[place])}, ${bench.metric.name} ${formatNumber(value)}`
      : "";
    checkpoint.setAttribute("aria-valuetext", said.textContent);
  };
  const change = () => {
    describe();
    bench.change({
      start: { zoo: zoo.value, run: Number(run.value), checkpoint: Number(checkpoint.value) },
    });
  };
  const loadRun = async () => {
    course = await api.run(zoo.value, Number(run.value));
    checkpoint.max = String(course.iteration.length - 1);
    describe();
  };
  const loadZoo = async (wanted: number) => {
    const { runs } = await api.runs(zoo.value, 1000);
    run.replaceChildren(
      ...runs.map(({ run: id, final }) =>
        h(
          "option",
          { value: id, selected: id === wanted },
          `${id} (ends at ${formatNumber(final[bench.metric.name])})`,
        ),
      ),
    );
    if (!runs.some(({ run: id }) => id === wanted) && runs[0]) run.value = String(runs[0].run);
    await loadRun();
  };
  const guarded = (task: Promise<void>, then?: () => void) => void task.then(then, bench.failed);
  zoo.addEventListener("change", () => guarded(loadZoo(0), change));
  run.addEventListener("change", () => guarded(loadRun(), change));
  checkpoint.addEventListener("input", change);
  guarded(loadZoo(now.run), () => {
    if (!("zoo" in bench.state.start)) change();
  });
  return h(
    "div",
    { class: "fields" },
    h("label", { for: "zoo" }, "Zoo"),
    zoo,
    h("label", { for: "run" }, "Run"),
    run,
    h("label", { for: "checkpoint" }, "Checkpoint"),
    h("span", { class: "stack" }, checkpoint, said),
  );
}

function fileFields(bench: Workbench): HTMLElement {
  const start = bench.state.start;
  const said = h(
    "output",
    {},
    "network" in start
      ? `network ${start.network}`
      : "safetensors, .pt or .npz with the network's tensors",
  );
  const file = h("input", { id: "file", type: "file", accept: ".safetensors,.pt,.pth,.npz" });
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    api.upload(bench.model.id, chosen).then((answer) => {
      said.textContent = `${chosen.name}: ${answer.tensors.length} tensors`;
      bench.change({ start: { network: answer.network } });
    }, bench.failed);
  });
  return h(
    "div",
    { class: "fields wide" },
    h("label", { for: "file" }, "File"),
    h("span", { class: "stack" }, file, said),
  );
}

// Networks that cannot be measured here need to be described by who knows them.
function metricField(bench: Workbench): HTMLElement {
  const input = h("input", {
    id: "start-metric",
    type: "number",
    step: "any",
    value: bench.state.startMetric ?? "",
  });
  input.addEventListener("input", () =>
    bench.change({ startMetric: input.value === "" ? null : Number(input.value) }),
  );
  return h(
    "div",
    { class: "fields" },
    h("label", { for: "start-metric" }, `Its ${bench.metric.name}`),
    input,
  );
}

export function startControl(bench: Workbench): HTMLElement {
  const fits = bench.zoos.some((zoo) => zoo.models.includes(bench.model.id));
  const kinds: [Kind, string, () => HTMLElement][] = [];
  if (bench.model.schemes.length > 0)
    kinds.push(["init", "Untrained", () => initialiserFields(bench)]);
  if (fits) kinds.push(["zoo", "From the zoo", () => zooFields(bench)]);
  kinds.push(["file", "My file", () => fileFields(bench)]);
  const kindOf = (start: NetworkRef): Kind =>
    "scheme" in start ? "init" : "zoo" in start ? "zoo" : "file";
  let now = kindOf(bench.state.start);
  const body = h("div");
  const tabs = h("div", {
    class: "choice",
    role: "radiogroup",
    "aria-label": "Where the start comes from",
  });
  const show = (kind: Kind) => {
    now = kind;
    body.replaceChildren(kinds.find(([name]) => name === kind)![2]());
    for (const input of tabs.querySelectorAll("input")) input.checked = input.value === kind;
  };
  for (const [kind, text] of kinds) {
    const input = h("input", {
      type: "radio",
      name: "start-kind",
      value: kind,
      id: `start-${kind}`,
    });
    input.addEventListener("change", () => {
      show(kind);
      if (kind === "init") bench.change({ start: { scheme: bench.model.schemes[0]!, seed: 3 } });
    });
    tabs.append(input, h("label", { for: `start-${kind}` }, text));
  }
  show(kinds.some(([kind]) => kind === now) ? now : kinds[0]![0]);
  return h(
    "section",
    { class: "control" },
    h("h2", {}, "Start"),
    tabs,
    body,
    !bench.model.measurable && metricField(bench),
  );
}
