#include "saltus/task/data_folder.h"

#include <cstdlib>

#include "saltus/base/error.h"

namespace saltus {

namespace fs = std::filesystem;

fs::path data_folder(const std::string& task, const std::string& given, const std::string& files) {
  constexpr std::string_view kHow = "--data DIR (saltus zoo build: task.data=DIR)";
  if (!given.empty()) {
    if (fs::is_directory(given)) return given;
    fail("task {}: data {}: expected a folder with {}, found {}", task, given, files,
         fs::exists(given) ? "a file" : "nothing there");
  }
  const char* root = std::getenv("SALTUS_DATA");
  if (root == nullptr || *root == '\0') {
    fail(
        "task {}: expected a folder with {}, found none named; give it with {}, or set "
        "SALTUS_DATA to the folder that holds {}/",
        task, files, kHow, task);
  }
  const fs::path folder = fs::path(root) / task;
  if (fs::is_directory(folder)) return folder;
  fail("task {}: expected a folder with {} in {} (from SALTUS_DATA), found none; give it with {}",
       task, files, folder.string(), kHow);
}

}  // namespace saltus
