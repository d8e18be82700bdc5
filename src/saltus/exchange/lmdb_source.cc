#include <algorithm>
#include <charconv>
#include <optional>

#include "saltus/base/error.h"
#include "saltus/base/json.h"
#include "saltus/exchange/path_pattern.h"
#include "saltus/exchange/run_source.h"
#include "saltus/formats/lmdb_file.h"
#include "saltus/formats/numbers.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kIterationsAnEpoch = 100'000;  // of keys that count iterations within epochs

// RUN/itIIIII.pt or RUN/epEEE_itIIIII.pt.
std::optional<int64_t> iteration_of(std::string_view key) {
  static const PathPattern plain("{run}/it{iteration}.pt"),
      within_epoch("{run}/ep{epoch}_it{iteration}.pt");
  int64_t epoch = 0, iteration = 0;
  auto fields = plain.match(key);
  if (!fields) fields = within_epoch.match(key);
  if (!fields) return std::nullopt;
  for (const auto& [name, text] : *fields) {
    int64_t& value = name == "epoch" ? epoch : iteration;
    if (name == "run") continue;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || value < 0 ||
        value > 1'000'000'000) {
      return std::nullopt;
    }
  }
  return epoch * kIterationsAnEpoch + iteration;
}

StridedTensor float_vector(std::string name, std::span<const std::byte> bytes) {
  return dense_tensor(std::move(name), Dtype::F32,
                      {static_cast<int64_t>(bytes.size() / sizeof(float))}, bytes);
}

class LmdbSource : public RunSource {
 public:
  explicit LmdbSource(const fs::path& folder) {
    std::vector<fs::path> sets;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (fs::exists(entry.path() / "data.mdb")) {
        sets.push_back(entry.path());
      } else {
        left_out_.push_back({entry.path().filename().string(), "it holds no data.mdb"});
      }
    }
    std::ranges::sort(sets, [](const fs::path& a, const fs::path& b) {
      return natural_less(a.filename().string(), b.filename().string());
    });
    for (const fs::path& set : sets) add_set(set);
    if (runs_.empty()) {
      fail("import {}: expected folders with data.mdb and runs.json, found none with checkpoints",
           folder.string());
    }
  }

  std::string kind() const override { return "LMDB sets"; }
  const std::vector<std::string>& metrics() const override { return metrics_; }
  const std::vector<SourceRun>& runs() const override { return runs_; }
  const std::vector<LeftOut>& left_out() const override { return left_out_; }

  // The sets record sizes, not names: tensors 0, 1, ... without axes.
  Layout layout() const override {
    const LmdbFile file(places_.front().set);
    const std::string& key = places_.front().keys.front();
    std::vector<TensorSpec> tensors;
    for (const double size : numbers_of(float_vector("sizes", value(file, key + "_arch")))) {
      if (!(size >= 1 && size < 1e12)) {
        fail("import {}: entry {}_arch: expected sizes of tensors, found {}", file.path().string(),
             key, size);
      }
      tensors.push_back(
          {.name = std::to_string(tensors.size()), .shape = {static_cast<int64_t>(size)}});
    }
    return Layout(std::move(tensors));
  }

  void read(size_t run, std::span<const size_t> checkpoints, const Layout& layout,
            std::span<float> theta) const override {
    const LmdbFile file(places_[run].set);
    const auto width = static_cast<size_t>(layout.parameters());
    for (size_t i = 0; i < checkpoints.size(); ++i) {
      const std::string& key = places_[run].keys[checkpoints[i]];
      const auto bytes = value(file, key);
      if (bytes.size() != width * sizeof(float)) {
        fail("{}: entry {}: expected {} float32 numbers, found {} bytes", file.path().string(), key,
             width, bytes.size());
      }
      copy_floats(float_vector(key, bytes), theta.subspan(i * width, width));
    }
  }

 private:
  struct Place {
    fs::path set;
    std::vector<std::string> keys;  // one a checkpoint
  };

  static std::span<const std::byte> value(const LmdbFile& file, std::string_view key) {
    const auto found = std::ranges::lower_bound(file.entries(), key, {}, &LmdbEntry::key);
    if (found == file.entries().end() || found->key != key) {
      fail("{}: expected an entry {}, found none", file.path().string(), key);
    }
    return found->value;
  }

  // One folder: runs.json is of one run, or of several by their names.
  void add_set(const fs::path& set) {
    const std::string file = (set / "runs.json").string();
    const Json json = parse_json(read_file(file), file);
    if (json.is_object() && json.contains("checkpoints")) {
      add_run(set, set.filename().string(), json, file);
      return;
    }
    for (const auto& [name, run] : json.items()) add_run(set, name, run, file);
  }

  void add_run(const fs::path& set, const std::string& name, const Json& json,
               const std::string& file) {
    const Json& checkpoints = json_at(json, "checkpoints", file);
    std::vector<std::string> keys;
    for (const auto& [key, metrics] : checkpoints.items()) keys.push_back(key);
    std::ranges::sort(keys);
    SourceRun run{.name = name, .checkpoints = {}};
    Place place{set, {}};
    for (const std::string& key : keys) {
      const std::optional<int64_t> iteration = iteration_of(key);
      const bool rises =
          run.checkpoints.empty() || (iteration && *iteration > run.checkpoints.back().iteration);
      if (!iteration || !rises) {
        left_out_.push_back({name + ": " + key, "its iteration is not said, or does not rise"});
        continue;
      }
      const Json& metrics = checkpoints[key];
      if (metrics_.empty() && metrics.is_object()) {
        for (const auto& [metric, number] : metrics.items()) metrics_.push_back(metric);
      }
      SourceCheckpoint checkpoint{.iteration = *iteration, .metrics = {}};
      for (const std::string& metric : metrics_) {
        checkpoint.metrics.push_back(json_get<double>(metrics, metric, file + ": " + key));
      }
      run.checkpoints.push_back(std::move(checkpoint));
      place.keys.push_back(key);
    }
    if (run.checkpoints.empty()) {
      left_out_.push_back({name, "it has no checkpoints"});
      return;
    }
    runs_.push_back(std::move(run));
    places_.push_back(std::move(place));
  }

  std::vector<std::string> metrics_;
  std::vector<SourceRun> runs_;
  std::vector<Place> places_;
  std::vector<LeftOut> left_out_;
};

}  // namespace

std::unique_ptr<RunSource> open_lmdb_source(const fs::path& folder) {
  return std::make_unique<LmdbSource>(folder);
}

bool is_lmdb_source(const fs::path& path) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (fs::exists(entry.path() / "data.mdb")) return true;
  }
  return false;
}

}  // namespace saltus
