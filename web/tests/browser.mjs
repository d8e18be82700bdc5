// A headless Chromium, and pages in it that report whatever goes wrong.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const executablePath = process.env.SALTUS_CHROMIUM ?? "/usr/bin/chromium";
const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--hide-scrollbars",
];

/** Calls `use` with a browser of its own profile, which is gone afterwards. */
export async function withBrowser(use) {
  const profile = await mkdtemp(join(tmpdir(), "saltus-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args,
    acceptDownloads: true,
  });
  try {
    return await use(context);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

/** A page; `problems` fills with console errors, exceptions and requests that leave `origin`. */
export async function openPage(context, url, { width = 1280, height = 900, dark = false } = {}) {
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`exception: ${error.message}`));
  page.on("request", (request) => {
    const target = request.url();
    if (
      !/^(data|blob):/.test(target) &&
      !target.startsWith(
        new URL(url).protocol === "file:" ? url.split("#")[0] : new URL(url).origin,
      )
    )
      problems.push(`request: ${target}`);
  });
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
  await page.goto(url);
  return { page, problems };
}
