#include "saltus/network/own_products.h"

#include <ATen/record_function.h>

namespace saltus {

void announce_products(double operations) {
  RECORD_FUNCTION(kOwnProducts, std::vector<c10::IValue>{operations});
}

}  // namespace saltus
