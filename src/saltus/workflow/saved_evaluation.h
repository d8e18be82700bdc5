// Evaluations whose results stand in a file while they grow.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "saltus/evaluation/evaluation.h"

namespace saltus {

struct EvaluationFile {
  std::filesystem::path path;  // results.json; empty: nothing is kept
  bool goes_on = true;         // from what is there, as Resumption::earlier
  std::function<void(const std::string& key)> differs = {};  // see Resumption
};

// evaluate_generator of the generator that was loaded from `model`, with the seconds that files
// beside zoo and generator tell (times stand beside them, not in them, since the same work gives
// the same bytes), null where there are none. Error when the file is there and no JSON.
Json evaluate_to_file(const EvaluationConfig& config, const EvaluationInputs& inputs,
                      const std::filesystem::path& model, const EvaluationFile& file,
                      const Job& job);

}  // namespace saltus
