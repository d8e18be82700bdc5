#include "saltus/generator/kernel_cosines.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "saltus/network/convnet.h"
#include "saltus/network/mlp.h"

namespace saltus {
namespace {

TEST(KernelCosines, AreOrthonormalAndLeaveTheRestAlone) {
  const auto network = make_convnet(cifar10_convnet());
  const KernelCosines cosines(network->layout(), network->symmetry());
  ASSERT_EQ(cosines.kernels().size(), 2u);
  EXPECT_EQ(cosines.kernels()[0].frequencies(), 27);
  EXPECT_EQ(cosines.kernels()[1].frequencies(), 9);  // its inputs are units, in no order
  torch::manual_seed(1);
  const at::Tensor theta = at::randn({3, network->layout().parameters()});
  const at::Tensor found = cosines.apply(theta);
  EXPECT_TRUE(at::allclose(cosines.undo(found), theta, 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(found.norm(2, 1), theta.norm(2, 1), 1e-4));
  const int64_t rest = network->layout().at("fc.weight").offset;
  EXPECT_TRUE(at::equal(found.slice(1, rest), theta.slice(1, rest)));
  EXPECT_FALSE(at::allclose(found.narrow(1, 0, rest), theta.narrow(1, 0, rest), 1e-2, 1e-2));
}

TEST(KernelCosines, AFlatKernelIsItsMeanAlone) {
  const auto network = make_convnet(cifar10_convnet());
  const KernelCosines cosines(network->layout(), network->symmetry());
  at::Tensor theta = at::zeros({1, network->layout().parameters()});
  theta.narrow(1, 0, 27).fill_(2);            // conv1, unit 0: grey and flat
  theta.narrow(1, 432 + 16 * 9, 9).fill_(4);  // conv2, unit 1 on channel 0: flat
  const at::Tensor found = cosines.apply(theta)[0];
  EXPECT_NEAR(found[0].item<double>(), 2 * std::sqrt(27.0), 1e-4);
  EXPECT_NEAR(found[432 + 16 * 9].item<double>(), 4 * 3, 1e-4);
  EXPECT_NEAR(found.abs().sum().item<double>(), 2 * std::sqrt(27.0) + 12, 1e-3);
}

TEST(KernelCosines, OfANetworkWithoutKernelsChangeNothing) {
  const auto network = make_mlp({.sizes = {4, 3, 2}, .layer_names = {"fc1", "fc2"}});
  const KernelCosines cosines(network->layout(), network->symmetry());
  const at::Tensor theta = at::randn({2, network->layout().parameters()});
  EXPECT_TRUE(at::equal(cosines.apply(theta), theta));
}

}  // namespace
}  // namespace saltus
