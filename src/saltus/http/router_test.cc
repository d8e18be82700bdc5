#include "saltus/http/router.h"

#include <gtest/gtest.h>

namespace saltus {
namespace {

Router small_router() {
  Router router;
  router.add({.method = "GET", .pattern = "/v1/zoos/{zoo}/runs/{run}"});
  router.add({.method = "GET", .pattern = "/v1/zoos/{zoo}/runs"});
  router.add({.method = "POST", .pattern = "/v1/zoos/{zoo}/runs"});
  return router;
}

TEST(Router, FindsByParts) {
  const Router router = small_router();
  std::map<std::string, std::string> values;
  EXPECT_EQ(router.find("GET", "/v1/zoos/a/runs/7", values).pattern, "/v1/zoos/{zoo}/runs/{run}");
  EXPECT_EQ(values.at("zoo"), "a");
  EXPECT_EQ(values.at("run"), "7");
  EXPECT_EQ(router.find("POST", "/v1/zoos/b/runs", values).method, "POST");
  EXPECT_EQ(router.find("HEAD", "/v1/zoos/b/runs", values).method, "GET");
}

TEST(Router, TellsWhatIsNotThereFromWhatIsNotAllowed) {
  const Router router = small_router();
  std::map<std::string, std::string> values;
  for (const char* path :
       {"/v1/zoos//runs", "/v1/zoos/a/runs/", "/v1/zoos", "/", "//v1/zoos/a/runs"}) {
    try {
      router.find("GET", path, values);
      ADD_FAILURE() << path;
    } catch (const HttpFault& fault) {
      EXPECT_EQ(fault.status(), 404) << path;
    }
  }
  try {
    router.find("DELETE", "/v1/zoos/a/runs", values);
    ADD_FAILURE();
  } catch (const HttpFault& fault) {
    EXPECT_EQ(fault.status(), 405);
    EXPECT_EQ(fault.headers.front().second, "GET, HEAD, POST");
  }
}

}  // namespace
}  // namespace saltus
