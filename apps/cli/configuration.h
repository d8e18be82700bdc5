// The option sets of the long commands. One YAML file may hold the options of all of them: a
// command takes its own part, but a key that no command knows is an error wherever it stands.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "command.h"
#include "saltus/base/options.h"
#include "saltus/evaluation/evaluation.h"
#include "saltus/population/population.h"
#include "saltus/training/training.h"

namespace saltus {

enum class Part { population, training, evaluation };

struct Configuration {
  PopulationConfig population;
  TrainingConfig training;
  EvaluationConfig evaluation;

  Configuration() = default;
  Configuration(const Configuration&) = delete;  // Options point into it
  Configuration& operator=(const Configuration&) = delete;

  // The options of one part, bound to the fields above.
  Options options(Part part);

  // Defaults, then the YAML file when `yaml` is not empty, then `key=value` overrides of `part`.
  // A bad override is a UsageError, a bad file an Error with file and line.
  void read(Part part, const std::filesystem::path& yaml,
            const std::vector<std::string>& overrides);
};

// Where a command's options come from, as given on the command line.
struct ConfigurationSource {
  std::filesystem::path yaml;
  std::vector<std::string> overrides;
};

// Declares --config and the positional key=value overrides, and ends the help of `command` with
// `examples` and the keys of `part`.
void add_configuration(CLI::App& command, Part part, ConfigurationSource& source,
                       const std::string& examples);

}  // namespace saltus
