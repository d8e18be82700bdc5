#include "task_match.h"

#include "saltus/base/error.h"
#include "terminal.h"

namespace saltus {
namespace {

std::shared_ptr<const Task> task_of(const std::string& owner, const std::string& name,
                                    const Layout& layout) {
  std::shared_ptr<const Task> task;
  try {
    task = make_task(name);
  } catch (const Error& error) {
    fail("{}: {}", owner, error.what());
  }
  const Layout& expected = task->architecture().layout();
  if (!(layout == expected)) {
    fail(
        "{}: expected networks of task {} ({} parameters in {} tensors), found another layout "
        "({} parameters in {} tensors)",
        owner, name, expected.parameters(), expected.tensors().size(), layout.parameters(),
        layout.tensors().size());
  }
  return task;
}

}  // namespace

std::shared_ptr<const Task> task_of_zoo(const Zoo& zoo) {
  const std::string owner = "zoo " + zoo.folder().string();
  if (!zoo.complete()) {
    warn(fmt::format("{} is not complete: {} runs so far; saltus zoo build goes on with it", owner,
                     zoo.runs()));
  }
  return task_of(owner, zoo.description().task, zoo.description().layout);
}

std::shared_ptr<const Task> task_of_generator(const Generator& generator) {
  const GeneratorDescription& description = generator.description();
  return task_of("generator", description.task, description.architecture->layout());
}

void check_same_task(const Generator& generator, const Zoo& zoo) {
  const std::string& expected = generator.description().task;
  const std::string& found = zoo.description().task;
  if (expected == found) return;
  fail(
      "zoo {}: expected task {}, for which the generator was trained, found {}; give the zoo it "
      "was trained on",
      zoo.folder().string(), expected, found);
}

}  // namespace saltus
