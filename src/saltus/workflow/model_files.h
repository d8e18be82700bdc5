// Generators and critics as users name them on the command line.
#pragma once

#include <filesystem>
#include <memory>

#include "saltus/generator/critic.h"
#include "saltus/generator/generator.h"

namespace saltus {

// MODEL: a generator file, or the folder in which saltus train left one. Error when there is none.
std::filesystem::path model_file(const std::filesystem::path& model);

// A critic's file or folder; null for an empty path. Error unless it predicts the generator's
// first metric.
std::shared_ptr<Critic> load_critic(const std::filesystem::path& path, const Generator& generator);

}  // namespace saltus
