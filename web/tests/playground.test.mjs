// The playground against a real server with small real generators.
import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openPage, withBrowser } from "./browser.mjs";
import { cartpole, coloursModel, digitsModel, importedModel, withServer } from "./server.mjs";

/** Opens the playground at `fragment`, with `options` of openPage, beside a server of `args`. */
function playground(args, fragment, use, options = {}) {
  return withServer(args, (address) =>
    withBrowser(async (context) => {
      const { page, problems } = await openPage(context, `${address}/${fragment}`, options);
      await use(page, { address, context, problems });
      assert.deepEqual(problems, []);
      if (page.url() !== "about:blank")
        assert.equal((await page.textContent("#alerts")).trim(), "");
    }),
  );
}

const number = async (page, id) => Number(await page.textContent(id));
/** Waits until the number at `id` is one that `good` takes. */
async function until(page, id, good, milliseconds = 15000) {
  for (let waited = 0; waited < milliseconds; waited += 50) {
    const value = await number(page, id);
    if (Number.isFinite(value) && good(value)) return value;
    await page.waitForTimeout(50);
  }
  throw new Error(`${id}: still ${await page.textContent(id)}`);
}

async function slide(page, value) {
  await page.locator("#prompt").evaluate((slider, to) => {
    slider.value = String(to);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }, value);
}

const served = [`cartpole=${cartpole.generator}`, "--zoo", `cartpole-zoo=${cartpole.zoo}`];

test("the measured return follows the slider, and the rollouts with it", () =>
  playground(served, "#start=init:orthogonal:3", async (page) => {
    await until(page, "#before", (value) => value < 100);
    const reached = [];
    for (const prompt of [100, 300, 495]) {
      const rollouts = page.waitForResponse((response) => response.url().endsWith("/v1/rollouts"));
      const answered = page.waitForResponse(
        (response) =>
          response.url().endsWith("/v1/updates") && !response.request().postDataJSON().samples,
      );
      await slide(page, prompt);
      const response = await answered;
      assert.ok(
        Math.abs(response.request().postDataJSON().prompt.return - prompt) < 10,
        "the slider reaches it",
      );
      const { updates } = await response.json();
      reached.push(updates[0].metric.return);
      await until(page, "#after", (value) => Math.abs(value - updates[0].metric.return) < 0.5);
      const {
        rollouts: [, after],
      } = await (await rollouts).json();
      assert.equal(after.episodes.length, 4);
    }
    assert.ok(
      Math.abs(reached[0] - 100) < 70 && Math.abs(reached[1] - 300) < 90 && reached[2] > 440,
      `reached ${reached}`,
    );
    // The first episode's counter ends at what the simulator says.
    await page.waitForFunction(
      () => Number(document.querySelector("#return-after").textContent) > 100,
      null,
      { timeout: 20000 },
    );
  }));

test("a dragged slider has one request under way and ends at its last place", () =>
  playground(served, "#start=init:orthogonal:3", async (page) => {
    await until(page, "#after", () => true);
    let [under, most, last] = [0, 0, null];
    const isUpdate = (request) =>
      request.url().endsWith("/v1/updates") && !request.postDataJSON().samples;
    page.on("request", (request) => {
      if (isUpdate(request)) {
        most = Math.max(most, (under += 1));
        last = request.postDataJSON().prompt.return;
      }
    });
    page.on("requestfinished", (request) => {
      if (isUpdate(request)) under -= 1;
    });
    for (let prompt = 20; prompt <= 480; prompt += 5) await slide(page, prompt);
    await page.waitForTimeout(1500);
    assert.equal(most, 1);
    assert.equal(last, 480);
  }));

test("the keyboard moves the slider and pushes the cart", () =>
  playground(served, "#start=init:orthogonal:3&prompt=480", async (page) => {
    await until(page, "#after", (value) => value > 300);
    await page.focus("#prompt");
    await page.keyboard.press("Home");
    await until(page, "#after", (value) => value < 100);
    await page.keyboard.press("End");
    await until(page, "#after", (value) => value > 400);
    const pushed = page.waitForRequest(
      (request) =>
        request.url().endsWith("/v1/rollouts") && request.postDataJSON().nudges.length > 0,
    );
    await page.locator(".scenes .after canvas").focus();
    await page.keyboard.press("ArrowRight");
    assert.equal((await pushed).postDataJSON().nudges[0].force, 120);
  }));

test("a click beside the cart pushes both policies at the same moment", () =>
  playground(served, "#start=init:orthogonal:3&prompt=480", async (page) => {
    await until(page, "#after", (value) => value > 300);
    await page.waitForTimeout(600);
    const canvas = page.locator(".scenes .after canvas");
    const box = await canvas.boundingBox();
    const asked = page.waitForRequest(
      (request) =>
        request.url().endsWith("/v1/rollouts") && request.postDataJSON().nudges.length > 0,
    );
    await page.mouse.click(box.x + 8, box.y + box.height / 2);
    const { networks, nudges } = (await asked).postDataJSON();
    assert.equal(networks.length, 2);
    assert.ok(
      nudges.every(({ force }) => force === 120),
      "a click on the left pushes to the right",
    );
  }));

test("recursion by one click, and once again", () =>
  playground(served, "#start=init:kaiming:5", async (page) => {
    await until(page, "#after", () => true);
    await page.click("#again");
    await page.click("#again");
    await page.waitForFunction(
      () => document.querySelector(".path").textContent.split("→").length === 4,
    );
    assert.match(page.url(), /repeat=3/);
    await page.getByRole("button", { name: "Once" }).click();
    await page.waitForFunction(() => document.querySelector(".path").textContent === "");
  }));

test("the latent walk plays, pauses and can be stepped through", () =>
  playground(served, "#start=init:orthogonal:3&prompt=300", async (page) => {
    await until(page, "#after", () => true);
    await page.click("#walk");
    await page.waitForFunction(() =>
      /walk, step [2-9]/.test(document.querySelector(".outcome .now span").textContent),
    );
    await page.waitForSelector("#chart-walk svg");
    await page.click("#walk");
    await page.locator("#walk-step").evaluate((slider) => {
      slider.value = "15";
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    });
    await page.waitForFunction(
      () => document.querySelector(".outcome .now span").textContent === "walk, step 16 of 16",
    );
  }));

test("samples differ, and one of them can be shown", () =>
  playground(served, "#start=init:orthogonal:3&prompt=300", async (page) => {
    await page.waitForFunction(() => document.querySelectorAll(".sample canvas").length === 8);
    const values = await page.locator(".sample span").allTextContents();
    assert.ok(new Set(values).size > 1, values.join(" "));
    await page.locator(".sample").nth(5).click();
    await page.waitForFunction(
      () => document.querySelector(".outcome .now span").textContent === "sample 6",
    );
  }));

test("download, upload and reload", () =>
  playground(
    served,
    "#start=init:orthogonal:3&prompt=480&seed=4",
    async (page, { address, context }) => {
      const value = await until(page, "#after", (found) => found > 300);
      const files = [];
      for (const format of ["safetensors", "pt", "npz"]) {
        const [download] = await Promise.all([
          page.waitForEvent("download"),
          page.click(`#download-${format}`),
        ]);
        assert.match(
          download.suggestedFilename(),
          new RegExp(`^network-[0-9a-f]{16}\\.${format}$`),
        );
        files.push({
          name: download.suggestedFilename(),
          mimeType: "application/octet-stream",
          buffer: await readFile(await download.path()),
        });
      }
      // What was downloaded is a start like any other, and measures as it did.
      for (const file of files) {
        await page.click("#start-file + label");
        await page.setInputFiles("#file", file);
        await page.waitForURL(/start=network:[0-9a-f]{16}/);
        await until(page, "#before", (found) => Math.abs(found - value) < 60);
        await page.click("#start-init + label");
        await page.waitForURL(/start=init/);
      }
      await page.fill("#start-seed", "3");
      await page.fill("#noise", "4");
      const again = await until(page, "#after", (found) => Math.abs(found - value) < 0.5);
      const { page: reloaded } = await openPage(context, page.url());
      assert.equal(await until(reloaded, "#after", (found) => found > 300), again);
      assert.equal(await reloaded.inputValue("#noise"), "4");
      assert.equal(await reloaded.inputValue("#prompt-number"), "480");
      const { page: broken } = await openPage(
        context,
        `${address}/#start=network:0123456789abcdef`,
      );
      await broken.waitForFunction(() =>
        document.querySelector("#alerts").textContent.includes("let go of that network"),
      );
    },
  ));

test("a start from the zoo: run and checkpoint", () =>
  playground(served, "#prompt=400", async (page) => {
    await until(page, "#after", () => true);
    await page.click("#start-zoo + label");
    await page.waitForURL(/start=zoo:cartpole-zoo:\d+:0/);
    await until(page, "#before", (value) => value < 120);
    await page.locator("#checkpoint").evaluate((slider) => {
      slider.value = slider.max;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    });
    await until(page, "#before", (value) => value > 200);
    assert.match(page.url(), /start=zoo:cartpole-zoo:\d+:\d+/);
  }));

test("the generator against a lookup and against training", () =>
  playground(served, "#start=init:orthogonal:3", async (page) => {
    await until(page, "#after", () => true);
    await page.waitForFunction(
      () => Number(document.querySelectorAll(".rival b")[1].textContent) > 400,
    );
    await page.fill("#steps", "40");
    await page.click("#train");
    await page.waitForSelector("#chart-optimiser svg", { timeout: 60000 });
    assert.match(await page.locator(".rival").nth(2).textContent(), /PPO, 40 steps/);
    await page.locator(".rival").nth(2).getByRole("button", { name: "Show" }).click();
    await page.waitForFunction(
      () => document.querySelector(".outcome .now span").textContent === "PPO, 40 steps",
    );
  }));

test("all weights are there as heat-maps and histograms", () =>
  playground(served, "#start=init:orthogonal:3", async (page) => {
    await until(page, "#after", () => true);
    await page.click(".weights summary");
    await page.waitForFunction(
      () =>
        document.querySelectorAll(".tensor figure.chart svg path, .tensor figure.chart svg rect")
          .length > 20,
    );
    assert.equal(await page.locator(".tensor").count(), 7);
  }));

test("an imported zoo, whose networks cannot be measured here, shows its weights", async () => {
  const folder = await mkdtemp(join(tmpdir(), "saltus-imported-"));
  try {
    const imported = importedModel(folder);
    await playground([imported.generator, "--zoo", `runs=${imported.zoo}`], "", async (page) => {
      await page.waitForFunction(
        () => document.querySelectorAll(".tensor .maps canvas").length === 14,
      );
      await page.waitForFunction(
        () =>
          document.querySelectorAll(".tensor figure.chart svg rect, .tensor figure.chart svg path")
            .length > 20,
      );
      await page.waitForURL(/start=zoo:runs:\d+:0/);
      const maps = () =>
        page.evaluate(() =>
          [...document.querySelectorAll(".tensor .maps canvas")].map((canvas) =>
            canvas.toDataURL(),
          ),
        );
      const before = await maps();
      await page.locator("#checkpoint").evaluate((slider) => {
        slider.value = "5";
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      });
      await page.waitForURL(/start=zoo:runs:\d+:5/);
      await page.waitForTimeout(800);
      assert.notDeepEqual(await maps(), before);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("the live view follows a training from its first line on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "saltus-watched-"));
  const line = (step) =>
    `${JSON.stringify({ step, steps: 1000, train_loss: 9 / step, learning_rate: 0.001, seconds: step / 50 })}\n`;
  const log = join(folder, "metrics.jsonl");
  try {
    await writeFile(log, line(100) + line(200));
    await playground([...served, "--watch", `training=${folder}`], "#view=live", async (page) => {
      const rows = (count) =>
        page.waitForFunction(
          (wanted) =>
            document.querySelectorAll("#chart-live-train_loss tbody tr").length === wanted,
          count,
        );
      await rows(2);
      assert.match(
        await page.textContent(".job .numbers"),
        /step200 of 1000.*steps a second50.*left16 s/,
      );
      await appendFile(log, line(300));
      await rows(3);
      await page.getByRole("link", { name: "Playground" }).click();
      await until(page, "#after", () => true);
      await page.goBack();
      await rows(3);
      // A server that goes away ends the stream; nothing else is left open here.
      await page.goto("about:blank");
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("on a phone nothing is cut, in light and dark", () =>
  playground(
    served,
    "#start=init:orthogonal:3",
    async (page) => {
      await until(page, "#after", () => true);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    },
    { width: 360, dark: true },
  ));

/** What serves the generator and the zoo in a folder; a skipped test has none. */
const servedFrom = (name, folder) => [
  `${name}=${join(folder ?? "", "generator")}`,
  "--zoo",
  `${name}-zoo=${join(folder ?? "", "zoo")}`,
];

/** What each canvas of the first layer shows: before, after. */
const firstLayers = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll(".units canvas")].map((canvas) => canvas.toDataURL()),
  );

const digits = digitsModel();
test(
  "a drawn digit is answered, and the update makes the answer right",
  { skip: digits === null && "SALTUS_DATA names no MNIST" },
  () =>
    playground(servedFrom("digits", digits), "#start=init:pytorch:3", async (page) => {
      await until(page, "#after", (value) => value < 0.6, 30000);
      assert.match(await page.textContent(".outcome"), /on the test images.*test error/);
      const box = await page.locator("#pad").boundingBox();
      // A one: a slanted stroke.
      await page.mouse.move(box.x + box.width * 0.58, box.y + box.height * 0.15);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.45, box.y + box.height * 0.85, { steps: 12 });
      await page.mouse.up();
      await page.waitForFunction(() =>
        document.querySelector("#answer-after").textContent.startsWith("1 "),
      );
      await page.getByRole("button", { name: "Clear" }).click();
      assert.equal(await page.textContent("#answer-after"), "–");
      await page.waitForFunction(() =>
        /after 1\d right/.test(document.querySelector(".images").textContent),
      );
      // The hidden units are drawn, and differ from the start's.
      assert.equal(new Set(await firstLayers(page)).size, 2);
    }),
);

const colours = coloursModel();
test(
  "filters and colour images: both networks answer, and the update answers better",
  { skip: colours === null && "SALTUS_DATA names no CIFAR-10" },
  () =>
    playground(servedFrom("colours", colours), "#start=init:pytorch:3", async (page) => {
      await until(page, "#before", (value) => value > 2.28 && value < 2.35, 30000);
      await until(page, "#after", (value) => value < 2.25, 30000);
      const images = page.locator(".view.images");
      assert.match(await images.textContent(), /The 16 filters of the first layer/);
      assert.equal(await page.locator("#pad").count(), 0);
      await page.waitForFunction(() =>
        /start \d+ right, after \d+ right/.test(document.querySelector(".images").textContent),
      );
      const before = await firstLayers(page);
      assert.equal(new Set(before).size, 2);
      // Another prompt, another network.
      await slide(page, 2.2);
      await page.waitForFunction(
        (old) => document.querySelector("#units-after").toDataURL() !== old,
        before[1],
      );
      assert.equal((await firstLayers(page))[0], before[0]);
    }),
);
