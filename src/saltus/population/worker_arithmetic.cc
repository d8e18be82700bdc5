#include "saltus/population/worker_arithmetic.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <limits>

namespace saltus {
namespace {

bool flushes_denormals() {
  const volatile float tiny = std::numeric_limits<float>::denorm_min();
  return tiny * 1.0f == 0.0f;
}

}  // namespace

WorkerArithmetic::WorkerArithmetic()
    : threads_(at::get_num_threads()), flushes_(flushes_denormals()) {
  at::set_num_threads(1);
  at::globalContext().setFlushDenormal(true);
}

WorkerArithmetic::~WorkerArithmetic() {
  at::globalContext().setFlushDenormal(flushes_);
  at::set_num_threads(threads_);
}

}  // namespace saltus
