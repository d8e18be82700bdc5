#include "saltus/server/network_store.h"

#include <gtest/gtest.h>

#include "saltus/base/error.h"

namespace saltus {
namespace {

Layout layout_of(int64_t size) { return Layout({{.name = "a.weight", .shape = {size}}}); }

TEST(NetworkStore, GivesTheSameNetworkTheSameHandle) {
  NetworkStore store(1 << 20);
  const std::string handle = store.put(layout_of(3), {1, 2, 3});
  EXPECT_EQ(handle.size(), 16u);
  EXPECT_EQ(store.put(layout_of(3), {1, 2, 3}), handle);
  EXPECT_NE(store.put(layout_of(3), {1, 2, 4}), handle);
  EXPECT_NE(store.put(Layout({{.name = "b.weight", .shape = {3}}}), {1, 2, 3}), handle);
  EXPECT_EQ(*store.find(handle, layout_of(3)), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(store.find("0123456789abcdef", layout_of(3)), nullptr);
  EXPECT_THROW(store.find(handle, layout_of(4)), Error);
}

TEST(NetworkStore, LetsGoOfWhatWasUsedLongestAgo) {
  NetworkStore store(20000);  // room for three or four of 1,000 floats
  const auto put = [&](float value) {
    return store.put(layout_of(1000), std::vector<float>(1000, value));
  };
  const std::string first = put(1), second = put(2);
  for (int i = 3; i < 40; ++i) {
    put(static_cast<float>(i));
    EXPECT_NE(store.find(first, layout_of(1000)), nullptr) << i;  // used all the time
    EXPECT_LE(store.bytes(), 20000);
  }
  EXPECT_EQ(store.find(second, layout_of(1000)), nullptr);
  EXPECT_LT(store.size(), 5);
}

}  // namespace
}  // namespace saltus
