// The switch of apps/cli/mkl_switch.cc, linked into this test program as into saltus itself.
#if defined(__x86_64__)

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

extern "C" int mkl_serv_intel_cpu_true();

namespace saltus {
namespace {

TEST(MklSwitch, LibTorchFindsOurAnswerFirst) {
  void* found = dlsym(RTLD_DEFAULT, "mkl_serv_intel_cpu_true");
  EXPECT_EQ(found, reinterpret_cast<void*>(&mkl_serv_intel_cpu_true));
}

TEST(MklSwitch, SaysYesWhereTheInstructionsExist) {
  if (__builtin_cpu_supports("avx2") == 0) GTEST_SKIP() << "this processor has no AVX2";
  EXPECT_EQ(mkl_serv_intel_cpu_true(), 1);
}

// Shapes off the kernels' block sizes, plain and transposed.
TEST(MklSwitch, Float32ProductsStayRight) {
  torch::manual_seed(3);
  for (const int64_t n : {1, 7, 33, 64, 129, 500}) {
    const at::Tensor a = torch::randn({n, 257}), b = torch::randn({n, 257});
    const at::Tensor expected = a.to(at::kDouble).matmul(b.to(at::kDouble).t());
    const at::Tensor product = a.matmul(b.t());
    const double error = (product.to(at::kDouble) - expected).abs().max().item<double>();
    EXPECT_LT(error, 1e-4) << "n = " << n;  // sums of 257 products of N(0, 1)
  }
}

}  // namespace
}  // namespace saltus

#endif
