#include "saltus/http/counters.h"

#include <gtest/gtest.h>

namespace saltus {
namespace {

TEST(Counters, WritesPrometheusText) {
  Counters counters;
  counters.describe("saltus_things_total", "things seen");
  counters.add("saltus_things_total", "kind=\"a\"");
  counters.add("saltus_things_total", "kind=\"a\"", 2);
  counters.gauge("saltus_level", [] { return 1.5; });
  counters.observe("saltus_seconds", "route=\"/\"", 0.03);
  counters.observe("saltus_seconds", "route=\"/\"", 1000);
  const std::string page = counters.page();
  for (const char* line :
       {"# HELP saltus_things_total things seen\n# TYPE saltus_things_total counter\n",
        "saltus_things_total{kind=\"a\"} 3\n", "# TYPE saltus_level gauge\nsaltus_level 1.5\n",
        "# TYPE saltus_seconds histogram\n", "saltus_seconds_bucket{route=\"/\",le=\"0.02\"} 0\n",
        "saltus_seconds_bucket{route=\"/\",le=\"0.05\"} 1\n",
        "saltus_seconds_bucket{route=\"/\",le=\"+Inf\"} 2\n",
        "saltus_seconds_sum{route=\"/\"} 1000.03\n", "saltus_seconds_count{route=\"/\"} 2\n"}) {
    EXPECT_NE(page.find(line), std::string::npos) << line << "\n" << page;
  }
}

}  // namespace
}  // namespace saltus
