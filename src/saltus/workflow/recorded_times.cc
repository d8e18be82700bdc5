#include "saltus/workflow/recorded_times.h"

#include "saltus/base/file.h"
#include "saltus/base/json.h"

namespace saltus {
namespace {

Json recorded_times(const fs::path& file) {
  return fs::exists(file) ? parse_json(read_file(file), file.string()) : Json::object();
}

}  // namespace

void add_recorded_times(const fs::path& zoo, const fs::path& model, Json& results) {
  results["cost"]["zoo_seconds"] = recorded_times(zoo / "build.json").value("seconds", Json());
  const Json training = recorded_times(model.parent_path() / "training.json");
  results["generator"]["seconds"] = training.value("seconds", Json());
  results["generator"]["device"] = training.value("device", Json());
  results["generator"]["precision"] = training.value("precision", Json());
  results["cost"]["generator_seconds"] = training.value("seconds", Json());
  results["cost"]["critic_seconds"] = training.value("critic_seconds", Json());
}

}  // namespace saltus
