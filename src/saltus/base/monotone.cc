#include "saltus/base/monotone.h"

namespace saltus {

std::vector<Pool> pool_violators(const std::vector<double>& values) {
  std::vector<Pool> pools;
  for (const double value : values) {
    pools.push_back({value, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean >= pools.back().mean) {
      const Pool last = pools.back();
      pools.pop_back();
      Pool& into = pools.back();
      const int64_t total = into.count + last.count;
      into.mean = (into.mean * static_cast<double>(into.count) +
                   last.mean * static_cast<double>(last.count)) /
                  static_cast<double>(total);
      into.count = total;
    }
  }
  return pools;
}

}  // namespace saltus
