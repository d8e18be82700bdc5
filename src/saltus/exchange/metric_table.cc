#include "saltus/exchange/metric_table.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/base/json.h"

namespace saltus {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::string_view trimmed(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

std::optional<double> number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || stop != end) return std::nullopt;
  return value;
}

// The cells of a line; quoted ones may contain commas, and "" for a quote.
std::vector<std::string> csv_cells(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      if (quoted && i + 1 < line.size() && line[i + 1] == '"') {
        cells.back().push_back(line[++i]);
      } else {
        quoted = !quoted;
      }
    } else if (line[i] == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back().push_back(line[i]);
    }
  }
  for (std::string& cell : cells) cell = trimmed(cell);
  return cells;
}

// Run and iteration in one text. A run's number may be 7 in one place and 007 in another.
std::string row_key(std::string_view run, int64_t iteration) {
  const bool number = run.find_first_not_of("0123456789") == run.npos;
  if (number) run.remove_prefix(std::min(run.find_first_not_of('0'), run.size()));
  return fmt::format("{}\n{}", run, iteration);
}

}  // namespace

void MetricTable::take(const Row& row, const std::string& where) {
  const auto cell = [&](const std::string& column) -> const std::string& {
    const auto found = row.find(column);
    if (found == row.end() || found->second.empty()) {
      fail("{}: expected a value for '{}', found none", where, column);
    }
    return found->second;
  };
  std::string key;
  if (by_file_) {
    key = cell("file");
  } else {
    const std::optional<double> iteration = number_in(cell("iteration"));
    const bool whole = iteration && *iteration >= 0 && *iteration < 9e15 &&
                       *iteration == static_cast<double>(static_cast<int64_t>(*iteration));
    if (!whole) {
      fail("{}: expected a whole number for 'iteration', found '{}'", where, cell("iteration"));
    }
    key = row_key(cell("run"), static_cast<int64_t>(*iteration));
  }
  std::vector<double> values;
  for (const std::string& metric : metrics_) {
    const auto found = row.find(metric);
    const std::string text = found == row.end() ? "" : found->second;
    const std::optional<double> value = text.empty() ? kMissing : number_in(text);
    if (!value) fail("{}: expected a number for '{}', found '{}'", where, metric, text);
    values.push_back(*value);
  }
  if (!rows_.emplace(std::move(key), std::move(values)).second) {
    fail("{}: expected one row a checkpoint, found a second one for it", where);
  }
}

MetricTable::MetricTable(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  const bool json = trimmed(text).starts_with('{');
  std::vector<std::string> columns;
  std::vector<std::pair<Row, std::string>> rows;  // with where they stand
  size_t begin = 0;
  for (int64_t number = 1; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = trimmed(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
    if (line.empty()) continue;
    const std::string where = fmt::format("table {}, line {}", path.string(), number);
    if (json) {
      Row row;
      const Json object = parse_json(line, where);
      if (!object.is_object()) fail("{}: expected an object a line", where);
      for (const auto& [key, value] : object.items()) {
        if (std::ranges::find(columns, key) == columns.end()) columns.push_back(key);
        row[key] = value.is_string() ? value.get<std::string>()
                   : value.is_null() ? ""
                                     : value.dump();
      }
      rows.emplace_back(std::move(row), where);
      continue;
    }
    std::vector<std::string> cells = csv_cells(line);
    if (columns.empty()) {
      columns = std::move(cells);
      continue;
    }
    if (cells.size() != columns.size()) {
      fail("{}: expected {} cells as in the header, found {}", where, columns.size(), cells.size());
    }
    Row row;
    for (size_t i = 0; i < cells.size(); ++i) row[columns[i]] = std::move(cells[i]);
    rows.emplace_back(std::move(row), where);
  }
  const auto has = [&](std::string_view name) {
    return std::ranges::find(columns, name) != columns.end();
  };
  by_file_ = has("file");
  if (!by_file_ && !(has("run") && has("iteration"))) {
    fail("table {}: expected columns 'run' and 'iteration', or 'file', found {}", path.string(),
         fmt::join(columns, ", "));
  }
  for (const std::string& column : columns) {
    if (column == "file" || column == "run" || column == "iteration") continue;
    // A column of texts (a date, a name) is no metric.
    const bool numbers = std::ranges::any_of(rows, [&](const auto& row) {
      const auto found = row.first.find(column);
      return found != row.first.end() && number_in(found->second).has_value();
    });
    if (numbers) metrics_.push_back(column);
  }
  if (metrics_.empty()) {
    fail("table {}: expected a column of numbers, found only {}", path.string(),
         fmt::join(columns, ", "));
  }
  for (const auto& [row, where] : rows) take(row, where);
}

const std::vector<double>* MetricTable::find(std::string_view run, int64_t iteration) const {
  return find_file(row_key(run, iteration));
}

const std::vector<double>* MetricTable::find_file(std::string_view file) const {
  const auto found = rows_.find(file);
  return found == rows_.end() ? nullptr : &found->second;
}

}  // namespace saltus
