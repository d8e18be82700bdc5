#include "saltus/server/network_store.h"

#include <gtest/gtest.h>

namespace saltus {
namespace {

std::shared_ptr<const NetworkKind> kind_of(int64_t size, const std::string& name = "a") {
  return std::make_shared<const NetworkKind>(Layout({{.name = name, .shape = {size}}}));
}

TEST(NetworkStore, GivesTheSameNetworkTheSameHandle) {
  NetworkStore store(1 << 20);
  const std::string handle = store.put(kind_of(3), {1, 2, 3});
  EXPECT_EQ(handle.size(), 16u);
  EXPECT_EQ(store.put(kind_of(3), {1, 2, 3}), handle);
  EXPECT_NE(store.put(kind_of(3), {1, 2, 4}), handle);
  EXPECT_NE(store.put(kind_of(3, "b"), {1, 2, 3}), handle);
  EXPECT_EQ(store.size(), 3);
  EXPECT_EQ(store.find(handle)->theta, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(store.find("0123456789abcdef"), nullptr);
}

TEST(NetworkStore, LetsGoOfWhatWasUsedLongestAgo) {
  NetworkStore store(20000);  // room for four of 1,000 floats
  const auto put = [&](float value) {
    return store.put(kind_of(1000), std::vector<float>(1000, value));
  };
  const std::string first = put(1), second = put(2);
  for (int i = 3; i < 40; ++i) {
    put(static_cast<float>(i));
    EXPECT_NE(store.find(first), nullptr) << i;  // used all the time
    EXPECT_LE(store.bytes(), 20000);
  }
  EXPECT_EQ(store.find(second), nullptr);
  EXPECT_EQ(store.size(), 4);
}

}  // namespace
}  // namespace saltus
