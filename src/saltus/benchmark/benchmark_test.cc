#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>

#include "saltus/base/error.h"
#include "saltus/benchmark/flop_counter.h"
#include "saltus/benchmark/peaks.h"
#include "saltus/generator/precision.h"
#include "saltus/generator/small_products.h"
#include "saltus/generator/transformer.h"
#include "saltus/network/convnet.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;
using testing::TemporaryFolder;

TEST(FlopCounter, CountsProductsForwardAndBackward) {
  const at::Tensor a = at::randn({4, 5}).set_requires_grad(true), b = at::randn({5, 6});
  const at::Tensor batch = at::randn({3, 4, 5}), other = at::randn({3, 5, 2});
  const FlopCounter counter;
  const at::Tensor product = at::mm(a, b);
  EXPECT_EQ(counter.count(), 2 * 4 * 5 * 6);
  at::addmm(at::zeros({6}), a, b);
  EXPECT_EQ(counter.count(), 2 * 2 * 4 * 5 * 6);
  at::bmm(batch, other);
  EXPECT_EQ(counter.count(), 2 * 2 * 4 * 5 * 6 + 2 * 3 * 4 * 5 * 2);
  product.sum().backward();  // the slope of a alone
  EXPECT_EQ(counter.count(), 3 * 2 * 4 * 5 * 6 + 2 * 3 * 4 * 5 * 2);
}

TEST(FlopCounter, CountsConvolutionsForwardAndBackward) {
  const at::Tensor images = at::randn({2, 3, 8, 8});
  const at::Tensor kernel = at::randn({4, 3, 3, 3}).set_requires_grad(true);
  const FlopCounter counter;
  const double forward = 2.0 * (2 * 4 * 4 * 4) * (3 * 3 * 3);  // places, each one kernel
  const at::Tensor maps = at::conv2d(images, kernel, {}, {2, 2}, {1, 1});
  EXPECT_EQ(counter.count(), forward);
  maps.sum().backward();  // the slope of the kernel alone
  EXPECT_EQ(counter.count(), 2 * forward);
  const at::Tensor moving = images.clone().set_requires_grad(true);
  at::conv2d(moving, kernel, {}, {2, 2}, {1, 1}).sum().backward();  // the slopes of both
  EXPECT_EQ(counter.count(), 5 * forward);
}

TEST(FlopCounter, LeavesOutWhatHappensBeside) {
  const at::Tensor a = at::randn({4, 5}), b = at::randn({5, 6});
  const FlopCounter counter("watched");
  {
    RECORD_FUNCTION("watched", std::vector<c10::IValue>{});
    at::mm(a, b);
  }
  EXPECT_EQ(counter.count(), 0);
  at::mm(a, b);
  EXPECT_EQ(counter.count(), 2 * 4 * 5 * 6);
}

TEST(FlopCounter, CountsAFusedBlockAsItsOperations) {
  if (!has_small_products()) GTEST_SKIP() << "no bfloat16 products on this CPU";
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  Block block(TransformerConfig{.width = 32, .layers = 1, .heads = 4});
  const at::Tensor x = at::randn({3, 10, 32}).set_requires_grad(true);
  const auto count = [&] {
    const FlopCounter counter;
    block->forward(x, {}).sum().backward();
    return counter.count();
  };
  const double expected = count();  // in float32, operation by operation
  const AutocastGuard autocast(true);
  EXPECT_EQ(count(), expected);
  at::set_num_threads(threads);
}

TEST(FlopCounter, CountsOurConvolutionsAsTheLibrarys) {
  const auto net = make_convnet(cifar10_convnet());
  const at::Tensor theta = at::randn({2, net->layout().parameters()});
  const at::Tensor images = at::randn({3, 3 * 32 * 32});
  const auto count = [&](at::ScalarType type) {  // in double, the library computes
    const FlopCounter counter;
    net->respond(theta.to(type), images.to(type));
    return counter.count();
  };
  EXPECT_EQ(count(at::kFloat), count(at::kDouble));
}

TEST(Peaks, ArePositiveAndNamed) {
  const TemporaryFolder folder;
  Job job;
  job.threads = 2;
  const Peaks peaks = measure_peaks(job, folder.path());
  for (const char* name :
       {"gemm_f32", "gemm_bf16", "memory_copy", "page_cache_read", "disk_write"}) {
    EXPECT_GT(peaks.named(name), 1e6) << name;
    EXPECT_EQ(peaks.to_json()[name], peaks.named(name));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_NE(message_of<Error>([&] { return peaks.named("gemm_f23"); }).find("mean gemm_f32"),
            std::string::npos);
}

}  // namespace
}  // namespace saltus
