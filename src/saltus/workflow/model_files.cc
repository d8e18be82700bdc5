#include "saltus/workflow/model_files.h"

#include "saltus/base/error.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

fs::path file_in(const fs::path& path, const char* name, const char* what) {
  const fs::path file = fs::is_directory(path) ? path / name : path;
  if (!fs::exists(file)) {
    fail("{}: expected a {} (a file, or the folder saltus train wrote), found none", file.string(),
         what);
  }
  return file;
}

}  // namespace

fs::path model_file(const fs::path& model) {
  return file_in(model, "generator.safetensors", "generator");
}

std::shared_ptr<Critic> load_critic(const fs::path& path, const Generator& generator) {
  if (path.empty()) return nullptr;
  const fs::path file = file_in(path, "critic.safetensors", "critic");
  std::shared_ptr<Critic> critic = Critic::load(file);
  const std::string& expected = generator.description().metrics.front().name;
  if (critic->metric().name != expected) {
    fail("critic {}: expected one of metric {}, found {}", file.string(), expected,
         critic->metric().name);
  }
  return critic;
}

}  // namespace saltus
