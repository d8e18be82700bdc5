// The report: reads the results embedded in the page and draws them.
import { figure } from "../charts/figure";
import { h } from "../page/dom";
import { themeButton } from "../page/theme";
import { alignmentSection } from "./alignment";
import { dependenceSection, diversitySection } from "./diversity";
import { headline } from "./headline";
import { at, type Json, textAt } from "./json";
import { ladder } from "./ladder";
import { type Loaded, loadData } from "./loaded";
import { noveltySection } from "./novelty";
import { optimisersSection } from "./optimisers";
import { initialisersSection, recursionSection } from "./recursion";
import { samplersSection } from "./samplers";
import { scalingCharts } from "./scaling";
import { figures, type Section } from "./section";
import { costSection, environmentSection } from "./setup";
import { trainingSection, zooSection } from "./zoo";

const sections: Section[] = [
  optimisersSection,
  alignmentSection,
  recursionSection,
  initialisersSection,
  dependenceSection,
  diversitySection,
  noveltySection,
  samplersSection,
  zooSection,
  trainingSection,
  costSection,
  environmentSection,
];

const otherwise: Record<string, string> = {
  training: "saltus report --training FOLDER adds the training curves",
};

function whyAbsent(files: Loaded[], id: string): string {
  const reasons = new Set(
    files.map((file) => textAt(at(file.results, "skipped"), id)).filter(Boolean),
  );
  return [...reasons].join("; ") || otherwise[id] || "this evaluation has no such section";
}

// A part of unexpected shape must not take the rest of the page with it.
function guarded(make: () => Node[]): Node[] {
  try {
    return make();
  } catch (error) {
    return [
      h(
        "p",
        { class: "absent" },
        `This part could not be drawn: ${error instanceof Error ? error.message : String(error)}`,
      ),
    ];
  }
}

function sectionElement(files: Loaded[], section: Section): HTMLElement {
  const body = guarded(() => section.body(files));
  return h(
    "section",
    { id: section.id },
    h("h2", {}, section.title),
    ...(body.length > 0
      ? [h("p", { class: "lead" }, section.lead), ...body]
      : [h("p", { class: "absent" }, `Not measured: ${whyAbsent(files, section.id)}.`)]),
  );
}

function header(files: Loaded[]): HTMLElement {
  return h(
    "header",
    {},
    h("div", { class: "bar" }, h("strong", {}, "Saltus"), h("span", {}, "report"), themeButton()),
    ...guarded(() => headline(files)),
    ...guarded(() => {
      const chart = ladder(files);
      return chart ? [figure(chart)] : [];
    }),
    ...guarded(() => figures(scalingCharts(files))),
    h(
      "nav",
      { "aria-label": "Sections" },
      ...sections.map((section) => h("a", { href: `#${section.id}` }, section.title)),
    ),
  );
}

function render(data: Json): void {
  const files = loadData(data);
  if (files.length === 0) {
    document.body.append(h("p", { class: "absent" }, "This page holds no results."));
    return;
  }
  document.body.append(
    header(files),
    h("main", {}, ...sections.map((section) => sectionElement(files, section))),
    h(
      "footer",
      {},
      "Every number is a mean ± population standard deviation over the stated number of networks unless it says otherwise. Charts by Observable Plot (ISC licence, in this page's source).",
    ),
  );
}

render(JSON.parse(document.getElementById("saltus-data")?.textContent ?? "{}") as Json);
