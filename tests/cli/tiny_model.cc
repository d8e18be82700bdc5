#include "tiny_model.h"

#include <stdexcept>

#include "program.h"
#include "tests/support/same_bytes.h"

namespace saltus::testing {
namespace {

const fs::path kFolder = SALTUS_TINY_MODEL;
const fs::path kDone = kFolder / "done";

void run_or_throw(const std::vector<std::string>& arguments) {
  const ProgramResult result = run_saltus(arguments);
  if (result.code != 0) throw std::runtime_error("tiny model: " + result.err);
}

}  // namespace

std::vector<std::string> operator+(std::vector<std::string> first,
                                   const std::vector<std::string>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

std::vector<std::string> tiny_zoo_options() {
  return {"population.runs=48", "population.runs_per_shard=8", "population.checkpoints=6",
          "ppo.environments=64", "ppo.iterations=12"};
}

std::vector<std::string> tiny_training_options() {
  return {"training.steps=60",
          "training.batch=8",
          "training.save_every=5",
          "training.validate_every=20",
          "training.warmup=5",
          "critic.steps=40",
          "critic.batch=32",
          "training.metric_loss=1",
          "training.function_probes=8",
          "critic.refine_every=20",
          "critic.refine_steps=20",
          "critic.generated=32",
          "training.fresh_pool=32"};
}

void remake_tiny_model() {
  fs::remove_all(kFolder);
  fs::create_directories(kFolder);
  run_or_throw(std::vector<std::string>{"zoo", "build", "-o", tiny_zoo()} + tiny_zoo_options());
  run_or_throw(std::vector<std::string>{"train", "--zoo", tiny_zoo(), "-o", tiny_generator()} +
               tiny_training_options());
  spill(kDone, "");
}

const fs::path& tiny_model() {
  if (!fs::exists(kDone)) remake_tiny_model();
  return kFolder;
}

std::string tiny_zoo() { return (kFolder / "zoo").string(); }

::testing::AssertionResult same_zoo(const fs::path& a, const fs::path& b) {
  return same_files(a, b, "build.json");
}

std::string tiny_generator() { return (kFolder / "generator").string(); }

}  // namespace saltus::testing
