#include "saltus/server/json_values.h"

#include <charconv>
#include <cmath>

namespace saltus {

Json json_number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json json_number(float value) {
  if (!std::isfinite(value)) return {};
  // 0.1f as 0.1 and not as 0.10000000149011612: half the bytes, the same float.
  char digits[32];
  const char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  double shortest = 0;
  std::from_chars(digits, end, shortest);
  return shortest;
}

Json json_numbers(std::span<const float> values) {
  Json list = Json::array();
  for (const float value : values) list.push_back(json_number(value));
  return list;
}

Json metric_values(const std::vector<Metric>& metrics, const float* values) {
  Json json = Json::object();
  for (size_t m = 0; m < metrics.size(); ++m) json[metrics[m].name] = json_number(values[m]);
  return json;
}

Json tensor_shapes(const Layout& layout) {
  Json list = Json::array();
  for (const TensorSpec& tensor : layout.tensors()) {
    list.push_back({{"name", tensor.name}, {"shape", tensor.shape}});
  }
  return list;
}

Json tensor_values(const Layout& layout, std::span<const float> theta) {
  Json list = Json::array();
  for (const TensorSpec& tensor : layout.tensors()) {
    const auto part =
        theta.subspan(static_cast<size_t>(tensor.offset), static_cast<size_t>(tensor.size));
    list.push_back(
        {{"name", tensor.name}, {"shape", tensor.shape}, {"values", json_numbers(part)}});
  }
  return {{"tensors", list}};
}

}  // namespace saltus
