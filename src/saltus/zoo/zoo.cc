#include "saltus/zoo/zoo.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "saltus/base/error.h"
#include "saltus/base/half_kernels.h"
#include "saltus/zoo/index.h"

namespace saltus {
namespace {

// Pages that Linux maps along with one that is touched, at both ends of a read.
constexpr uint64_t kMappedAround = 2 * 65536;

}  // namespace

std::string_view split_name(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::validation:
      return "validation";
    case Split::test:
      return "test";
  }
  fail("split: unknown value {}", static_cast<int>(split));
}

Split split_of_run(int64_t run) {
  constexpr uint64_t kBlock = 20;
  check(run >= 0, "split_of_run: negative id");
  const uint64_t block = static_cast<uint64_t>(run) / kBlock;
  std::array<std::byte, 8> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(block >> (8 * i));
  const uint64_t hash = hash_bytes(bytes);
  const uint64_t test = hash % kBlock;
  const uint64_t validation = (test + 1 + hash / kBlock % (kBlock - 1)) % kBlock;
  const uint64_t place = static_cast<uint64_t>(run) % kBlock;
  return place == test ? Split::test : place == validation ? Split::validation : Split::train;
}

Zoo::Zoo(const fs::path& folder, uint64_t resident)
    : folder_(folder), kernels_(half_kernels(selected_isa())), resident_(resident) {
  ZooIndex index = read_index(folder);
  for (size_t k = 0; k < index.shards.size(); ++k) {
    const ShardEntry& entry = index.shards[k];
    const fs::path path = folder / entry.file;
    check_shard_size(path, entry);
    auto shard = std::make_unique<Shard>(path);
    check_shard(shard->file, index, static_cast<int64_t>(k));
    shard->parameters = shard->file.at("parameters").bytes;
    shard->metrics = shard->file.at("metrics").as<float>();
    shard->iteration = shard->file.at("iteration").as<int64_t>();
    shard->hash = entry.hash;
    total_ += entry.bytes;
    int64_t row = 0;
    for (int64_t id : shard->file.at("run").as<int64_t>()) {
      places_.push_back({k, row++});
      run_ids_.push_back(id);
    }
    shards_.push_back(std::move(shard));
    dropped_ += static_cast<int64_t>(entry.dropped.size());
  }
  complete_ = index.complete;
  first_run_ = index.first_run;
  description_ = std::move(index.description);
}

std::vector<int64_t> Zoo::runs_of(Split split) const {
  std::vector<int64_t> indices;
  for (int64_t r = 0; r < runs(); ++r) {
    if (split_of_run(run_id(r)) == split) indices.push_back(r);
  }
  return indices;
}

uint64_t Zoo::hash() const {
  std::string text;
  for (const auto& shard : shards_) text += hash_text(shard->hash);
  return hash_bytes(std::as_bytes(std::span(text)));
}

void Zoo::read(int64_t r, int64_t c, std::span<float> out) const {
  check(r >= 0 && r < runs() && c >= 0 && c < checkpoints(), "Zoo::read: no such checkpoint");
  check(static_cast<int64_t>(out.size()) == parameters(), "Zoo::read: size of out");
  const int64_t row = places_[static_cast<size_t>(r)].row * checkpoints() + c;
  const size_t width = dtype_size(description_.dtype);
  const std::byte* source =
      shard_of(r).parameters.data() + static_cast<size_t>(row * parameters()) * width;
  switch (description_.dtype) {
    case Dtype::BF16:
      kernels_.widen_bf16(source, out.data(), parameters());
      break;
    case Dtype::F16:
      kernels_.widen_f16(source, out.data(), parameters());
      break;
    default:
      std::memcpy(out.data(), source, out.size() * width);
  }
  note_read(out.size() * width);
}

// Mapped pages count as this process's memory for as long as they are mapped.
void Zoo::note_read(uint64_t bytes) const {
  if (total_ <= resident_) return;
  const uint64_t mapped = mapped_.fetch_add(bytes + kMappedAround, std::memory_order_relaxed);
  if (mapped <= resident_ || mapped_.exchange(0, std::memory_order_relaxed) <= resident_) return;
  for (const auto& shard : shards_) shard->file.release();
}

std::span<const std::byte> Zoo::stored(int64_t r) const {
  check(r >= 0 && r < runs(), "Zoo::stored: no such run");
  const size_t bytes =
      static_cast<size_t>(checkpoints() * parameters()) * dtype_size(description_.dtype);
  return shard_of(r).parameters.subspan(
      static_cast<size_t>(places_[static_cast<size_t>(r)].row) * bytes, bytes);
}

Run Zoo::read_run(int64_t r) const {
  const auto width = static_cast<size_t>(parameters());
  Run run{.id = run_id(r)};
  run.parameters.resize(static_cast<size_t>(checkpoints()) * width);
  for (int64_t c = 0; c < checkpoints(); ++c) {
    read(r, c, std::span(run.parameters).subspan(static_cast<size_t>(c) * width, width));
  }
  const auto own_metrics = metrics(r);
  const auto own_iterations = iterations(r);
  run.metrics.assign(own_metrics.begin(), own_metrics.end());
  run.iteration.assign(own_iterations.begin(), own_iterations.end());
  return run;
}

std::span<const float> Zoo::metrics(int64_t r) const {
  check(r >= 0 && r < runs(), "Zoo::metrics: no such run");
  const auto count = static_cast<size_t>(checkpoints()) * description_.metrics.size();
  return shard_of(r).metrics.subspan(
      static_cast<size_t>(places_[static_cast<size_t>(r)].row) * count, count);
}

float Zoo::metric(int64_t r, int64_t c, int64_t m) const {
  const auto width = static_cast<int64_t>(description_.metrics.size());
  check(c >= 0 && c < checkpoints() && m >= 0 && m < width, "Zoo::metric: no such value");
  return metrics(r)[static_cast<size_t>(c * width + m)];
}

std::span<const int64_t> Zoo::iterations(int64_t r) const {
  check(r >= 0 && r < runs(), "Zoo::iterations: no such run");
  const auto count = static_cast<size_t>(checkpoints());
  return shard_of(r).iteration.subspan(
      static_cast<size_t>(places_[static_cast<size_t>(r)].row) * count, count);
}

size_t Zoo::metric_index(std::string_view name) const {
  const auto found = std::ranges::find(description_.metrics, name, &Metric::name);
  if (found == description_.metrics.end()) {
    std::vector<std::string> names;
    for (const Metric& metric : description_.metrics) names.push_back(metric.name);
    fail("zoo {}: expected a metric '{}', found {}", folder_.string(), name,
         fmt::join(names, ", "));
  }
  return static_cast<size_t>(found - description_.metrics.begin());
}

}  // namespace saltus
