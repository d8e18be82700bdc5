#include "saltus/task/task_config.h"

#include "saltus/network/activation.h"

namespace saltus {

bool ArchitectureConfig::is_default() const {
  return hidden.empty() && channels.empty() && strides.empty() && activation == "relu";
}

void TaskConfig::declare(Options& options) {
  declare_networks(options);
  options.add("task.data", data, "folder of an image task's data files; empty: $SALTUS_DATA/TASK");
}

void TaskConfig::declare_networks(Options& options) {
  options.choice("population.task", task, task_names(), "what the networks are for");
  options.add("architecture.hidden", architecture.hidden,
              "hidden layers of an MLP of your own; empty: the task's networks", {1, 1e5});
  options.add("architecture.channels", architecture.channels,
              "3x3 convolutions of a ConvNet of your own; empty: the task's networks", {1, 1e4});
  options.add("architecture.strides", architecture.strides,
              "of the convolutions; empty: 2, then 1s", {1, 64});
  options.choice("architecture.activation", architecture.activation, activation_names(),
                 "of an image task's networks");
}

}  // namespace saltus
