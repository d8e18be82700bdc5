#include "bench/paths.h"

#include <array>

#include "bench/setting.h"
#include "saltus/base/error.h"
#include "saltus/base/file.h"

namespace saltus {
namespace {

struct NamedPath {
  const char* name;
  Path (*prepare)(const Setting&);
};
constexpr std::array<NamedPath, 8> kPaths = {{{"zoo", zoo_path},
                                              {"scores", scores_path},
                                              {"training", training_path},
                                              {"updates", updates_path},
                                              {"read", reading_path},
                                              {"large", large_path},
                                              {"write", writing_path},
                                              {"start", start_path}}};

}  // namespace

std::vector<std::string> path_names() {
  std::vector<std::string> names;
  for (const NamedPath& path : kPaths) names.emplace_back(path.name);
  return names;
}

void check_workload(const Workload& workload, bool brief) {
  for (const std::string& file : {workload.config, workload.peer_script}) {
    if (!file.empty() && !fs::exists(file)) {
      fail("bench: workload {}: expected the file {}, found none; run it in the project's folder",
           workload.name, file);
    }
  }
  const Job job;
  const Setting setting{workload, brief, {}, job};
  try {
    setting.population();
    setting.training();
  } catch (const Error& error) {
    fail("bench: workload {}: {}", workload.name, error.what());
  }
}

Path prepare_path(const Workload& workload, bool brief, const fs::path& scratch, const Job& job) {
  for (const NamedPath& path : kPaths) {
    if (workload.path == path.name) return path.prepare({workload, brief, scratch, job});
  }
  check(false, "a path that read_workload let pass");
  return {};
}

}  // namespace saltus
