// Bundles src/**/*.test.ts and runs them with Node's own test runner.
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const files = (await readdir(join(root, "src"), { recursive: true }))
  .filter((name) => name.endsWith(".test.ts"))
  .sort();
if (files.length === 0) throw new Error("no unit tests found under web/src");
const folder = await mkdtemp(join(tmpdir(), "saltus-web-tests-"));
try {
  await build({
    absWorkingDir: join(root, "src"),
    entryPoints: files,
    outdir: folder,
    bundle: true,
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    logLevel: "warning",
  });
  const built = (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith(".mjs"))
    .map((name) => join(folder, name));
  process.exitCode =
    spawnSync(process.execPath, ["--test", ...built], { stdio: "inherit" }).status ?? 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
