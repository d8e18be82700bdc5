#include "saltus/task/task.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "saltus/base/error.h"
#include "saltus/base/options.h"
#include "saltus/task/cartpole_task.h"
#include "saltus/task/cifar_binary.h"
#include "saltus/task/data_folder.h"
#include "saltus/task/declared_architecture.h"
#include "saltus/task/idx.h"
#include "saltus/task/image_task.h"
#include "saltus/task/task_config.h"

namespace saltus {

namespace {

// `recorded` is null for a new task, else the architecture that its networks must have.
using MakeTask = std::shared_ptr<const Task> (*)(const TaskConfig&, const Json* recorded);

std::shared_ptr<const Task> cartpole_of(const TaskConfig& config, const Json* recorded) {
  if (!config.data.empty()) {
    fail("task cartpole: expected no data folder, since it is a simulator, found {}; leave it out",
         config.data);
  }
  if (!config.architecture.is_default()) {
    fail(
        "task cartpole: expected no architecture.* options, since its simulator knows one "
        "network; leave them out");
  }
  auto task = make_cartpole();
  const Layout& expected = task->architecture().layout();
  if (recorded == nullptr) return task;
  const Layout found = make_architecture(*recorded)->layout();
  if (found == expected) return task;
  fail("task cartpole: expected networks of {} parameters in {} tensors, found others, of {} in {}",
       expected.parameters(), expected.tensors().size(), found.parameters(),
       found.tensors().size());
}

std::shared_ptr<const Task> image_task_of(const TaskConfig& config, const Json* recorded,
                                          const ArchitectureConfig& own, const fs::path& folder,
                                          ImageSet images) {
  const auto architecture =
      recorded != nullptr
          ? make_architecture(*recorded)
          : declared_architecture(config.architecture, own, images.shape(), images.classes);
  return std::make_shared<ImageTask>(config.task, std::move(images), architecture, folder.string());
}

// Normalisations are constants, whatever the images: networks trained on one set then see another
// as they should, and the reference's networks see its own inputs.
std::shared_ptr<const Task> mnist_of(const TaskConfig& config, const Json* recorded) {
  const fs::path folder =
      data_folder(config.task, config.data, "train-images-idx3-ubyte and its three companions");
  return image_task_of(config, recorded, {.hidden = {10}}, folder,
                       split_images(read_idx_folder(folder), {0.1307}, {0.3081}));
}

std::shared_ptr<const Task> cifar10_of(const TaskConfig& config, const Json* recorded) {
  const fs::path folder =
      data_folder(config.task, config.data, "data_batch_1.bin ... and test_batch.bin");
  return image_task_of(
      config, recorded, {.channels = {16, 32}}, folder,
      split_images(read_cifar_folder(folder), {0.4914, 0.4822, 0.4465}, {0.2470, 0.2435, 0.2616}));
}

struct Entry {
  const char* name;
  MakeTask make;
};
// A new task is one line here.
constexpr std::array kTasks = {Entry{"cartpole", cartpole_of}, Entry{"mnist", mnist_of},
                               Entry{"cifar10", cifar10_of}};

MakeTask find_task(const std::string& name) {
  const auto found =
      std::find_if(kTasks.begin(), kTasks.end(), [&](const Entry& e) { return e.name == name; });
  if (found == kTasks.end()) {
    fail("task: expected one of {}, found \"{}\"; did you mean \"{}\"?",
         fmt::join(task_names(), ", "), name, nearest_name(name, task_names()));
  }
  return found->make;
}

}  // namespace

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kTasks) names.emplace_back(entry.name);
  return names;
}

bool is_task(const std::string& name) {
  return std::ranges::any_of(kTasks, [&](const Entry& entry) { return entry.name == name; });
}

std::shared_ptr<const Task> make_task(const std::string& name) {
  return make_task(TaskConfig{.task = name});
}

std::shared_ptr<const Task> make_task(const TaskConfig& config) {
  return find_task(config.task)(config, nullptr);
}

std::shared_ptr<const Task> make_task_for(const std::string& task, const std::string& data,
                                          const Json& architecture) {
  if (!make_architecture(architecture)->computes()) {
    fail(
        "task {}: expected networks that saltus can compute, found an architecture of which only "
        "the tensors are known; import them with --architecture",
        task);
  }
  return find_task(task)(TaskConfig{.task = task, .data = data}, &architecture);
}

}  // namespace saltus
