#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <optional>

#include "saltus/base/error.h"
#include "saltus/exchange/metric_choice.h"
#include "saltus/exchange/metric_table.h"
#include "saltus/exchange/path_pattern.h"
#include "saltus/exchange/run_source.h"
#include "saltus/exchange/source_layout.h"
#include "saltus/formats/checkpoint_file.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kDefaultPattern = "{run}/*{iteration}.*";

struct FoundFile {
  std::string path;  // relative to the folder
  PathPattern::Fields fields;
};

double field_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = kUnknown;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<std::string> field(const FoundFile& file, std::string_view name) {
  for (const auto& [key, value] : file.fields) {
    if (key == name) return value;
  }
  return std::nullopt;
}

class FolderSource : public RunSource {
 public:
  FolderSource(const FolderSourceOptions& options, const Job& job)
      : options_(options), pattern_(options.pattern.empty() ? kDefaultPattern : options.pattern) {
    if (!pattern_.has("run") || !pattern_.has("iteration")) {
      fail(
          "--pattern '{}': expected {{run}} and {{iteration}} in it, which say where a file "
          "belongs",
          pattern_.text());
    }
    if (!options.table.empty()) table_.emplace(options.table);
    std::vector<FoundFile> files = scan(job);
    choose_metrics(files);
    place(files);
    if (!from_files_.empty()) read_numbers(job);
    drop_without_metrics();
  }

  std::string kind() const override { return "files " + pattern_.text(); }
  const std::vector<std::string>& metrics() const override { return metrics_; }
  const std::vector<SourceRun>& runs() const override { return runs_; }
  const std::vector<LeftOut>& left_out() const override { return left_out_; }

  Layout layout() const override {
    std::vector<std::string> first;  // checkpoint of each run
    for (const auto& paths : paths_) first.push_back(paths.front());
    return layout_of(first_readable(first).second, options_.exclude);
  }

  void read(size_t run, std::span<const size_t> checkpoints, const Layout& layout,
            std::span<float> theta) const override {
    const auto width = static_cast<size_t>(layout.parameters());
    for (size_t i = 0; i < checkpoints.size(); ++i) {
      const fs::path path = options_.folder / paths_[run][checkpoints[i]];
      copy_parameters(read_checkpoint(path, options_.key), layout, options_.exclude, path.string(),
                      theta.subspan(i * width, width));
    }
  }

 private:
  // The first file that can be read, with its path: one damaged file is no reason to stop.
  std::pair<std::string, StoredCheckpoint> first_readable(
      const std::vector<std::string>& paths) const {
    constexpr size_t kTried = 20;
    for (size_t i = 0;; ++i) {
      try {
        return {paths[i], read_checkpoint(options_.folder / paths[i], options_.key)};
      } catch (const Error&) {
        if (i + 1 == std::min(paths.size(), kTried)) throw;
      }
    }
  }

  // All files that match, in the order of their paths.
  std::vector<FoundFile> scan(const Job& job) {
    std::vector<FoundFile> files;
    int64_t seen = 0;
    const std::string root = (options_.folder / "").native();
    std::error_code error;
    auto entry = fs::recursive_directory_iterator(options_.folder, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      if (job.stopped()) fail("import: stopped while looking for files; nothing was written");
      if (!entry->is_regular_file()) continue;
      std::string path = entry->path().native().substr(root.size());
      if (++seen % 1000 == 0) {
        job.report({.stage = "look for files",
                    .done = seen,
                    .total = seen,
                    .unit = "files",
                    .figures = {}});
      }
      if (auto fields = pattern_.match(path)) {
        files.push_back({std::move(path), std::move(*fields)});
      } else {
        left_out_.push_back({std::move(path), "its path does not match the pattern"});
      }
    }
    if (error) fail("import {}: {}", options_.folder.string(), error.message());
    std::ranges::sort(files, natural_less, &FoundFile::path);
    if (files.empty()) {
      fail(
          "import {}: expected files whose paths match '{}', found none among {} files{}; say how "
          "they are named with --pattern",
          options_.folder.string(), pattern_.text(), seen,
          left_out_.empty() ? "" : ", such as " + left_out_.front().what);
    }
    return files;
  }

  // Paths and table say theirs; the files' own numbers are looked for by name.
  void choose_metrics(const std::vector<FoundFile>& files) {
    in_path_ = pattern_.metrics();
    metrics_ = in_path_;
    if (table_) {
      for (const std::string& name : table_->metrics()) {
        if (std::ranges::find(metrics_, name) == metrics_.end()) {
          in_table_.push_back(name);
          metrics_.push_back(name);
        }
      }
    }
    for (const std::string& name : options_.metrics) {
      if (std::ranges::find(metrics_, name) == metrics_.end()) from_files_.push_back(name);
    }
    if (metrics_.empty() && from_files_.empty() && !options_.measured) {
      std::vector<std::string> paths;
      for (const FoundFile& file : files) paths.push_back(file.path);
      const auto [path, checkpoint] = first_readable(paths);
      std::vector<std::string> names;
      for (const auto& [name, value] : checkpoint.numbers) {
        names.push_back(name);
        if (direction_of_name(name)) from_files_.push_back(name);
      }
      if (from_files_.empty()) {
        fail(
            "import {}: expected metrics, found none in the paths, no --table, and none in {} "
            "(its numbers: {}); name one with --metric, or give a table",
            options_.folder.string(), path,
            names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
      }
    }
    metrics_.insert(metrics_.end(), from_files_.begin(), from_files_.end());
  }

  std::vector<double> known_metrics(const FoundFile& file, const std::string& run,
                                    int64_t iteration) const {
    std::vector<double> values;
    for (const std::string& name : in_path_) {
      const auto text = field(file, name);
      values.push_back(text ? field_number(*text) : kUnknown);
    }
    if (table_) {
      const std::vector<double>* row =
          table_->by_file() ? table_->find_file(file.path) : table_->find(run, iteration);
      for (const std::string& name : in_table_) {
        const auto place = std::ranges::find(table_->metrics(), name) - table_->metrics().begin();
        values.push_back(row == nullptr ? kUnknown : (*row)[static_cast<size_t>(place)]);
      }
    }
    values.resize(metrics_.size(), kUnknown);
    return values;
  }

  // Files to runs, in order of iteration.
  void place(const std::vector<FoundFile>& files) {
    struct Placed {
      SourceCheckpoint checkpoint;
      std::string path;
    };
    std::map<std::string, std::vector<Placed>, decltype(&natural_less)> runs(&natural_less);
    for (const FoundFile& file : files) {
      const std::string run = *field(file, "run");
      const std::string digits = *field(file, "iteration");
      int64_t iteration = 0;
      const auto [end, code] =
          std::from_chars(digits.data(), digits.data() + digits.size(), iteration);
      if (code != std::errc()) {
        left_out_.push_back({file.path, fmt::format("its iteration {} is too large", digits)});
        continue;
      }
      runs[run].push_back({{iteration, known_metrics(file, run, iteration)}, file.path});
    }
    for (auto& [name, placed] : runs) {
      std::ranges::stable_sort(placed, {}, [](const Placed& p) { return p.checkpoint.iteration; });
      SourceRun run{.name = name, .checkpoints = {}};
      std::vector<std::string> paths;
      for (Placed& p : placed) {
        if (!run.checkpoints.empty() &&
            run.checkpoints.back().iteration == p.checkpoint.iteration) {
          left_out_.push_back(
              {p.path, fmt::format("{} is of the same run and iteration", paths.back())});
          continue;
        }
        run.checkpoints.push_back(std::move(p.checkpoint));
        paths.push_back(std::move(p.path));
      }
      runs_.push_back(std::move(run));
      paths_.push_back(std::move(paths));
    }
    if (runs_.empty()) fail("import {}: no file has an iteration", options_.folder.string());
  }

  // Opens every file for its own numbers.
  void read_numbers(const Job& job) {
    int64_t total = 0, done = 0;
    for (const auto& paths : paths_) total += static_cast<int64_t>(paths.size());
    std::mutex mutex;
    const auto unit = [&](int64_t r) {
      if (job.stopped()) return;
      const auto run = static_cast<size_t>(r);
      for (size_t c = 0; c < paths_[run].size(); ++c) {
        try {
          take_numbers(read_checkpoint(options_.folder / paths_[run][c], options_.key),
                       runs_[run].checkpoints[c].metrics);
        } catch (const Error& error) {
          const std::lock_guard lock(mutex);
          left_out_.push_back({paths_[run][c], error.what()});
        }
      }
      const std::lock_guard lock(mutex);
      done += static_cast<int64_t>(paths_[run].size());
      job.report(
          {.stage = "read metrics", .done = done, .total = total, .unit = "files", .figures = {}});
    };
    parallel_for(static_cast<int64_t>(paths_.size()), thread_count(job), unit);
    if (job.stopped()) fail("import: stopped while reading metrics; nothing was written");
  }

  void take_numbers(const StoredCheckpoint& checkpoint, std::vector<double>& metrics) const {
    for (size_t m = 0; m < from_files_.size(); ++m) {
      for (const auto& [name, value] : checkpoint.numbers) {
        // "metrics.loss" is found as "loss", too.
        const bool same = name == from_files_[m] || name.ends_with("." + from_files_[m]);
        if (same) metrics[in_path_.size() + in_table_.size() + m] = value;
      }
    }
  }

  // A checkpoint that nobody measured teaches nothing.
  void drop_without_metrics() {
    for (size_t r = runs_.size(); r-- > 0;) {
      std::vector<SourceCheckpoint>& checkpoints = runs_[r].checkpoints;
      for (size_t c = checkpoints.size(); c-- > 0;) {
        const auto missing = std::ranges::find_if(checkpoints[c].metrics,
                                                  [](double value) { return std::isnan(value); });
        if (missing == checkpoints[c].metrics.end()) continue;
        const auto m = static_cast<size_t>(missing - checkpoints[c].metrics.begin());
        left_out_.push_back({paths_[r][c], fmt::format("it has no {}", metrics_[m])});
        checkpoints.erase(checkpoints.begin() + static_cast<std::ptrdiff_t>(c));
        paths_[r].erase(paths_[r].begin() + static_cast<std::ptrdiff_t>(c));
      }
      if (!checkpoints.empty()) continue;
      runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(r));
      paths_.erase(paths_.begin() + static_cast<std::ptrdiff_t>(r));
    }
    if (runs_.empty()) {
      fail("import {}: no checkpoint has all of the metrics {}; the first: {}: {}",
           options_.folder.string(), fmt::join(metrics_, ", "), left_out_.back().what,
           left_out_.back().why);
    }
  }

  FolderSourceOptions options_;
  PathPattern pattern_;
  std::optional<MetricTable> table_;
  std::vector<std::string> metrics_, in_path_, in_table_, from_files_;
  std::vector<SourceRun> runs_;
  std::vector<std::vector<std::string>> paths_;  // of each run's checkpoints
  std::vector<LeftOut> left_out_;
};

}  // namespace

std::unique_ptr<RunSource> open_folder_source(const FolderSourceOptions& options, const Job& job) {
  return std::make_unique<FolderSource>(options, job);
}

}  // namespace saltus
