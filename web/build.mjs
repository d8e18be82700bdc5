// Builds dist/: scripts and styles, minified, each in one file, with the licences of what they carry.
//   node build.mjs [OUTPUT]     default: dist; equal sources give equal bytes
import { readFile, writeFile, mkdir, copyFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const output = process.argv[2] ?? join(here, "dist");

/** Plot puts a style element into every chart, which pages with a strict policy refuse; chart.css has its rules. */
const withoutInlineStyle = {
  name: "plot-without-inline-style",
  setup(pluginBuild) {
    pluginBuild.onLoad({ filter: /@observablehq\/plot\/src\/plot\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const begin = source.indexOf("      // Warning: if you edit this, change defaultClassName.");
      const tail = "}`\n      )\n    )";
      const end = source.indexOf(tail, begin);
      if (begin < 0 || end < 0)
        throw new Error(`${path}: no style element where this version of Plot has it; look again`);
      const call = source.lastIndexOf("    .call((svg) =>", begin);
      return { contents: source.slice(0, call) + source.slice(end + tail.length), loader: "js" };
    });
  },
};

/** The text of all licences of the packages that `inputs` come from, equal ones said once. */
async function licences(inputs) {
  const names = new Set();
  for (const input of inputs) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) names.add(found[1]);
  }
  const groups = new Map();
  for (const name of [...names].sort()) {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file
      ? (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n").trim()
      : `Licence: ${license}`;
    groups.set(text, [...(groups.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  return [...groups]
    .map(([text, packages]) => `${packages.join("\n")}\n\n${text}`)
    .join("\n\n----\n\n");
}

async function bundle(entry, name, notice) {
  return build({
    absWorkingDir: here,
    entryPoints: { [name]: entry },
    outdir: output,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2022", "chrome109", "firefox115", "safari16"],
    charset: "utf8",
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    plugins: [withoutInlineStyle],
    banner: notice
      ? { js: `/*! Saltus, Apache-2.0. Carries:\n${notice.replaceAll("*/", "* /")}\n*/` }
      : {},
  });
}

await mkdir(output, { recursive: true });
const entries = { report: "src/report/main.ts", playground: "src/playground/main.ts" };
const notices = new Set();
for (const [name, entry] of Object.entries(entries)) {
  const dry = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    outdir: output,
    logLevel: "warning",
  });
  const used = Object.values(dry.metafile.outputs).flatMap((file) =>
    Object.entries(file.inputs)
      .filter(([, input]) => input.bytesInOutput > 0)
      .map(([path]) => path),
  );
  const notice = await licences(used);
  notices.add(notice);
  await bundle(entry, name, notice);
  await bundle(`src/${name}/${name}.css`, name, "");
}
await copyFile(join(here, "src/playground/index.html"), join(output, "index.html"));
await writeFile(
  join(output, "LICENSES.txt"),
  `report.js and playground.js carry these packages.\n\n${[...notices].sort((a, b) => b.length - a.length)[0]}\n`,
);
