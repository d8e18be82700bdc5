// The pictures in docs/images, from real models.
//   node tests/screenshots.mjs RESULTS CARTPOLE DIGITS COLOURS
// RESULTS: results.json of the cart-pole generator; CARTPOLE, DIGITS: folders with generator/ and zoo/; COLOURS: a generator. The last two need SALTUS_DATA.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { openPage, withBrowser } from "./browser.mjs";
import { saltus, withServer } from "./server.mjs";

const images = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const [results, cartpole, digits, colours] = process.argv.slice(2);
if (!colours) throw new Error("usage: node tests/screenshots.mjs RESULTS CARTPOLE DIGITS COLOURS");

async function shoot(context, url, name, options, prepare = async () => {}) {
  const { page, problems } = await openPage(context, url, options);
  await prepare(page);
  await page.waitForTimeout(1200);
  await page.screenshot({ path: join(images, name) });
  if (problems.length > 0) throw new Error(`${name}: ${problems.join("; ")}`);
  await page.close();
}

async function drawThree(page) {
  const box = await page.locator("#pad").boundingBox();
  const at = (x, y) => [box.x + box.width * x, box.y + box.height * y];
  const path = [
    [0.32, 0.2],
    [0.5, 0.14],
    [0.66, 0.24],
    [0.62, 0.4],
    [0.46, 0.47],
    [0.64, 0.54],
    [0.68, 0.72],
    [0.52, 0.84],
    [0.32, 0.78],
  ];
  await page.mouse.move(...at(...path[0]));
  await page.mouse.down();
  for (const point of path.slice(1)) await page.mouse.move(...at(...point), { steps: 6 });
  await page.mouse.up();
}

const folder = await mkdtemp(join(tmpdir(), "saltus-shots-"));
try {
  const report = join(folder, "report.html");
  saltus(
    "report",
    results,
    "--zoo",
    join(cartpole, "zoo"),
    "--training",
    join(cartpole, "generator"),
    "-o",
    report,
  );
  const args = [
    `cartpole=${join(cartpole, "generator")}`,
    `digits=${join(digits, "generator")}`,
    `colours=${colours}`,
    "--zoo",
    `cartpole-zoo=${join(cartpole, "zoo")}`,
    "--zoo",
    `digits-zoo=${join(digits, "zoo")}`,
    "--watch",
    `training=${join(cartpole, "generator")}`,
    "--watch",
    `zoo=${join(cartpole, "zoo")}`,
  ];
  await withServer(args, (address) =>
    withBrowser(async (context) => {
      const page = (fragment) => `${address}/#${fragment}`;
      await shoot(context, pathToFileURL(report).href, "report.png", { height: 1010 });
      await shoot(context, pathToFileURL(report).href, "report-phone.png", {
        width: 360,
        height: 780,
        dark: true,
      });
      await shoot(
        context,
        page("model=cartpole&start=init:orthogonal:3&prompt=300"),
        "playground-cartpole.png",
        { width: 1360, height: 900 },
        (opened) => opened.waitForTimeout(1500),
      );
      await shoot(
        context,
        page("model=digits&start=init:pytorch:3"),
        "playground-digits.png",
        { width: 1360, height: 1000 },
        async (opened) => {
          await opened.waitForTimeout(1500);
          await drawThree(opened);
        },
      );
      await shoot(
        context,
        page("model=colours&start=init:pytorch:3"),
        "playground-colours.png",
        { width: 1360, height: 860, dark: true },
        (opened) => opened.waitForTimeout(5000),
      );
      await shoot(context, page("model=cartpole&view=live"), "live.png", {
        width: 1360,
        height: 900,
      });
    }),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
