#include "saltus/training/training_state.h"

#include "saltus/base/error.h"
#include "saltus/generator/tensor_file.h"

namespace saltus {
namespace {

constexpr const char* kStateFormat = "saltus-training/1";

NamedTensors buffers(const AdamW& optimizer, const Critic* critic) {
  NamedTensors all = {{"weights", optimizer.weights},
                      {"exp_avg", optimizer.exp_avg},
                      {"exp_avg_sq", optimizer.exp_avg_sq},
                      {"average", optimizer.average}};
  if (critic == nullptr) return all;
  for (const auto& [name, tensor] : state_of(*critic)) all.emplace_back("critic." + name, tensor);
  return all;
}

// The first key in which two flattened configurations differ, as "key: expected A, found B".
std::string first_difference(const Json& wanted, const Json& found) {
  const auto a = wanted.flatten(), b = found.flatten();
  for (const auto& [key, value] : a.items()) {
    if (!b.contains(key)) return fmt::format("{}: expected {}, found nothing", key, value.dump());
    if (b.at(key) != value) {
      return fmt::format("{}: expected {}, found {}", key, value.dump(), b.at(key).dump());
    }
  }
  for (const auto& [key, value] : b.items()) {
    if (!a.contains(key)) return fmt::format("{}: expected nothing, found {}", key, value.dump());
  }
  return {};
}

}  // namespace

void save_state(const std::filesystem::path& file, const Json& identity, const TrainingState& state,
                const AdamW& optimizer, const Critic* critic) {
  const Json json = {{"format", kStateFormat},
                     {"identity", identity},
                     {"step", state.step},
                     {"optimizer_steps", optimizer.steps},
                     {"best_validation", state.best_validation},
                     {"seconds", state.seconds},
                     {"validation_seconds", state.validation_seconds},
                     {"critic_seconds", state.critic_seconds},
                     {"metrics", state.metrics_lines}};
  write_file(file, encode_tensors(buffers(optimizer, critic), {{"saltus", json.dump()}}));
}

std::optional<TrainingState> load_state(const std::filesystem::path& path, const Json& identity,
                                        AdamW& optimizer, Critic* critic) {
  if (!fs::exists(path)) return std::nullopt;
  const SafetensorsFile file(path);
  const auto entry = file.metadata().find("saltus");
  if (entry == file.metadata().end()) fail("resume {}: not a training state", path.string());
  Json json;
  try {
    json = Json::parse(entry->second);
    if (json.at("format") != kStateFormat) {
      fail("resume {}: expected format {}, found {}", path.string(), kStateFormat,
           json.at("format").dump());
    }
    if (const std::string what = first_difference(identity, json.at("identity")); !what.empty()) {
      fail(
          "resume {}: the folder holds another training ({}); choose another folder, or remove "
          "this one",
          path.string(), what);
    }
    const torch::NoGradGuard no_grad;
    for (auto& [name, tensor] : buffers(optimizer, critic)) {
      const at::Tensor stored = tensor_of(file.at(name));
      if (stored.sizes() != tensor.sizes()) {
        fail("resume {}: {}: expected {} numbers, found {}", path.string(), name, tensor.numel(),
             stored.numel());
      }
      at::Tensor target = tensor;
      target.copy_(stored);
    }
    optimizer.steps = json.at("optimizer_steps").get<int64_t>();
    return TrainingState{.step = json.at("step").get<int64_t>(),
                         .best_validation = json.at("best_validation").get<double>(),
                         .seconds = json.at("seconds").get<double>(),
                         .validation_seconds = json.value("validation_seconds", 0.0),
                         .critic_seconds = json.at("critic_seconds").get<double>(),
                         .metrics_lines = json.at("metrics").get<std::string>()};
  } catch (const nlohmann::json::exception& e) {
    fail("resume {}: the state is damaged: {}", path.string(), e.what());
  }
}

}  // namespace saltus
