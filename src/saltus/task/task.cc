#include "saltus/task/task.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "saltus/base/error.h"
#include "saltus/base/options.h"
#include "saltus/task/cartpole_task.h"

namespace saltus {

namespace {
struct Entry {
  const char* name;
  std::shared_ptr<const Task> (*make)();
};
// A new task is one line here.
constexpr std::array kTasks = {Entry{"cartpole", make_cartpole}};
}  // namespace

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kTasks) names.emplace_back(entry.name);
  return names;
}

std::shared_ptr<const Task> make_task(const std::string& name) {
  const auto found =
      std::find_if(kTasks.begin(), kTasks.end(), [&](const Entry& e) { return e.name == name; });
  if (found == kTasks.end()) {
    fail("task: expected one of {}, found \"{}\"; did you mean \"{}\"?",
         fmt::join(task_names(), ", "), name, nearest_name(name, task_names()));
  }
  return found->make();
}

}  // namespace saltus
