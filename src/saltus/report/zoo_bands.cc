#include "saltus/report/zoo_bands.h"

#include <algorithm>

#include "saltus/base/file.h"
#include "saltus/base/json.h"
#include "saltus/base/quantile.h"
#include "saltus/base/safetensors.h"

namespace saltus {
namespace {

constexpr double kLevels[] = {0.05, 0.25, 0.5, 0.75, 0.95};

// values[c] of all runs, for one metric or for the iteration.
using ByCheckpoint = std::vector<std::vector<double>>;

// The quantile at every checkpoint; sorts `values` the first time.
std::vector<double> course(ByCheckpoint& values, double level) {
  std::vector<double> out;
  for (std::vector<double>& at : values) {
    if (!std::ranges::is_sorted(at)) std::ranges::sort(at);
    out.push_back(sorted_quantile(at, level));
  }
  return out;
}

struct ZooMetrics {
  std::vector<std::string> names;     // M
  int64_t checkpoints = 0;            // C
  int64_t runs = 0;                   // R
  std::string shard_hashes;           // their texts, one after another
  ByCheckpoint iteration;             // [C][R]
  std::vector<ByCheckpoint> metrics;  // [M][C][R]
};

template <typename T>
std::span<const T> read_tensor(const SafetensorsFile& file, std::string_view name, int64_t rows,
                               int64_t row) {
  const TensorView& tensor = file.at(name);
  if (tensor.elements() != rows * row) {
    fail("{}: tensor '{}': expected {} x {} elements, found {}", file.path().string(), name, rows,
         row, tensor.elements());
  }
  return tensor.as<T>();
}

void add_shard(ZooMetrics& zoo, const fs::path& path, int64_t rows) {
  const SafetensorsFile file(path);
  const auto names = static_cast<int64_t>(zoo.names.size());
  const auto iteration = read_tensor<int64_t>(file, "iteration", rows, zoo.checkpoints);
  const auto metrics = read_tensor<float>(file, "metrics", rows, zoo.checkpoints * names);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < zoo.checkpoints; ++c) {
      const int64_t at = r * zoo.checkpoints + c;
      zoo.iteration[static_cast<size_t>(c)].push_back(
          static_cast<double>(iteration[static_cast<size_t>(at)]));
      for (int64_t m = 0; m < names; ++m) {
        zoo.metrics[static_cast<size_t>(m)][static_cast<size_t>(c)].push_back(
            static_cast<double>(metrics[static_cast<size_t>(at * names + m)]));
      }
    }
  }
  zoo.runs += rows;
}

ZooMetrics read_metrics(const fs::path& folder) {
  const fs::path path = folder / "zoo.json";
  const std::string where = path.string();
  const Json index = parse_json(read_file(path), where);
  if (json_get<std::string>(index, "format", where) != "saltus-zoo/1") {
    fail("{}: key 'format': expected \"saltus-zoo/1\"", where);
  }
  ZooMetrics zoo;
  for (const Json& metric : json_get<Json>(index, "metrics", where)) {
    zoo.names.push_back(json_get<std::string>(metric, "name", where));
  }
  zoo.checkpoints = json_get<int64_t>(index, "checkpoints", where);
  if (zoo.checkpoints < 1) fail("{}: key 'checkpoints': expected 1 or more", where);
  zoo.iteration.resize(static_cast<size_t>(zoo.checkpoints));
  zoo.metrics.assign(zoo.names.size(), zoo.iteration);
  for (const Json& shard : json_get<Json>(index, "shards", where)) {
    const auto file = json_get<std::string>(shard, "file", where);
    add_shard(zoo, folder / file, json_get<int64_t>(shard, "runs", where));
    zoo.shard_hashes += json_get<std::string>(shard, "xxhash64", where);
  }
  if (zoo.runs == 0) fail("{}: expected a zoo with runs, found none", where);
  return zoo;
}

}  // namespace

Json read_zoo_bands(const fs::path& folder) {
  ZooMetrics zoo = read_metrics(folder);
  Json metrics = Json::object();
  for (size_t m = 0; m < zoo.names.size(); ++m) {
    Json bands = Json::object();
    for (const double level : kLevels) {
      bands[fmt::format("{}", level)] = course(zoo.metrics[m], level);
    }
    metrics[zoo.names[m]] = std::move(bands);
  }
  return {{"hash", hash_text(hash_bytes(std::as_bytes(std::span(zoo.shard_hashes))))},
          {"runs", zoo.runs},
          {"iteration", course(zoo.iteration, 0.5)},
          {"metrics", std::move(metrics)}};
}

}  // namespace saltus
