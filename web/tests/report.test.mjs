// The report in a real browser: nothing goes wrong, nothing is loaded, all can be read.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { openPage, withBrowser } from "./browser.mjs";
import { saltus } from "./server.mjs";

const sample = fileURLToPath(
  new URL("../../src/saltus/report/testdata/results.json", import.meta.url),
);
let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "saltus-report-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Makes the report of `contents` (objects) and opens it. */
async function report(context, contents, options = {}, more = []) {
  const files = await Promise.all(
    contents.map(async (content, i) => {
      const path = join(folder, `seed-${i}.json`);
      await writeFile(path, JSON.stringify(content));
      return path;
    }),
  );
  const page = join(folder, "report.html");
  saltus("report", ...files, "-o", page, ...more);
  const opened = await openPage(context, pathToFileURL(page).href, options);
  await opened.page.waitForFunction(() =>
    [...document.querySelectorAll("figure.chart")].every((figure) =>
      figure.querySelector(".drawing svg"),
    ),
  );
  return opened;
}

const results = async () => JSON.parse(await readFile(sample, "utf8"));

test("one result: every section is drawn, without errors or requests", () =>
  withBrowser(async (context) => {
    await writeFile(
      join(folder, "metrics.jsonl"),
      '{"step":1,"train_loss":3,"seconds":1}\n{"step":2,"train_loss":2,"seconds":2}\n',
    );
    const { page, problems } = await report(context, [await results()], {}, ["--training", folder]);
    assert.match(await page.textContent("h1"), /One update takes networks nobody trained/);
    assert.equal(
      await page.locator(".absent").count(),
      0,
      await page.locator(".absent").allTextContents(),
    );
    for (const id of [
      "against",
      "optimiser-steps",
      "after",
      "alignment-1",
      "recursion",
      "initialisers",
      "start-dependence",
      "diversity-weights",
      "novelty-ratios",
      "samplers-metric",
      "zoo-1",
      "training-train-loss",
      "cost",
    ]) {
      assert.equal(
        (await page
          .locator(
            `#chart-${id} .drawing svg path, #chart-${id} .drawing svg rect, #chart-${id} .drawing svg circle`,
          )
          .count()) > 0,
        true,
        id,
      );
    }
    assert.deepEqual(problems, []);
  }));

test("wrong images are told of where a task has them", () =>
  withBrowser(async (context) => {
    const without = await report(context, [await results()]);
    assert.doesNotMatch(
      await without.page.textContent("#novelty"),
      /with each other|share of wrong images/,
    );
    const images = await results();
    images.novelty.mistakes = {
      mistaken: { generated: 0.061, held_out: 0.062 },
      among: { generated: 0.682, held_out: 0.458 },
    };
    const { page, problems } = await report(context, [images]);
    const told = await page.textContent("#novelty");
    assert.match(told, /overlap of wrong images with each other0\.682 \/ 0\.458/);
    assert.match(told, /share of wrong images6\.1 % \/ 6\.2 %/);
    assert.deepEqual(problems, []);
  }));

test("several results stand side by side", () =>
  withBrowser(async (context) => {
    const other = await results();
    other.one_update.mean = 321.5;
    const { page, problems } = await report(context, [await results(), other]);
    const head = await page.locator(".compare thead th").allTextContents();
    assert.deepEqual(head, ["seed-0.json", "seed-1.json"]);
    assert.match(await page.textContent(".compare tbody"), /321\.5|322/);
    assert.deepEqual(problems, []);
  }));

test("at 360 pixels and in the dark all text is legible and nothing is cut", () =>
  withBrowser(async (context) => {
    for (const dark of [false, true]) {
      const { page, problems } = await report(context, [await results()], { width: 360, dark });
      const found = await page.evaluate(() => {
        const light = (color) => {
          const [r, g, b] = color
            .match(/[\d.]+/g)
            .map(Number)
            .map((v) =>
              v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
            );
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const behind = (element) => {
          for (let at = element; at; at = at.parentElement) {
            const color = getComputedStyle(at).backgroundColor;
            if (!/, 0\)$|transparent/.test(color)) return color;
          }
          return "rgb(255, 255, 255)";
        };
        const poor = [];
        for (const element of document.querySelectorAll(
          "h1, h2, h3, p, dt, dd, th, td, figcaption, a, button, .drawing text",
        )) {
          if (!element.textContent.trim() || element.closest(".hidden-visually")) continue;
          const style = getComputedStyle(element);
          const ink =
            element instanceof SVGElement
              ? style.fill === "none"
                ? style.color
                : style.fill
              : style.color;
          const [a, b] = [light(ink), light(behind(element))];
          const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (contrast < 4.5 || parseFloat(style.fontSize) < 11.5)
            poor.push([
              element.tagName,
              element.textContent.slice(0, 40),
              contrast.toFixed(2),
              style.fontSize,
            ]);
        }
        return { poor, wide: document.documentElement.scrollWidth };
      });
      assert.deepEqual(found.poor, [], `dark: ${dark}`);
      assert.equal(found.wide, 360);
      assert.deepEqual(problems, []);
    }
  }));

test("it prints dark on white, without its controls, whatever the screen shows", () =>
  withBrowser(async (context) => {
    const { page, problems } = await report(context, [await results()], { dark: true });
    await page.emulateMedia({ media: "print" });
    const printed = await page.evaluate(() => ({
      page: getComputedStyle(document.body).backgroundColor,
      ink: getComputedStyle(document.body).color,
      controls: [...document.querySelectorAll("nav, .downloads, .bar button")].filter(
        (element) => element.getClientRects().length > 0,
      ).length,
      cards: getComputedStyle(document.querySelector("figure.chart")).backgroundColor,
    }));
    assert.deepEqual(printed, {
      page: "rgb(255, 255, 255)",
      ink: "rgb(0, 0, 0)",
      controls: 0,
      cards: "rgb(255, 255, 255)",
    });
    assert.deepEqual(problems, []);
  }));

test("hover gives numbers, and every chart downloads as SVG and CSV", () =>
  withBrowser(async (context) => {
    const { page, problems } = await report(context, [await results()]);
    const chart = page.locator("#chart-alignment-1");
    const drawing = chart.locator(".drawing");
    await drawing.scrollIntoViewIfNeeded();
    const box = await drawing.boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForFunction(() =>
      /asked for/.test(
        document.querySelector('#chart-alignment-1 [aria-label="tip"]')?.textContent ?? "",
      ),
    );
    const count = await page.locator("figure.chart").count();
    for (let i = 0; i < count; i += 1) {
      const figure = page.locator("figure.chart").nth(i);
      for (const [what, begin] of [
        ["SVG", /^<\?xml[^]*<svg [^]*<\/svg>\s*$/],
        ["CSV", /^.+,.+\r\n[^]+/],
      ]) {
        const [download] = await Promise.all([
          page.waitForEvent("download"),
          figure.getByRole("button", { name: `Download ${what}` }).click(),
        ]);
        const text = await readFile(await download.path(), "utf8");
        assert.match(text, begin);
        assert.doesNotMatch(text, /var\(--/);
        await page.waitForTimeout(110); // browsers take ten downloads of a page a second
      }
    }
    assert.deepEqual(problems, []);
  }));

test("missing sections and wrong values leave a page that says so", () =>
  withBrowser(async (context) => {
    const whole = await results();
    const cases = Object.keys(whole)
      .filter((key) => !["format", "task"].includes(key))
      .flatMap((key) => [undefined, null, "text", [1], {}].map((value) => [key, value]));
    const files = [];
    for (const [key, value] of cases) files.push({ ...whole, [key]: value });
    for (let i = 0; i < files.length; i += 1) {
      const { page, problems } = await report(context, [files[i]]);
      assert.ok((await page.locator("main section").count()) === 12);
      assert.equal(await page.getByText("could not be drawn").count(), 0, JSON.stringify(cases[i]));
      assert.deepEqual(problems, [], JSON.stringify(cases[i]));
      await page.close();
    }
  }));
