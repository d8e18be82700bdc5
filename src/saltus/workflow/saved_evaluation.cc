#include "saltus/workflow/saved_evaluation.h"

#include "saltus/base/file.h"
#include "saltus/base/json.h"

namespace saltus {
namespace {

Json json_of(const fs::path& file, const Json& otherwise) {
  return fs::exists(file) ? parse_json(read_file(file), file.string()) : otherwise;
}

void add_recorded_times(const Json& building, const Json& training, Json& results) {
  for (const char* key : {"seconds", "device", "precision"}) {
    results["generator"][key] = training.value(key, Json());
  }
  Json& cost = results["cost"];
  cost["zoo_seconds"] = building.value("seconds", Json());
  cost["generator_seconds"] = training.value("seconds", Json());
  cost["critic_seconds"] = training.value("critic_seconds", Json());
}

}  // namespace

Json evaluate_to_file(const EvaluationConfig& config, const EvaluationInputs& inputs,
                      const fs::path& model, const EvaluationFile& file, const Job& job) {
  const Json building = json_of(inputs.zoo.folder() / "build.json", Json::object());
  const Json training = json_of(model.parent_path() / "training.json", Json::object());
  const auto save = [&](Json results) {
    add_recorded_times(building, training, results);
    if (!file.path.empty()) write_file(file.path, results.dump(2) + "\n");
    return results;
  };
  Resumption resumption{.differs = file.differs, .save = save};
  if (file.goes_on && !file.path.empty()) resumption.earlier = json_of(file.path, nullptr);
  return save(evaluate_generator(config, inputs, job, resumption));
}

}  // namespace saltus
