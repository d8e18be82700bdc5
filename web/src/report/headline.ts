// The first screen: what was asked, what came out, against what, at what cost.
import { h } from "../page/dom";
import { formatNumber, formatSeconds, formatSpread, optimiserName, words } from "../page/numbers";
import { at, distributionAt, entriesAt, numberAt, textAt } from "./json";
import { type Loaded, metricName, networksName } from "./loaded";

interface Card {
  value: string;
  label: string;
  detail: string;
}

function resultCard(file: Loaded): Card | null {
  const one = distributionAt(file.results, "one_update");
  if (!one) return null;
  const start = distributionAt(file.results, "one_update/start");
  const worst = textAt(file.results, "direction") === "minimise" ? one.max : one.min;
  return {
    value: formatSpread(one.mean, one.std),
    label: `${metricName(file)} after one update`,
    detail: `${start ? `before: ${formatNumber(start.mean)}; ` : ""}worst of ${formatNumber(one.count)}: ${formatNumber(worst)}`,
  };
}

function costCard(file: Loaded): Card | null {
  const seconds = numberAt(file.results, "one_update/seconds_per_update");
  if (seconds === null) return null;
  const evaluations = numberAt(file.results, "one_update/evaluations");
  return {
    value: formatSeconds(seconds),
    label: "an update",
    detail: `${formatNumber(evaluations)} ${evaluations === 1 ? "evaluation" : "evaluations"} of the generator, in batches of ${formatNumber(numberAt(file.results, "one_update/batch"))}`,
  };
}

function optimiserCards(file: Loaded): Card[] {
  return entriesAt(file.results, "optimisers")
    .filter(([name]) => name !== "tried" && name !== "tuned")
    .map(([name, optimiser]) => {
      const steps = numberAt(optimiser, "steps_to_match");
      const end = distributionAt(optimiser, "final");
      return {
        value: steps === null ? "never" : `${formatNumber(steps)} steps`,
        label: `${optimiserName(name)} for as much`,
        detail: `${steps === null ? "" : `${formatSeconds(numberAt(optimiser, "seconds_to_match"))} a network, from the same starts; `}at its end ${formatNumber(end?.mean)}`,
      };
    });
}

function lookupCard(file: Loaded): Card | null {
  const lookup = distributionAt(file.results, "baselines/lookup/best");
  if (!lookup) return null;
  return {
    value: formatNumber(lookup.mean),
    label: "a lookup in the zoo",
    detail: "the best training checkpoint, which belongs to another start",
  };
}

function alignmentCard(file: Loaded): Card | null {
  const r2 = numberAt(file.results, "alignment/r2");
  if (r2 === null) return null;
  return {
    value: formatNumber(r2, 3),
    label: "R² of asked and got",
    detail: `a network; ${formatNumber(numberAt(file.results, "alignment/r2_means"), 4)} on the means of prompts`,
  };
}

function noveltyCard(file: Loaded): Card | null {
  const ratio = numberAt(file.results, "novelty/updates/ratio");
  if (ratio === null) return null;
  return {
    value: `${formatNumber(ratio, 3)} ×`,
    label: "update novelty",
    detail: "distance to the nearest training update, over that of runs nobody trained on",
  };
}

function investmentCard(file: Loaded): Card | null {
  const zoo = numberAt(file.results, "cost/zoo_seconds");
  const generator = numberAt(file.results, "cost/generator_seconds");
  if (zoo === null && generator === null) return null;
  return {
    value: formatSeconds((zoo ?? 0) + (generator ?? 0)),
    label: "paid once",
    detail: `zoo ${formatSeconds(zoo)}, training ${formatSeconds(generator)}, ${formatNumber(numberAt(file.results, "environment/cores"))} cores`,
  };
}

function cards(file: Loaded): Card[] {
  return [
    resultCard(file),
    costCard(file),
    ...optimiserCards(file),
    lookupCard(file),
    alignmentCard(file),
    noveltyCard(file),
    investmentCard(file),
  ].filter((card): card is Card => card !== null);
}

function sentence(file: Loaded): string {
  const one = distributionAt(file.results, "one_update");
  const start = distributionAt(file.results, "one_update/start");
  if (!one) return `Results of ${textAt(file.results, "task", "an evaluation")}`;
  const from = start ? ` from ${formatNumber(start.mean, 3)}` : "";
  return `One update takes ${networksName(file)} nobody trained${from} to a ${metricName(file)} of ${formatNumber(one.mean)}`;
}

function asked(file: Loaded): string {
  const one = distributionAt(file.results, "one_update");
  const parts = [`Task: ${textAt(file.results, "task", "–")}`];
  if (one) {
    parts.push(
      `${formatNumber(one.count)} ${textAt(file.results, "scheme", "fresh")} starts, none trained on`,
      `asked for ${formatNumber(numberAt(file.results, "one_update/prompt"))}, the zoo's best`,
    );
  }
  const others = entriesAt(file.results, "one_update/others").map(
    ([name, value]) =>
      `${words(name)} ${formatSpread(numberAt(value, "mean"), numberAt(value, "std"))}${name.endsWith("error") ? " %" : ""}`,
  );
  return [...parts, ...others].join(" · ");
}

function cardGrid(list: Card[]): HTMLElement {
  return h(
    "dl",
    { class: "cards" },
    ...list.map((card) =>
      h(
        "div",
        { class: "card" },
        h("dt", {}, card.label),
        h("dd", { class: "big" }, card.value),
        h("dd", {}, card.detail),
      ),
    ),
  );
}

// Several results: a column each, a row for every headline number.
function comparison(files: Loaded[]): HTMLElement {
  const columns = files.map(
    (file) =>
      new Map(
        cards(file).map((card) => [card.label.replace(/^(test|validation) /, ""), card.value]),
      ),
  );
  const labels = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  const head = h(
    "tr",
    {},
    h("td", {}),
    ...files.map((file) => {
      const name = h("th", { scope: "col" }, h("span", { class: "dot" }), file.name);
      name.style.setProperty("--c", file.color);
      return name;
    }),
  );
  return h(
    "div",
    {
      class: "table compare",
      tabindex: 0,
      role: "region",
      "aria-label": "Headline numbers of all results",
    },
    h(
      "table",
      {},
      h("thead", {}, head),
      h(
        "tbody",
        {},
        ...labels.map((label) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, label),
            ...columns.map((column) => h("td", {}, column.get(label) ?? "–")),
          ),
        ),
      ),
    ),
  );
}

export function headline(files: Loaded[]): Node[] {
  const first = files[0]!;
  const stopped = files.filter((file) => at(file.results, "complete") === false);
  const warning =
    stopped.length > 0 &&
    h(
      "p",
      { class: "warning" },
      `The evaluation${files.length > 1 ? ` of ${stopped.map((file) => file.name).join(", ")}` : ""} was stopped before its end: some sections are missing.`,
    );
  if (files.length === 1) {
    return [
      h("h1", {}, sentence(first)),
      h("p", { class: "asked" }, asked(first)),
      ...(warning ? [warning] : []),
      cardGrid(cards(first)),
    ];
  }
  const tasks = [
    ...new Set(
      files.map((file) => `${textAt(file.results, "task", "results")}, ${metricName(file)}`),
    ),
  ];
  return [
    h("h1", {}, `${files.length} results side by side`),
    h(
      "p",
      { class: "asked" },
      `${tasks.join(" · ")}. Each asked for its zoo's best; every number is a mean over the starts of its evaluation.`,
    ),
    ...(warning ? [warning] : []),
    comparison(files),
  ];
}
