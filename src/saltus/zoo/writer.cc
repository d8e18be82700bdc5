#include <algorithm>
#include <cmath>
#include <cstring>

#include "saltus/base/error.h"
#include "saltus/base/half_kernels.h"
#include "saltus/base/json.h"
#include "saltus/zoo/index.h"
#include "saltus/zoo/zoo.h"

namespace saltus {
namespace {

// A folder to start in: new, empty, or with only what a build killed at once leaves behind.
void check_unused(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path name = entry.path().filename();
    const bool ours = name == "zoo.json.tmp" || (name == "shards" && fs::is_empty(entry.path()));
    if (!ours) {
      fail("zoo {}: expected an empty folder or a zoo to continue, found {}; choose another folder",
           folder.string(), name.string());
    }
  }
}

// A killed build leaves at most temporaries; the renamed but unlisted shard is written again.
void remove_temporaries(const fs::path& folder) {
  for (const fs::path& place : {folder, folder / "shards"}) {
    std::vector<fs::path> stale;
    for (const auto& entry : fs::directory_iterator(place)) {
      if (entry.path().extension() == ".tmp") stale.push_back(entry.path());
    }
    for (const fs::path& path : stale) fs::remove(path);
  }
}

bool is_sound(const Run& run) {
  return std::ranges::all_of(run.parameters,
                             [](float x) { return std::abs(x) <= kLargestParameter; }) &&
         std::ranges::all_of(run.metrics, [](float x) { return std::isfinite(x); });
}

// The values as stored, at `to`.
void store_parameters(Dtype dtype, std::span<const float> values, std::byte* to) {
  const HalfKernels& kernels = half_kernels(selected_isa());
  const auto n = static_cast<int64_t>(values.size());
  switch (dtype) {
    case Dtype::BF16:
      return kernels.narrow_bf16(values.data(), to, n);
    case Dtype::F16:
      return kernels.narrow_f16(values.data(), to, n);
    default:
      std::memcpy(to, values.data(), values.size_bytes());
  }
}

std::string encode_shard(const std::vector<Run>& runs, const ZooDescription& d) {
  const auto rows = static_cast<int64_t>(runs.size());
  const auto metrics_width = static_cast<int64_t>(d.metrics.size());
  std::vector<int64_t> ids, iteration;
  std::vector<float> metrics;
  const size_t run_bytes =
      static_cast<size_t>(d.checkpoints * d.layout.parameters()) * dtype_size(d.dtype);
  std::vector<std::byte> parameters(runs.size() * run_bytes);
  std::byte* place = parameters.data();
  for (const Run& run : runs) {
    ids.push_back(run.id);
    iteration.insert(iteration.end(), run.iteration.begin(), run.iteration.end());
    metrics.insert(metrics.end(), run.metrics.begin(), run.metrics.end());
    store_parameters(d.dtype, run.parameters, place);
    place += run_bytes;
  }
  Json names = Json::array();
  for (const Metric& metric : d.metrics) names.push_back(metric.name);
  // A shard explains itself to whoever opens it without zoo.json.
  const Metadata metadata = {{"format", std::string(kZooFormat)},
                             {"task", d.task},
                             {"layout", d.layout.to_json().dump()},
                             {"metrics", names.dump()}};
  return encode_safetensors(
      {{"run", Dtype::I64, {rows}, std::as_bytes(std::span(ids))},
       {"iteration", Dtype::I64, {rows, d.checkpoints}, std::as_bytes(std::span(iteration))},
       {"metrics",
        Dtype::F32,
        {rows, d.checkpoints, metrics_width},
        std::as_bytes(std::span(metrics))},
       {"parameters", d.dtype, {rows, d.checkpoints, d.layout.parameters()}, parameters}},
      metadata);
}

}  // namespace

ZooWriter::ZooWriter(fs::path folder, ZooDescription description, int64_t runs,
                     int64_t runs_per_shard, int64_t first_run)
    : folder_(std::move(folder)), index_(std::make_unique<ZooIndex>()) {
  check(runs >= 1 && runs_per_shard >= 1 && first_run >= 0, "ZooWriter: range of runs");
  check(description.checkpoints >= 1 && !description.metrics.empty(), "ZooWriter: description");
  index_->description = std::move(description);
  index_->first_run = first_run;
  index_->planned_runs = runs;
  index_->runs_per_shard = runs_per_shard;

  std::error_code code;
  fs::create_directories(folder_, code);
  if (code) fail("create folder {}: {}", folder_.string(), code.message());
  const bool continued = fs::exists(index_path(folder_));
  if (!continued) check_unused(folder_);
  fs::create_directories(folder_ / "shards", code);
  if (code) fail("create folder {}: {}", (folder_ / "shards").string(), code.message());
  if (!continued) {
    write_index(folder_, *index_);
  } else {
    ZooIndex present = read_index(folder_);
    index_->shards = present.shards;
    index_->complete = present.complete;
    // Compared as text read back, so that a number written and read is the same number.
    const Json wanted = Json::parse(index_to_json(*index_).dump());
    const std::string differs = json_difference(wanted, index_to_json(present));
    if (!differs.empty()) {
      fail(
          "continue zoo {}: the folder holds another zoo: {}; choose another folder or the "
          "configuration it was begun with",
          folder_.string(), differs);
    }
    const Zoo sound(folder_);  // throws when a listed shard is missing or damaged
  }
  remove_temporaries(folder_);
}

ZooWriter::~ZooWriter() = default;

int64_t ZooWriter::next_run() const {
  const auto shards = static_cast<int64_t>(index_->shards.size());
  return std::min(index_->shard_begin(shards), index_->first_run + index_->planned_runs);
}

int64_t ZooWriter::dropped() const {
  size_t count = open_dropped_.size();
  for (const ShardEntry& shard : index_->shards) count += shard.dropped.size();
  return static_cast<int64_t>(count);
}

void ZooWriter::append(Run run) {
  const ZooDescription& d = index_->description;
  const auto seen = static_cast<int64_t>(open_shard_.size() + open_dropped_.size());
  const auto checkpoints = static_cast<size_t>(d.checkpoints);
  check(run.id == next_run() + seen, "ZooWriter::append: runs out of order");
  check(run.id < index_->first_run + index_->planned_runs, "ZooWriter::append: too many runs");
  check(run.parameters.size() == checkpoints * static_cast<size_t>(d.layout.parameters()) &&
            run.metrics.size() == checkpoints * d.metrics.size() &&
            run.iteration.size() == checkpoints,
        "ZooWriter::append: sizes of the run");
  if (is_sound(run)) {
    open_shard_.push_back(std::move(run));
  } else {
    open_dropped_.push_back(run.id);
  }
  const auto k = static_cast<int64_t>(index_->shards.size());
  if (seen + 1 == index_->shard_end(k) - index_->shard_begin(k)) write_shard();
}

void ZooWriter::write_shard() {
  const std::string bytes = encode_shard(open_shard_, index_->description);
  ShardEntry entry;
  entry.file = shard_name(static_cast<int64_t>(index_->shards.size()));
  entry.runs = static_cast<int64_t>(open_shard_.size());
  entry.dropped = open_dropped_;
  entry.bytes = bytes.size();
  entry.hash = hash_bytes(std::as_bytes(std::span(bytes)));
  write_file(folder_ / entry.file, bytes);
  ZooIndex next = *index_;
  next.shards.push_back(std::move(entry));
  write_index(folder_, next);
  *index_ = std::move(next);
  open_shard_.clear();
  open_dropped_.clear();
}

void ZooWriter::finish() {
  check(next_run() == index_->first_run + index_->planned_runs, "ZooWriter::finish: runs missing");
  if (index_->complete) return;
  ZooIndex next = *index_;
  next.complete = true;
  write_index(folder_, next);
  *index_ = std::move(next);
}

}  // namespace saltus
