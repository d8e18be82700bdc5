#include "saltus/network/device.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>
#include <iterator>

#include "saltus/base/error.h"
#include "saltus/network/convnet.h"
#include "saltus/network/lockstep_gradient.h"
#include "saltus/network/mlp.h"
#include "tests/support/gpu.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

TEST(Device, NamesTheCpu) { EXPECT_TRUE(device_named("cpu").is_cpu()); }

TEST(Device, RefusesOtherNames) {
  for (const char* name : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "CPU"}) {
    EXPECT_NE(testing::message_of<Error>([&] {
                device_named(name);
              }).find("expected cpu, cuda or cuda:N"),
              std::string::npos)
        << name;
  }
}

TEST(Device, SaysWhatToDoWithoutAGpu) {
  if (testing::has_gpu()) GTEST_SKIP() << "there is a GPU";
  EXPECT_NE(testing::message_of<Error>([] { device_named("cuda"); }).find("use --device cpu"),
            std::string::npos);
}

TEST(Device, ProductsAreOfBfloat16WhereTheProcessorHasThem) {
  EXPECT_EQ(product_type("f32", at::kCPU), at::kFloat);
  EXPECT_FALSE(computes_wider("f32", at::kCPU));
  EXPECT_EQ(product_type("bf16", at::Device(at::kCUDA, 0)), at::kBFloat16);
  EXPECT_FALSE(computes_wider("bf16", at::Device(at::kCUDA, 0)));
#if defined(__linux__) && defined(__x86_64__)
  std::ifstream file("/proc/cpuinfo");  // which says of itself that it is empty
  const std::string processors(std::istreambuf_iterator<char>(file), {});
  ASSERT_NE(processors.find("flags"), std::string::npos);
  const bool named = processors.find(" avx512_bf16") != std::string::npos;
  EXPECT_EQ(product_type("bf16", at::kCPU), named ? at::kBFloat16 : at::kFloat);
  EXPECT_EQ(computes_wider("bf16", at::kCPU), !named);
#endif
}

TEST(Device, GradientsAreTheSameOnAGpu) {
  if (!testing::has_gpu()) GTEST_SKIP() << "no GPU";
  const at::Device gpu = device_named("cuda");
  torch::manual_seed(5);
  for (const auto& network : {make_convnet(cifar10_convnet()), make_mlp(mnist_mlp())}) {
    int64_t pixels = 1;
    for (const int64_t n : network->input_shape()) pixels *= n;
    const at::Tensor theta = at::randn({3, network->layout().parameters()}) * 0.1;
    const at::Tensor inputs = at::randn({16, pixels});
    const at::Tensor labels = at::randint(0, 10, {16}, at::kLong);
    const auto gradients = [&](at::Device device) {
      const auto method = make_lockstep_gradient(*network, {.device = device});
      const PackedNetworks packed = method->pack(theta.to(device));
      PackedNetworks found;
      for (const at::Tensor& part : packed) found.push_back(at::empty_like(part));
      method->evaluate(packed, inputs.to(device), cross_entropy_slope(labels.to(device)), found);
      return method->unpack(found).cpu();
    };
    const at::Tensor expected = gradients(at::kCPU);
    EXPECT_LT(((gradients(gpu) - expected).norm() / expected.norm()).item<double>(), 1e-5);
  }
}

}  // namespace
}  // namespace saltus
