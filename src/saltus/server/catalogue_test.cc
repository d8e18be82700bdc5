#include "saltus/server/catalogue.h"

#include <gtest/gtest.h>

#include "saltus/base/error.h"

namespace saltus {
namespace {

std::vector<std::string> names_of(const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  for (const ServedPath& path : name_paths(texts)) names.push_back(path.id);
  return names;
}

TEST(Catalogue, NamesModelsByTheFolderThatSaysSomething) {
  EXPECT_EQ(
      names_of({"demo/generator", "runs/digits", "x/demo/generator/", "a b/zoo", "mine=/y/z"}),
      (std::vector<std::string>{"demo", "digits", "demo-2", "a-b", "mine"}));
  EXPECT_EQ(name_paths({"mine=/y/z"}).front().path, "/y/z");
  EXPECT_THROW(name_paths({"a b=/y"}), Error);
  EXPECT_THROW(name_paths({"a=/y", "a=/z"}), Error);
}

}  // namespace
}  // namespace saltus
