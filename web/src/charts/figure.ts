// A chart on a page: title, what it says in words, drawing, downloads, and its data as a table for
// those who do not see it.
import { h } from "../page/dom";
import { formatNumber } from "../page/numbers";
import { saveFile, type Table, toCsv, toSvg } from "./download";

export interface Key {
  name: string;
  color: string;
  dash?: string;
}

export interface Chart {
  id: string; // names the downloads
  title: string;
  caption: string;
  table: Table;
  keys: Key[]; // empty where lines and rows carry their names themselves
  draw(width: number): SVGSVGElement;
}

const svgSpace = "http://www.w3.org/2000/svg";

function swatch(key: Key): SVGSVGElement {
  const svg = document.createElementNS(svgSpace, "svg");
  svg.setAttribute("width", "22");
  svg.setAttribute("height", "10");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svgSpace, "line");
  const attributes = {
    x1: 0,
    x2: 22,
    y1: 5,
    y2: 5,
    "stroke-width": 3,
    stroke: key.color,
    "stroke-dasharray": key.dash ?? "",
  };
  for (const [name, value] of Object.entries(attributes)) line.setAttribute(name, String(value));
  svg.append(line);
  return svg;
}

function legend(keys: Key[]): HTMLElement {
  return h("ul", { class: "legend" }, ...keys.map((key) => h("li", {}, swatch(key), key.name)));
}

function hiddenTable(chart: Chart): HTMLElement {
  const row = (cells: (string | number | null)[], tag: "th" | "td") =>
    h(
      "tr",
      {},
      ...cells.map((cell) =>
        h(tag, {}, typeof cell === "number" ? formatNumber(cell) : (cell ?? "")),
      ),
    );
  return h(
    "div",
    { class: "hidden-visually" },
    h(
      "table",
      {},
      h("caption", {}, chart.title),
      h("thead", {}, row(chart.table.columns, "th")),
      h("tbody", {}, ...chart.table.rows.map((cells) => row(cells, "td"))),
    ),
  );
}

/** Draws it as wide as it has room, again whenever that changes. */
export function figure(chart: Chart): HTMLElement {
  const drawing = h("div", { class: "drawing" });
  let width = 0;
  const draw = () => {
    const now = Math.floor(drawing.clientWidth);
    if (now <= 0 || now === width) return;
    width = now;
    const svg = chart.draw(width);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${chart.title}. ${chart.caption}`);
    drawing.replaceChildren(svg);
  };
  new ResizeObserver(draw).observe(drawing);
  const save = (what: "SVG" | "CSV") => {
    const svg = drawing.querySelector("svg");
    if (what === "CSV") saveFile(`${chart.id}.csv`, "text/csv", toCsv(chart.table));
    else if (svg) saveFile(`${chart.id}.svg`, "image/svg+xml", toSvg(svg));
  };
  const button = (what: "SVG" | "CSV") =>
    h(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-label": `Download ${what}: ${chart.title}`,
        click: () => save(what),
      },
      what,
    );
  return h(
    "figure",
    { class: "chart", id: `chart-${chart.id}` },
    h("h3", {}, chart.title),
    h("figcaption", {}, chart.caption),
    h("div", { class: "downloads" }, button("SVG"), button("CSV")),
    chart.keys.length > 0 && legend(chart.keys),
    drawing,
    hiddenTable(chart),
  );
}
