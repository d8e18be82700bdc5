// Metrics of checkpoints in a table: CSV with a header line, or JSON lines.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace saltus {

// Rows are found by run and iteration (columns "run" and "iteration"), or by the file's path
// relative to the imported folder (column "file"). Every other column whose values are numbers is a
// metric; empty cells and NaN are values that are missing.
class MetricTable {
 public:
  // Error (file, line, what) for rows of another width, values that are no numbers in a column that
  // has some, two rows for one checkpoint, and tables without such columns.
  explicit MetricTable(const std::filesystem::path& path);

  const std::vector<std::string>& metrics() const { return metrics_; }
  bool by_file() const { return by_file_; }

  // The values of a checkpoint in the order of metrics(); null when it has no row.
  const std::vector<double>* find(std::string_view run, int64_t iteration) const;
  const std::vector<double>* find_file(std::string_view file) const;

 private:
  using Row = std::map<std::string, std::string>;  // column -> text
  void take(const Row& row, const std::string& where);

  bool by_file_ = false;
  std::vector<std::string> metrics_;
  std::map<std::string, std::vector<double>, std::less<>> rows_;
};

}  // namespace saltus
