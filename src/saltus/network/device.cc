#include "saltus/network/device.h"

#include <ATen/Context.h>
#include <dlfcn.h>

#include <algorithm>
#include <charconv>

#include "saltus/base/error.h"
#include "saltus/base/isa.h"
#include "saltus/base/team.h"

namespace saltus {
namespace {

// N of "cuda:N", -1 of anything else.
int gpu_number(std::string_view name) {
  constexpr std::string_view kPrefix = "cuda:";
  if (!name.starts_with(kPrefix)) return -1;
  const std::string_view digits = name.substr(kPrefix.size());
  int number = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() ? number : -1;
}

// The library registers itself with LibTorch when it is loaded.
void load_cuda(const std::string& name) {
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr) return;
  const char* reason = dlerror();
  fail(
      "device {}: this LibTorch's CUDA part cannot be loaded ({}); use --device cpu, or install "
      "its "
      "CUDA libraries with scripts/setup.sh --python (docs/dependencies.md)",
      name, reason == nullptr ? "no reason given" : reason);
}

}  // namespace

at::Device device_named(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  int number = gpu_number(name);
  if (number < 0 && name != "cuda") {
    fail("device: expected cpu, cuda or cuda:N, found '{}'", name);
  }
  load_cuda(name);
  const int found = static_cast<int>(at::detail::getCUDAHooks().deviceCount());
  if (name == "cuda") number = local_rank() % std::max(found, 1);
  if (number >= found) {
    fail(
        "device {}: expected a GPU of that number, found {} that LibTorch can use; use --device "
        "cpu",
        name, found);
  }
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(number));
}

at::ScalarType product_type(const std::string& precision, const at::Device& device) {
  const bool has_bf16 = !device.is_cpu() || has_bf16_products();
  return precision == "bf16" && has_bf16 ? at::kBFloat16 : at::kFloat;
}

bool computes_wider(const std::string& precision, const at::Device& device) {
  return precision == "bf16" && product_type(precision, device) == at::kFloat;
}

}  // namespace saltus
