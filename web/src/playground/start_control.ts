// Where to start: an initialiser, a run of a zoo, or a file.
import { api, type NetworkRef, type ZooRun } from "../api";
import { h } from "../page/dom";
import { formatNumber } from "../page/numbers";
import type { Session } from "./session";

type Kind = "init" | "zoo" | "file";

function initialiserFields(session: Session): HTMLElement {
  const { model } = session;
  const start = session.state.start;
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
    session.change({
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

function zooFields(session: Session): HTMLElement {
  const zoos = session.zoos.filter((zoo) => zoo.models.includes(session.model.id));
  const start = session.state.start;
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
    const value = course?.metrics[session.metric.name]?.[place];
    said.textContent = course
      ? `iteration ${formatNumber(course.iteration[place])}, ${session.metric.name} ${formatNumber(value)}`
      : "";
    checkpoint.setAttribute("aria-valuetext", said.textContent);
  };
  const change = () => {
    describe();
    session.change({
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
          `${id} (ends at ${formatNumber(final[session.metric.name])})`,
        ),
      ),
    );
    if (!runs.some(({ run: id }) => id === wanted) && runs[0]) run.value = String(runs[0].run);
    await loadRun();
  };
  const guarded = (task: Promise<void>, then?: () => void) => void task.then(then, session.failed);
  zoo.addEventListener("change", () => guarded(loadZoo(0), change));
  run.addEventListener("change", () => guarded(loadRun(), change));
  checkpoint.addEventListener("input", change);
  guarded(loadZoo(now.run), () => {
    if (!("zoo" in session.state.start)) change();
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

function fileFields(session: Session): HTMLElement {
  const start = session.state.start;
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
    api.upload(session.model.id, chosen).then((answer) => {
      said.textContent = `${chosen.name}: ${answer.tensors.length} tensors`;
      session.change({ start: { network: answer.network } });
    }, session.failed);
  });
  return h(
    "div",
    { class: "fields wide" },
    h("label", { for: "file" }, "File"),
    h("span", { class: "stack" }, file, said),
  );
}

// Networks that cannot be measured here need to be described by who knows them.
function metricField(session: Session): HTMLElement {
  const input = h("input", {
    id: "start-metric",
    type: "number",
    step: "any",
    value: session.state.startMetric ?? "",
  });
  input.addEventListener("input", () =>
    session.change({ startMetric: input.value === "" ? null : Number(input.value) }),
  );
  return h(
    "div",
    { class: "fields" },
    h("label", { for: "start-metric" }, `Its ${session.metric.name}`),
    input,
  );
}

export function startControl(session: Session): HTMLElement {
  const fits = session.zoos.some((zoo) => zoo.models.includes(session.model.id));
  const kinds: [Kind, string, () => HTMLElement][] = [];
  if (session.model.schemes.length > 0)
    kinds.push(["init", "Untrained", () => initialiserFields(session)]);
  if (fits) kinds.push(["zoo", "From the zoo", () => zooFields(session)]);
  kinds.push(["file", "My file", () => fileFields(session)]);
  const kindOf = (start: NetworkRef): Kind =>
    "scheme" in start ? "init" : "zoo" in start ? "zoo" : "file";
  let now = kindOf(session.state.start);
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
      if (kind === "init")
        session.change({ start: { scheme: session.model.schemes[0]!, seed: 3 } });
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
    !session.model.measurable && metricField(session),
  );
}
