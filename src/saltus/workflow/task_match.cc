#include "saltus/workflow/task_match.h"

#include "saltus/base/error.h"
#include "saltus/task/task_config.h"

namespace saltus {
namespace {

std::shared_ptr<const Task> task_of(const std::string& owner, const std::string& name,
                                    const std::string& data, const Json& architecture,
                                    const Layout& layout) {
  std::shared_ptr<const Task> task;
  try {
    task = make_task_for(name, data, architecture);
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

std::shared_ptr<const Task> task_of_zoo(const Zoo& zoo, const std::string& data) {
  const ZooDescription& description = zoo.description();
  return task_of("zoo " + zoo.folder().string(), description.task, data, description.architecture,
                 description.layout);
}

std::shared_ptr<const Task> task_of_generator(const Generator& generator, const std::string& data) {
  const GeneratorDescription& description = generator.description();
  if (!is_task(description.task)) return nullptr;
  const Architecture& architecture = *description.architecture;
  return task_of("generator", description.task, data, architecture.to_json(),
                 architecture.layout());
}

void check_same_task(const Generator& generator, const Zoo& zoo) {
  const std::string& expected = generator.description().task;
  const std::string& found = zoo.description().task;
  if (expected == found) {
    const Architecture& network = *generator.description().architecture;
    if (network.to_json() == zoo.description().architecture) return;
    fail(
        "zoo {}: expected the networks for which the generator was trained, {}, found {}; give the "
        "zoo it was trained on",
        zoo.folder().string(), network.to_json().dump(), zoo.description().architecture.dump());
  }
  fail(
      "zoo {}: expected task {}, for which the generator was trained, found {}; give the zoo it "
      "was trained on",
      zoo.folder().string(), expected, found);
}

}  // namespace saltus
