// Which task, on which data, with which networks: as users declare it and as zoos record it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "saltus/base/options.h"
#include "saltus/task/task.h"

namespace saltus {

// The networks of an image task; what is left empty is the task's own. Input shape and classes are
// those of the data.
struct ArchitectureConfig {
  // Units of an MLP's hidden layers, on the pixels in one row. Its layers: fc1, fc2, ...
  std::vector<int64_t> hidden;
  // Output channels of a ConvNet's 3x3 convolutions. Its layers: conv1, conv2, ..., fc.
  std::vector<int64_t> channels;
  std::vector<int64_t> strides;  // one a convolution; empty: 2, then 1s
  std::string activation = "relu";

  bool is_default() const;
};

struct TaskConfig {
  std::string task = "cartpole";
  std::string data;  // folder; empty: $SALTUS_DATA/TASK
  ArchitectureConfig architecture;

  // Keys: population.task, task.data, architecture.hidden, .channels, .strides, .activation.
  void declare(Options& options);
  // What says which networks and metrics these are: all but the folder, which is one machine's. A
  // zoo records it.
  void declare_networks(Options& options);
};

// Error with the nearest name; for data that is missing or faulty, and for an architecture that
// cannot be (see data_folder.h, image_set.h).
std::shared_ptr<const Task> make_task(const TaskConfig& config);

// The task of a zoo or generator that records its architecture's to_json(). Error when the data,
// or the task's only architecture, is of another shape.
std::shared_ptr<const Task> make_task_for(const std::string& task, const std::string& data,
                                          const Json& architecture);

}  // namespace saltus
