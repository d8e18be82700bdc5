// Improves a network that nobody has trained, in one update, and measures it before and after.
#include <torch/torch.h>

#include <exception>
#include <iostream>

#include "saltus/generator/generator.h"
#include "saltus/task/measure.h"

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "usage: update_network GENERATOR.safetensors PROMPT\n";
    return 2;
  }
  const auto generator = saltus::Generator::load(argv[1]);
  const auto& description = generator.description();
  const auto task = saltus::make_task(description.task);
  const auto start = task->fresh_network("orthogonal", /*seed=*/3, /*index=*/0);
  const at::Tensor theta = at::tensor(start).view({1, -1});  // [K, P]
  const auto measure = [&](const at::Tensor& networks) {     // [K, M]
    return saltus::measure_networks(*task, description.metrics, networks, {.seed = 7}, {});
  };
  const at::Tensor before = measure(theta), prompt = at::full_like(before, std::stod(argv[2]));
  const at::Tensor updated =
      generator.update({.theta = theta, .start_metric = before, .prompt = prompt}, {});
  std::cout << description.metrics.front().name << " " << before.item<float>() << " -> "
            << measure(updated).item<float>() << "\n";
} catch (const std::exception& error) {
  std::cerr << "update_network: " << error.what() << "\n";
  return 1;
}
