#include "saltus/benchmark/flop_counter.h"

#include <ATen/core/ivalue.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "saltus/base/error.h"
#include "saltus/network/own_products.h"

namespace saltus {
namespace {

// A callback of LibTorch can reach nothing but a global.
std::atomic<double> flops{0};
std::atomic<bool> counting{false};
std::string ignored;            // while counting: the name of calls that are not counted
thread_local int ignoring = 0;  // such calls around this one

const at::Tensor* tensor_at(c10::ArrayRef<const c10::IValue> inputs, size_t i) {
  return i < inputs.size() && inputs[i].isTensor() ? &inputs[i].toTensor() : nullptr;
}

// a [..., m, k] times b [..., k, n].
double product(const at::Tensor* a, const at::Tensor* b) {
  if (a == nullptr || b == nullptr || a->dim() < 2 || b->dim() < 2) return 0;
  return 2.0 * static_cast<double>(a->numel()) * static_cast<double>(b->size(-1));
}

// Each place of the output [B, out, H, W] sees one kernel [out, in, h, w] a channel.
double convolution(double places, const at::Tensor* kernel) {
  if (kernel == nullptr || kernel->dim() < 3 || kernel->size(0) == 0) return 0;
  return 2.0 * places * static_cast<double>(kernel->numel() / kernel->size(0));
}

double forward_convolution(const at::RecordFunction& call) {
  const at::Tensor* input = tensor_at(call.inputs(), 0);
  const at::Tensor* kernel = tensor_at(call.inputs(), 1);
  if (input == nullptr || kernel == nullptr || !call.inputs()[3].isIntList()) return 0;
  const auto stride = call.inputs()[3].toIntVector();
  double places = static_cast<double>(input->size(0) * kernel->size(0));
  for (int64_t d = 2; d < input->dim(); ++d) {  // padding keeps the size, but for the stride
    const auto s = stride[static_cast<size_t>(d - 2) % stride.size()];
    places *= static_cast<double>((input->size(d) + s - 1) / s);
  }
  return convolution(places, kernel);
}

// The gradients that are asked for cost as much as the forward pass, each.
double backward_convolution(const at::RecordFunction& call) {
  const at::Tensor* slope = tensor_at(call.inputs(), 0);
  const at::Tensor* kernel = tensor_at(call.inputs(), 2);
  const c10::IValue mask = call.inputs().back();
  if (slope == nullptr || !mask.isBoolList()) return 0;
  const auto wanted = mask.toBoolList();
  const int parts = (wanted[0] ? 1 : 0) + (wanted[1] ? 1 : 0);
  return parts * convolution(static_cast<double>(slope->numel()), kernel);
}

double cost(const at::RecordFunction& call) {
  const std::string_view name = call.name();
  const auto inputs = call.inputs();
  if (name == "aten::mm" || name == "aten::bmm") {
    return product(tensor_at(inputs, 0), tensor_at(inputs, 1));
  }
  if (name == "aten::addmm" || name == "aten::baddbmm") {
    return product(tensor_at(inputs, 1), tensor_at(inputs, 2));
  }
  if (name == kOwnProducts) return inputs[0].toDouble();
  if (name == "aten::convolution") return forward_convolution(call);
  if (name == "aten::convolution_backward") return backward_convolution(call);
  return 0;
}

std::unique_ptr<at::ObserverContext> on_call(const at::RecordFunction& call) {
  if (ignored == call.name()) ++ignoring;
  if (ignoring == 0) flops += cost(call);
  return nullptr;
}

void on_return(const at::RecordFunction& call, at::ObserverContext* /*context*/) {
  if (ignored == call.name()) --ignoring;
}

}  // namespace

FlopCounter::FlopCounter(std::string beside) {
  check(!counting.exchange(true), "one FlopCounter at a time");
  flops = 0;
  ignored = std::move(beside);
  handle_ = at::addGlobalCallback(at::RecordFunctionCallback(on_call, on_return).needsInputs(true));
}

FlopCounter::~FlopCounter() {
  at::removeCallback(handle_);
  counting = false;
}

double FlopCounter::count() const { return flops; }

}  // namespace saltus
