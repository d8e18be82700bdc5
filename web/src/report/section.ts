// What the page is made of.
import { type Chart, figure } from "../charts/figure";
import { h } from "../page/dom";
import { none } from "../page/numbers";
import { type Loaded } from "./loaded";

export interface Section {
  id: string; // its key in results.skipped
  title: string;
  lead: string;
  /** Empty when no file has anything to show. */
  body(files: Loaded[]): Node[];
}

export function figures(charts: Chart[]): Node[] {
  const drawn = charts.map(figure);
  return drawn.length > 0 ? [h("div", { class: "figures" }, ...drawn)] : [];
}

/** A table whose first column holds names and whose other columns hold numbers. */
export function table(caption: string, head: string[], rows: string[][]): Node[] {
  if (rows.length === 0) return [];
  const cells = (row: string[]) =>
    row.map((text, i) => (i === 0 ? h("th", { scope: "row" }, text) : h("td", {}, text)));
  return [
    h(
      "div",
      { class: "table", tabindex: 0, role: "region", "aria-label": caption },
      h(
        "table",
        {},
        h("caption", {}, caption),
        h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))),
        h("tbody", {}, ...rows.map((row) => h("tr", {}, ...cells(row)))),
      ),
    ),
  ];
}

/** Facts of several files: a row a fact, a column a file. */
export function facts(
  caption: string,
  files: Loaded[],
  of: (file: Loaded) => Record<string, string>,
): Node[] {
  const columns = files.map(of);
  const names = [...new Set(columns.flatMap((column) => Object.keys(column)))].filter((name) =>
    columns.some((column) => (column[name] ?? none) !== none),
  );
  return table(
    caption,
    ["", ...(files.length > 1 ? files.map((file) => file.name) : [""])],
    names.map((name) => [name, ...columns.map((column) => column[name] ?? none)]),
  );
}

/** A label that says the file only where there are several. */
export function labelled(files: Loaded[], file: Loaded, text: string): string {
  if (files.length === 1) return text;
  return text === "" ? file.name : `${file.name}: ${text}`;
}

/** A chart's id that differs between files. */
export function idOf(files: Loaded[], file: Loaded, id: string): string {
  return files.length === 1 ? id : `${id}-${files.indexOf(file) + 1}`;
}
