#include "saltus/zoo/index.h"

#include <algorithm>
#include <charconv>

#include "saltus/base/error.h"
#include "saltus/base/json.h"

namespace saltus {
namespace {

Json shard_to_json(const ShardEntry& shard) {
  return {{"file", shard.file},
          {"runs", shard.runs},
          {"dropped", shard.dropped},
          {"bytes", shard.bytes},
          {"xxhash64", hash_text(shard.hash)}};
}

int64_t get_at_least(const Json& json, std::string_view key, int64_t low,
                     const std::string& where) {
  const auto value = json_get<int64_t>(json, key, where);
  if (value < low) fail("{}: key '{}': expected >= {}, found {}", where, key, low, value);
  return value;
}

// Shard k of the list; its name and number of runs follow from the plan.
ShardEntry shard_from_json(const Json& json, const ZooIndex& index, int64_t k,
                           const std::string& file) {
  const std::string where = fmt::format("{}: shard {}", file, k);
  ShardEntry shard;
  shard.file = json_get<std::string>(json, "file", where);
  if (shard.file != shard_name(k)) {
    fail("{}: key 'file': expected {}, found '{}'", where, shard_name(k), shard.file);
  }
  shard.runs = get_at_least(json, "runs", 0, where);
  shard.dropped = json_get<std::vector<int64_t>>(json, "dropped", where);
  const int64_t covered = shard.runs + static_cast<int64_t>(shard.dropped.size());
  if (covered != index.shard_end(k) - index.shard_begin(k)) {
    fail("{}: expected {} runs kept or dropped, found {}", where,
         index.shard_end(k) - index.shard_begin(k), covered);
  }
  shard.bytes = static_cast<uint64_t>(get_at_least(json, "bytes", 0, where));
  const auto text = json_get<std::string>(json, "xxhash64", where);
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, shard.hash, 16);
  if (text.size() != 16 || code != std::errc() || stop != end) {
    fail("{}: key 'xxhash64': expected 16 hex digits, found '{}'", where, text);
  }
  return shard;
}

void check_tensor(const SafetensorsFile& file, std::string_view name, Dtype dtype,
                  const std::vector<int64_t>& shape) {
  const TensorView& tensor = file.at(name);
  if (tensor.dtype != dtype || tensor.shape != shape) {
    fail("{}: tensor '{}': expected {} [{}], found {} [{}]", file.path().string(), name,
         dtype_name(dtype), fmt::join(shape, ", "), dtype_name(tensor.dtype),
         fmt::join(tensor.shape, ", "));
  }
}

}  // namespace

ZooDescription ZooDescription::from_json(const Json& json, const std::string& file) {
  ZooDescription d;
  d.task = json_get<std::string>(json, "task", file);
  d.architecture = json_at(json, "architecture", file);
  try {
    d.layout = Layout::from_json(json_at(json, "layout", file));
    d.symmetry = Symmetry::from_json(d.layout, json_at(json, "symmetry", file));
    for (const Json& metric : json_get<Json>(json, "metrics", file)) {
      d.metrics.push_back(Metric::from_json(metric));
    }
    d.dtype = dtype_from_name(json_get<std::string>(json, "dtype", file));
  } catch (const Error& error) {
    fail("{}: {}", file, error.what());
  }
  if (d.dtype != Dtype::F32 && d.dtype != Dtype::BF16 && d.dtype != Dtype::F16) {
    fail("{}: key 'dtype': expected F32, BF16 or F16, found {}", file, dtype_name(d.dtype));
  }
  if (d.metrics.empty()) fail("{}: key 'metrics': expected one or more, found none", file);
  d.checkpoints = get_at_least(json, "checkpoints", 1, file);
  d.made_by = json_at(json, "made_by", file);
  return d;
}

fs::path index_path(const fs::path& folder) { return folder / "zoo.json"; }

std::string shard_name(int64_t k) { return fmt::format("shards/{:05}.safetensors", k); }

Json index_to_json(const ZooIndex& index) {
  const ZooDescription& d = index.description;
  Json metrics = Json::array(), shards = Json::array();
  for (const Metric& metric : d.metrics) metrics.push_back(metric.to_json());
  for (const ShardEntry& shard : index.shards) shards.push_back(shard_to_json(shard));
  return {{"format", kZooFormat},
          {"complete", index.complete},
          {"task", d.task},
          {"architecture", d.architecture},
          {"layout", d.layout.to_json()},
          {"symmetry", d.symmetry.to_json(d.layout)},
          {"metrics", metrics},
          {"checkpoints", d.checkpoints},
          {"dtype", dtype_name(d.dtype)},
          {"first_run", index.first_run},
          {"planned_runs", index.planned_runs},
          {"runs_per_shard", index.runs_per_shard},
          {"made_by", d.made_by},
          {"shards", shards}};
}

ZooIndex read_index(const fs::path& folder) {
  const fs::path path = index_path(folder);
  if (!fs::exists(path)) {
    fail("open zoo {}: expected a folder with zoo.json, found none", folder.string());
  }
  const std::string file = path.string();
  const Json json = parse_json(read_file(path), file);
  const auto format = json_get<std::string>(json, "format", file);
  if (format != kZooFormat) {
    fail(
        "{}: key 'format': expected {}, found '{}'; read it with the version of saltus that wrote "
        "it",
        file, kZooFormat, format);
  }
  ZooIndex index;
  index.description = ZooDescription::from_json(json, file);
  index.first_run = get_at_least(json, "first_run", 0, file);
  index.planned_runs = get_at_least(json, "planned_runs", 1, file);
  index.runs_per_shard = get_at_least(json, "runs_per_shard", 1, file);
  index.complete = json_get<bool>(json, "complete", file);
  const Json shards = json_get<Json>(json, "shards", file);
  if (!shards.is_array()) fail("{}: key 'shards': expected a list", file);
  const auto found = static_cast<int64_t>(shards.size());
  if (found > index.planned_shards() || (index.complete && found != index.planned_shards())) {
    fail("{}: key 'shards': expected {} shards{}, found {}", file, index.planned_shards(),
         index.complete ? "" : " at most", found);
  }
  for (int64_t k = 0; k < found; ++k) {
    index.shards.push_back(shard_from_json(shards[static_cast<size_t>(k)], index, k, file));
  }
  return index;
}

void write_index(const fs::path& folder, const ZooIndex& index) {
  write_file(index_path(folder), index_to_json(index).dump(1) + "\n");
}

void check_shard_size(const fs::path& path, const ShardEntry& entry) {
  std::error_code code;
  const uint64_t bytes = fs::file_size(path, code);
  if (code) fail("{}: expected the shard listed in zoo.json: {}", path.string(), code.message());
  if (bytes != entry.bytes) {
    fail("{}: size: expected {} bytes, found {}; restore the file or build the zoo again",
         path.string(), entry.bytes, bytes);
  }
}

void check_shard(const SafetensorsFile& file, const ZooIndex& index, int64_t k) {
  const ZooDescription& d = index.description;
  const ShardEntry& entry = index.shards[static_cast<size_t>(k)];
  const int64_t runs = entry.runs, checkpoints = d.checkpoints;
  check_tensor(file, "run", Dtype::I64, {runs});
  check_tensor(file, "iteration", Dtype::I64, {runs, checkpoints});
  check_tensor(file, "metrics", Dtype::F32,
               {runs, checkpoints, static_cast<int64_t>(d.metrics.size())});
  check_tensor(file, "parameters", d.dtype, {runs, checkpoints, d.layout.parameters()});
  const auto kept = file.at("run").as<int64_t>();
  std::vector<int64_t> ids(kept.begin(), kept.end());
  ids.insert(ids.end(), entry.dropped.begin(), entry.dropped.end());
  std::ranges::sort(ids);
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] != index.shard_begin(k) + static_cast<int64_t>(i)) {
      fail("{}: tensor 'run': expected the ids {}..{} but the dropped ones, each once, found [{}]",
           file.path().string(), index.shard_begin(k), index.shard_end(k) - 1,
           fmt::join(kept, ", "));
    }
  }
}

}  // namespace saltus
