// A saltus serve of its own port, and the small models that tests drive it with.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const program = process.env.SALTUS_PROGRAM ?? join(root, "build/saltus");

/** Starts it and calls `use` with its address; it is gone afterwards. */
export async function withServer(args, use) {
  const child = spawn(program, ["serve", "--port", "0", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const address = await new Promise((resolve, reject) => {
      let said = "";
      child.stdout.on("data", (part) => {
        said += part;
        const found = /serving on (http:\S+)/.exec(said);
        if (found) resolve(found[1]);
      });
      child.on("exit", (code) =>
        reject(new Error(`saltus serve ended with ${code} before it served`)),
      );
      child.on("error", reject);
    });
    return await use(address);
  } finally {
    child.kill("SIGTERM");
    if (child.exitCode === null) await new Promise((resolve) => child.on("exit", resolve));
  }
}

/** Runs saltus to its end; throws with what it said when that is not well. */
export function saltus(...args) {
  const result = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  if (result.status !== 0)
    throw new Error(`saltus ${args.join(" ")}: ${result.stderr || result.error}`);
  return result.stdout;
}

/** A small cart-pole generator and zoo, kept in the repository. */
export const cartpole = {
  generator: join(root, "tests/models/cartpole"),
  zoo: join(root, "tests/models/cartpole/zoo"),
};

/** Makes, in seconds, a zoo of files whose networks Saltus cannot run, and a generator of it that has hardly learnt. */
export function importedModel(folder) {
  const at = (name) => join(folder, name);
  const config = join(root, "configs/cartpole.yaml");
  saltus(
    "zoo",
    "build",
    "-o",
    at("own"),
    "--config",
    config,
    "population.runs=40",
    "population.checkpoints=8",
    "ppo.iterations=12",
  );
  saltus("zoo", "export", at("own"), "-o", at("files"), "--format", "safetensors");
  saltus(
    "zoo",
    "import",
    at("files"),
    "-o",
    at("zoo"),
    "--pattern",
    "run{run}/step{iteration}.safetensors",
    "--table",
    at("files/metrics.csv"),
    "--metric",
    "return:maximise,worst=0,best=500",
    "--yes",
  );
  saltus(
    "train",
    "--zoo",
    at("zoo"),
    "-o",
    at("generator"),
    "training.steps=30",
    "training.batch=8",
    "generator.width=16",
    "generator.layers=1",
  );
  return { generator: at("generator"), zoo: at("zoo") };
}

/**
 * A folder with zoo/ and generator/ of configs/NAME-loss.yaml, so changed: $VARIABLE, or made once, in a minute,
 * from the images in $SALTUS_DATA; null without them.
 */
function imageModel(name, variable, forZoo, forGenerator) {
  if (!process.env.SALTUS_DATA) return null;
  const at = process.env[variable] ?? join(root, "build/web-models", name);
  if (!existsSync(join(at, "generator/generator.safetensors"))) {
    const config = join(root, `configs/${name}-loss.yaml`);
    const zoo = join(at, "zoo");
    saltus("zoo", "build", "-o", zoo, "--config", config, ...forZoo);
    saltus("train", "--zoo", zoo, "-o", join(at, "generator"), "--config", config, ...forGenerator);
  }
  return at;
}

export const digitsModel = () =>
  imageModel("mnist", "SALTUS_WEB_DIGITS", ["population.runs=64"], ["training.steps=600"]);

/** Small: its updates help a little. */
export const coloursModel = () =>
  imageModel(
    "cifar10",
    "SALTUS_WEB_COLOURS",
    ["population.runs=4", "population.checkpoints=8", "supervised.epochs=1", "supervised.lot=2"],
    ["training.steps=300", "training.fresh_pool=64", "generator.width=64"],
  );
