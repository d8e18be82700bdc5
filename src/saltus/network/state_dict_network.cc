#include "saltus/network/state_dict_network.h"

#include "saltus/base/error.h"
#include "saltus/base/json.h"

namespace saltus {
namespace {

class StateDictNetwork : public Architecture {
 public:
  StateDictNetwork(Layout layout, Symmetry symmetry)
      : layout_(std::move(layout)), symmetry_(std::move(symmetry)) {}

  const Layout& layout() const override { return layout_; }
  const Symmetry& symmetry() const override { return symmetry_; }
  bool computes() const override { return false; }
  std::vector<int64_t> input_shape() const override { return {}; }
  int64_t outputs() const override { return 0; }

  Responses respond(const at::Tensor&, const at::Tensor&) const override {
    fail(
        "evaluate networks: expected an architecture that saltus can compute, found one of which "
        "only the {} tensors are known; measure these networks with your own program",
        layout_.tensors().size());
  }

  Json to_json() const override {
    return {{"kind", "state_dict"},
            {"layout", layout_.to_json()},
            {"symmetry", symmetry_.to_json(layout_)}};
  }

 private:
  Layout layout_;
  Symmetry symmetry_;
};

}  // namespace

std::shared_ptr<const Architecture> make_state_dict_network(Layout layout, Symmetry symmetry) {
  return std::make_shared<StateDictNetwork>(std::move(layout), std::move(symmetry));
}

std::shared_ptr<const Architecture> state_dict_network_from_json(const Json& json) {
  constexpr std::string_view kWhere = "architecture state_dict";
  Layout layout = Layout::from_json(json_at(json, "layout", kWhere));
  Symmetry symmetry = Symmetry::from_json(layout, json_at(json, "symmetry", kWhere));
  return make_state_dict_network(std::move(layout), std::move(symmetry));
}

}  // namespace saltus
