#include "saltus/network/initialiser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "saltus/base/error.h"
#include "saltus/base/options.h"
#include "saltus/network/orthogonal_kernels.h"

namespace saltus {
namespace {

enum class Position { first, hidden, last };

// A weight tensor as a matrix of fan-out rows; convolution kernels count as inputs.
struct Layer {
  int64_t rows = 0, columns = 0;
  double fan_in = 0, fan_out = 0;
  Position position = Position::hidden;
};

void fill_normal(double sigma, RandomStream& random, std::span<float> weight) {
  random.fill_normal(weight);
  for (float& value : weight) value = static_cast<float>(sigma * value);
}

void fill_uniform(double bound, RandomStream& random, std::span<float> weight) {
  for (float& value : weight) {
    value = static_cast<float>(bound * (2 * random.uniform_double() - 1));
  }
}

// Orthonormal rows or columns, whichever are fewer, by Gram-Schmidt in double. Each vector is
// projected twice, which keeps orthogonality at rounding level.
void orthogonal(const Layer& layer, RandomStream& random, std::span<float> weight) {
  static const OrthogonalKernels& kernels = orthogonal_kernels(selected_isa());
  const auto padded = [](int64_t n) {
    return (n + kOrthogonalBlock - 1) / kOrthogonalBlock * kOrthogonalBlock;
  };
  const bool wide = layer.rows <= layer.columns;
  const int64_t count = wide ? layer.rows : layer.columns;
  const int64_t length = wide ? layer.columns : layer.rows, stride = padded(length);
  const double gain = layer.position == Position::last ? 0.01 : std::numbers::sqrt2;
  std::vector<float> drawn(static_cast<size_t>(length));
  std::vector<double> basis(static_cast<size_t>(padded(count) * stride));
  std::vector<double> v(static_cast<size_t>(stride));
  for (int64_t done = 0; done < count;) {
    random.fill_normal(drawn);
    std::ranges::copy(drawn, v.begin());
    for (int pass = 0; pass < 2; ++pass) {
      kernels.remove_span(basis.data(), padded(done), stride, v.data());
    }
    const double norm = std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
    if (norm < 1e-6) continue;  // unlucky draw, nearly in the span of the others
    double* row = basis.data() + done++ * stride;
    std::ranges::transform(v, row, [norm](double x) { return x / norm; });
  }
  for (int64_t k = 0; k < count; ++k) {
    for (int64_t i = 0; i < length; ++i) {
      weight[static_cast<size_t>(wide ? k * length + i : i * count + k)] =
          static_cast<float>(gain * basis[static_cast<size_t>(k * stride + i)]);
    }
  }
}

void pytorch(const Layer& layer, RandomStream& random, std::span<float> weight) {
  fill_uniform(1 / std::sqrt(layer.fan_in), random, weight);
}

void xavier(const Layer& layer, RandomStream& random, std::span<float> weight) {
  fill_uniform(std::sqrt(6 / (layer.fan_in + layer.fan_out)), random, weight);
}

void kaiming(const Layer& layer, RandomStream& random, std::span<float> weight) {
  fill_normal(std::sqrt(2 / layer.fan_in), random, weight);
}

// The standard deviation, in units of 1/sqrt(fan_in), is drawn log-uniform between bounds that
// reach from nearly silent to saturating; the output layer has the widest range.
void loguniform(const Layer& layer, RandomStream& random, std::span<float> weight) {
  struct Bounds {
    double low, high;
  };
  constexpr Bounds kBounds[] = {{0.16, 1.8}, {0.23, 1.8}, {0.011, 2.8}};  // by Position
  const Bounds bounds = kBounds[static_cast<size_t>(layer.position)];
  const double u = random.uniform_double();
  const double sigma = bounds.low * std::pow(bounds.high / bounds.low, u) / std::sqrt(layer.fan_in);
  if (random.uniform_double() < 0.5) {
    fill_normal(sigma, random, weight);
  } else {
    fill_uniform(sigma * std::numbers::sqrt3, random, weight);
  }
}

template <int tenths>
void normal(const Layer&, RandomStream& random, std::span<float> weight) {
  fill_normal(tenths / 10.0, random, weight);
}

using Fill = std::function<void(const Layer&, RandomStream&, std::span<float>)>;

struct Scheme {
  const char* name;
  const char* description;
  void (*fill)(const Layer&, RandomStream&, std::span<float>);
};
constexpr Scheme kSchemes[] = {
    {"orthogonal", "orthogonal matrices, gain sqrt(2), output layer 0.01", orthogonal},
    {"pytorch", "PyTorch's default: U(-b, b), b = 1/sqrt(fan_in)", pytorch},
    {"normal0.1", "N(0, 0.1)", normal<1>},
    {"normal0.2", "N(0, 0.2)", normal<2>},
    {"xavier", "Xavier: U(-b, b), b = sqrt(6/(fan_in + fan_out))", xavier},
    {"kaiming", "Kaiming: N(0, sqrt(2/fan_in))", kaiming},
    {"loguniform", "scale of each layer log-uniform, normal or uniform", loguniform},
};

// A name of the table, or normal:SIGMA.
Fill find_scheme(const std::string& name) {
  for (const Scheme& scheme : kSchemes) {
    if (name == scheme.name) return scheme.fill;
  }
  constexpr std::string_view kNormal = "normal:";
  if (name.starts_with(kNormal)) {
    double sigma = 0;
    const char* end = name.data() + name.size();
    const auto [stop, code] = std::from_chars(name.data() + kNormal.size(), end, sigma);
    if (code != std::errc() || stop != end || !(sigma >= 0 && sigma <= 10)) {
      fail("initialiser '{}': expected normal:SIGMA with SIGMA in [0, 10]", name);
    }
    return [sigma](const Layer&, RandomStream& random, std::span<float> weight) {
      fill_normal(sigma, random, weight);
    };
  }
  std::vector<std::string> names;
  for (const Scheme& scheme : kSchemes) names.emplace_back(scheme.name);
  fail("initialiser '{}': expected one of {} or normal:SIGMA; did you mean {}?", name,
       fmt::join(names, ", "), nearest_name(name, names));
}

bool is_weight(const TensorSpec& tensor) {
  return tensor.name.ends_with(".weight") && tensor.shape.size() >= 2;
}

Layer describe(const TensorSpec& tensor, Position position) {
  Layer layer;
  layer.rows = tensor.shape[0];
  layer.columns = tensor.size / tensor.shape[0];
  layer.fan_in = static_cast<double>(layer.columns);
  layer.fan_out = static_cast<double>(tensor.size / tensor.shape[1]);
  layer.position = position;
  return layer;
}

}  // namespace

const std::vector<InitialiserInfo>& initialisers() {
  static const std::vector<InitialiserInfo> list = [] {
    std::vector<InitialiserInfo> infos;
    for (const Scheme& scheme : kSchemes) infos.push_back({scheme.name, scheme.description});
    return infos;
  }();
  return list;
}

void initialise(const Layout& layout, const std::string& scheme, RandomStream& random,
                std::span<float> theta, float log_std) {
  check(static_cast<int64_t>(theta.size()) == layout.parameters(), "initialise: size of theta");
  const Fill fill = find_scheme(scheme);
  const auto weights = std::ranges::count_if(layout.tensors(), is_weight);
  int64_t seen = 0;
  for (const TensorSpec& tensor : layout.tensors()) {
    const std::span<float> out =
        theta.subspan(static_cast<size_t>(tensor.offset), static_cast<size_t>(tensor.size));
    if (is_weight(tensor)) {
      ++seen;
      // With a single layer, what it computes is the output: `last` wins.
      const Position position = seen == weights ? Position::last
                                : seen == 1     ? Position::first
                                                : Position::hidden;
      fill(describe(tensor, position), random, out);
    } else if (tensor.name.ends_with(".bias")) {
      const std::string stem = tensor.name.substr(0, tensor.name.size() - 5);
      const TensorSpec& weight = layout.at(stem + ".weight");
      fill_uniform(1 / std::sqrt(describe(weight, Position::hidden).fan_in), random, out);
    } else if (tensor.size == 1 && tensor.name.ends_with("log_std")) {
      out[0] = log_std;
    } else {
      fail(
          "initialise: tensor '{}' [{}]: expected *.weight of 2 or more dimensions, *.bias or a "
          "log_std of one element",
          tensor.name, fmt::join(tensor.shape, ", "));
    }
  }
}

}  // namespace saltus
