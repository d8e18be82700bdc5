#include "saltus/task/task_config.h"

#include "saltus/base/json.h"
#include "saltus/network/activation.h"
#include "saltus/network/convnet.h"

namespace saltus {

bool ArchitectureConfig::is_default() const {
  return hidden.empty() && channels.empty() && strides.empty() && activation == "relu";
}

void TaskConfig::declare(Options& options, const std::string& task_key) {
  declare_networks(options, task_key);
  options.add("task.data", data, "folder of an image task's data files; empty: $SALTUS_DATA/TASK");
}

void TaskConfig::declare_networks(Options& options, const std::string& task_key) {
  options.choice(task_key, task, task_names(), "what the networks are for");
  options.add("architecture.hidden", architecture.hidden,
              "hidden layers of an MLP of your own; empty: the task's networks", {1, 1e5});
  options.add("architecture.channels", architecture.channels,
              "3x3 convolutions of a ConvNet of your own; empty: the task's networks", {1, 1e4});
  options.add("architecture.strides", architecture.strides,
              "of the convolutions; empty: 2, then 1s", {1, 64});
  options.choice("architecture.activation", architecture.activation, activation_names(),
                 "of an image task's networks");
}

Json TaskConfig::to_json() const {
  return {{"task", task},
          {"architecture",
           {{"hidden", architecture.hidden},
            {"channels", architecture.channels},
            {"strides", architecture.strides},
            {"activation", architecture.activation}}}};
}

TaskConfig TaskConfig::from_json(const Json& json) {
  using Sizes = std::vector<int64_t>;
  TaskConfig config;
  config.task = json_get<std::string>(json, "task", "task");
  const Json& network = json_at(json, "architecture", "task");
  config.architecture.hidden = json_get<Sizes>(network, "hidden", "task: architecture");
  config.architecture.channels = json_get<Sizes>(network, "channels", "task: architecture");
  config.architecture.strides = json_get<Sizes>(network, "strides", "task: architecture");
  config.architecture.activation =
      json_get<std::string>(network, "activation", "task: architecture");
  return config;
}

}  // namespace saltus
