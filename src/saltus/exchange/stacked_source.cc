#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "saltus/base/error.h"
#include "saltus/exchange/metric_table.h"
#include "saltus/exchange/run_source.h"
#include "saltus/formats/checkpoint_file.h"
#include "saltus/formats/numbers.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

// Numbers without any header, as numpy.memmap writes them.
StoredCheckpoint map_plain_array(const StackedSourceOptions& options) {
  const Dtype dtype = dtype_from_name(options.dtype);
  const auto file = std::make_shared<const MappedFile>(options.file);
  int64_t size = static_cast<int64_t>(dtype_size(dtype));
  for (const int64_t n : options.shape) {
    if (n < 1 || __builtin_mul_overflow(size, n, &size)) size = -1;
    if (size < 0) break;
  }
  if (options.shape.size() != 3 || static_cast<uint64_t>(size) != file->bytes().size()) {
    fail(
        "import {}: expected runs, checkpoints and parameters that make {} bytes, found --shape {} "
        "of {}",
        options.file.string(), file->bytes().size(), fmt::join(options.shape, ","), options.dtype);
  }
  StoredCheckpoint out;
  out.owner = file;
  out.tensors.push_back(dense_tensor("parameters", dtype, options.shape, file->bytes()));
  return out;
}

// The part of a stacked tensor that is one checkpoint's.
StridedTensor slice_of(const StridedTensor& stacked, int64_t run, int64_t checkpoint) {
  StridedTensor slice = stacked;
  slice.offset += run * stacked.strides[0] + checkpoint * stacked.strides[1];
  slice.shape.erase(slice.shape.begin(), slice.shape.begin() + 2);
  slice.strides.erase(slice.strides.begin(), slice.strides.begin() + 2);
  return slice;
}

class StackedSource : public RunSource {
 public:
  explicit StackedSource(const StackedSourceOptions& options)
      : path_(options.file.string()),
        measured_(options.measured),
        file_(options.shape.empty() ? read_checkpoint(options.file, options.key)
                                    : map_plain_array(options)) {
    choose_tensors();
    std::optional<MetricTable> table;
    if (!options.table.empty()) table.emplace(options.table);
    list_runs(table ? &*table : nullptr);
  }

  std::string kind() const override { return "a stacked file"; }
  const std::vector<std::string>& metrics() const override { return metrics_; }
  const std::vector<SourceRun>& runs() const override { return runs_; }
  const std::vector<LeftOut>& left_out() const override { return left_out_; }

  Layout layout() const override {
    std::vector<TensorSpec> tensors;
    for (const StridedTensor* tensor : parameters_) {
      tensors.push_back(
          {.name = tensor->name, .shape = {tensor->shape.begin() + 2, tensor->shape.end()}});
    }
    return Layout(std::move(tensors));
  }

  void read(size_t run, std::span<const size_t> checkpoints, const Layout& layout,
            std::span<float> theta) const override {
    const auto width = static_cast<size_t>(layout.parameters());
    for (const size_t c : checkpoints) {
      std::span<float> row = theta.subspan(0, width);
      theta = theta.subspan(width);
      for (const StridedTensor* tensor : parameters_) {
        const StridedTensor slice =
            slice_of(*tensor, static_cast<int64_t>(run), static_cast<int64_t>(c));
        const auto size = static_cast<size_t>(slice.elements());
        if (size > row.size()) {
          fail("{}: expected {} parameters a checkpoint, found more", path_, width);
        }
        copy_floats(slice, row.subspan(0, size));
        row = row.subspan(size);
      }
      if (!row.empty()) fail("{}: expected {} parameters a checkpoint, found fewer", path_, width);
    }
  }

 private:
  // Floats of three axes or more are parameters, floats [R, C] are metrics.
  void choose_tensors() {
    for (const StridedTensor& tensor : file_.tensors) {
      const size_t axes = tensor.shape.size();
      if (tensor.name == "iteration") {
        iteration_ = &tensor;
      } else if (is_float(tensor.dtype) && axes >= 3) {
        parameters_.push_back(&tensor);
      } else if (is_float(tensor.dtype) && axes == 2) {
        metric_tensors_.push_back(&tensor);
      } else {
        left_out_.push_back({tensor.name, "it has no axes of runs and checkpoints, or no floats"});
      }
    }
    if (parameters_.empty()) {
      fail(
          "import {}: expected parameters as floats [runs, checkpoints, ...], found no tensor of "
          "three axes",
          path_);
    }
    const std::vector<int64_t>& shape = parameters_.front()->shape;
    runs_.resize(static_cast<size_t>(shape[0]));
    for (const std::vector<const StridedTensor*>& list : {parameters_, metric_tensors_}) {
      for (const StridedTensor* tensor : list) {
        if (tensor->shape[0] == shape[0] && tensor->shape[1] == shape[1]) continue;
        fail("import {}: tensor '{}': expected {} runs of {} checkpoints, as '{}' has, found [{}]",
             path_, tensor->name, shape[0], shape[1], parameters_.front()->name,
             fmt::join(tensor->shape, ", "));
      }
    }
  }

  std::vector<double> iterations(size_t checkpoints) const {
    std::vector<double> all(runs_.size() * checkpoints);
    const std::vector<double> given =
        iteration_ != nullptr ? numbers_of(*iteration_) : std::vector<double>();
    if (!given.empty() && given.size() != checkpoints && given.size() != all.size()) {
      fail("import {}: tensor 'iteration': expected {} or {} x {} numbers, found {}", path_,
           checkpoints, runs_.size(), checkpoints, given.size());
    }
    for (size_t i = 0; i < all.size(); ++i) {
      all[i] = given.empty() ? static_cast<double>(i % checkpoints) : given[i % given.size()];
    }
    return all;
  }

  void list_runs(const MetricTable* table) {
    const auto checkpoints = static_cast<size_t>(parameters_.front()->shape[1]);
    const std::vector<double> iteration = iterations(checkpoints);
    std::vector<std::vector<double>> values;
    for (const StridedTensor* tensor : metric_tensors_) {
      metrics_.push_back(tensor->name);
      values.push_back(numbers_of(*tensor));
    }
    if (table != nullptr) {
      metrics_.insert(metrics_.end(), table->metrics().begin(), table->metrics().end());
    }
    if (metrics_.empty() && !measured_) {
      fail(
          "import {}: expected metrics as floats [runs, checkpoints] in the file, or a --table "
          "with "
          "columns run, iteration and metrics, found neither",
          path_);
    }
    for (size_t r = 0; r < runs_.size(); ++r) {
      SourceRun& run = runs_[r];
      run.name = std::to_string(r);
      for (size_t c = 0; c < checkpoints; ++c) {
        const size_t place = r * checkpoints + c;
        const double whole = std::floor(iteration[place]);
        const bool rises = c == 0 || whole > static_cast<double>(run.checkpoints.back().iteration);
        if (!(whole >= 0 && whole < 9e15 && whole == iteration[place] && rises)) {
          fail(
              "import {}: iterations of run {}: expected rising whole numbers, found {} at "
              "checkpoint {}",
              path_, r, iteration[place], c);
        }
        SourceCheckpoint checkpoint{.iteration = static_cast<int64_t>(whole), .metrics = {}};
        for (const std::vector<double>& metric : values) {
          checkpoint.metrics.push_back(metric[place]);
        }
        if (table != nullptr) {
          const std::vector<double>* row = table->find(run.name, checkpoint.iteration);
          if (row == nullptr) {
            fail("import {}: expected a row for run {} at iteration {} in the table, found none",
                 path_, run.name, checkpoint.iteration);
          }
          checkpoint.metrics.insert(checkpoint.metrics.end(), row->begin(), row->end());
        }
        run.checkpoints.push_back(std::move(checkpoint));
      }
    }
  }

  std::string path_;
  bool measured_;
  StoredCheckpoint file_;
  const StridedTensor* iteration_ = nullptr;
  std::vector<const StridedTensor*> parameters_, metric_tensors_;
  std::vector<std::string> metrics_;
  std::vector<SourceRun> runs_;
  std::vector<LeftOut> left_out_;
};

}  // namespace

std::unique_ptr<RunSource> open_stacked_source(const StackedSourceOptions& options) {
  return std::make_unique<StackedSource>(options);
}

}  // namespace saltus
