#include "saltus/generator/fused_block.h"

#include <ATen/Functions.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <algorithm>
#include <utility>

#include "saltus/base/error.h"
#include "saltus/generator/fused_attention.h"
#include "saltus/generator/small_products.h"
#include "saltus/network/own_products.h"

namespace saltus {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kRowsTogether = 128;     // about, in whole samples
constexpr int64_t kColumnsTogether = 256;  // of the hidden layer
constexpr size_t kParameters = 16;

float* floats(const at::Tensor& x) { return x.mutable_data_ptr<float>(); }
Bf16* halves(const at::Tensor& x) { return static_cast<Bf16*>(x.mutable_data_ptr()); }
at::Tensor empty_halves(int64_t rows, int64_t columns) {
  return at::empty({rows, columns}, at::kBFloat16);
}

// What the backward pass takes from the forward pass, R = B T rows. Where there is none, the rows
// of the samples that go through the block together are enough, used again and again.
struct Activations {
  at::Tensor statistics1, statistics2;             // [R, 2]
  at::Tensor normal1, qkv, attended, normal2, up;  // [R, C], [R, 3 C], [R, C], [R, C], [R, 4 C]
  at::Tensor shares;                               // [B, AttentionShape::shares()]
  at::Tensor middle;                               // [R, C] float32, between the two halves

  variable_list list() const {
    return {statistics1, statistics2, normal1, qkv, attended, normal2, up, shares, middle};
  }
  static Activations of(const variable_list& v, size_t i) {
    return {v[i], v[i + 1], v[i + 2], v[i + 3], v[i + 4], v[i + 5], v[i + 6], v[i + 7], v[i + 8]};
  }
};

// In the order of FusedBlockParameters.
variable_list list(const FusedBlockParameters& p) {
  return {p.ln1_weight,   p.ln1_bias,   p.query_weight, p.query_bias, p.key_weight, p.key_bias,
          p.value_weight, p.value_bias, p.proj_weight,  p.proj_bias,  p.ln2_weight, p.ln2_bias,
          p.up_weight,    p.up_bias,    p.down_weight,  p.down_bias};
}

FusedBlockParameters parameters_of(const variable_list& v) {
  return {v[0], v[1], v[2],  v[3],  v[4],  v[5],  v[6],  v[7],
          v[8], v[9], v[10], v[11], v[12], v[13], v[14], v[15]};
}

// One pass over a batch.
class Pass {
 public:
  Pass(const at::Tensor& x, int64_t heads, const FusedBlockParameters& parameters,
       const FusedBlockWeights& weights)
      : k_(*block_kernels()),
        batch_(x.size(0)),
        shape_{x.size(1), x.size(2), heads},
        x_(x),
        p_(parameters),
        w_(weights),
        attention_(shape_, k_) {}

  // `keep`: `a` gets what a backward pass takes.
  at::Tensor forward(const std::vector<EdgeTerm>& edges, Activations& a, bool keep);
  // Returns the gradients by x and by the parameters; those by the edges' weights are added there.
  variable_list backward(const at::Tensor& dout, const Activations& a,
                         const std::vector<EdgeTerm>& edges);

 private:
  int64_t rows() const { return batch_ * shape_.tokens; }
  int64_t hidden() const { return w_.up.out(); }
  // Samples, an even number, so that pairs of rows do not straddle.
  int64_t samples_together() const {
    return std::max<int64_t>(2, kRowsTogether / shape_.tokens / 2 * 2);
  }
  // Operations of a forward pass: the four linear layers, and attention's two products.
  double operations() const {
    const int64_t C = shape_.width;
    return 2.0 *
           static_cast<double>(rows() * (4 * C * C + 2 * C * hidden() + 2 * shape_.tokens * C));
  }
  // Calls body(first sample, samples, first row, rows) for all.
  template <typename Body>
  void for_parts(const Body& body) const;

  const BlockKernels& k_;
  int64_t batch_;
  AttentionShape shape_;
  at::Tensor x_;
  FusedBlockParameters p_;
  const FusedBlockWeights& w_;
  FusedAttention attention_;
};

template <typename Body>
void Pass::for_parts(const Body& body) const {
  for (int64_t first = 0; first < batch_; first += samples_together()) {
    const int64_t samples = std::min(samples_together(), batch_ - first);
    body(first, samples, first * shape_.tokens, samples * shape_.tokens);
  }
}

at::Tensor Pass::forward(const std::vector<EdgeTerm>& edges, Activations& a, bool keep) {
  announce_products(operations());
  const int64_t T = shape_.tokens, C = shape_.width, H = hidden();
  const int64_t together = samples_together() * T;
  const int64_t samples_kept = keep ? batch_ : std::min(batch_, samples_together());
  const int64_t R = samples_kept * T;
  a = {.statistics1 = at::empty({R, 2}),
       .statistics2 = at::empty({R, 2}),
       .normal1 = empty_halves(R, C),
       .qkv = empty_halves(R, 3 * C),
       .attended = empty_halves(R, C),
       .normal2 = empty_halves(R, C),
       .up = empty_halves(R, H),
       .shares = empty_halves(samples_kept, shape_.shares()),
       .middle = at::empty({R, C})};
  const at::Tensor out = at::empty({batch_, T, C});
  const at::Tensor wide = at::empty({together, std::max(3 * C, kColumnsTogether)});
  const at::Tensor active = empty_halves(together, H), no_shift = at::zeros({C});
  for_parts([&](int64_t first, int64_t samples, int64_t r, int64_t n) {
    const int64_t kept = keep ? r : 0;  // where a's rows begin
    const float* x = floats(x_) + r * C;
    float *middle = floats(a.middle) + kept * C, *y = floats(wide);
    Bf16* normal1 = halves(a.normal1) + kept * C;
    k_.layer_norm(x, n, C, floats(p_.ln1_weight), floats(p_.ln1_bias), normal1,
                  floats(a.statistics1) + 2 * kept);
    w_.into.forward(normal1, n, 0, 3 * C, y);
    Bf16* qkv = halves(a.qkv) + kept * 3 * C;
    k_.narrow(y, n, 3 * C, w_.into.shift(), qkv);
    for (int64_t s = 0; s < samples; ++s) {
      attention_.forward(qkv + s * T * 3 * C, edges, first + s,
                         halves(a.shares) + (kept / T + s) * shape_.shares(), y + s * T * C);
    }
    Bf16* attended = halves(a.attended) + kept * C;
    k_.narrow(y, n, C, floats(no_shift), attended);
    w_.proj.forward(attended, n, 0, C, y);
    k_.residual(x, y, w_.proj.shift(), n, C, middle);

    Bf16* normal2 = halves(a.normal2) + kept * C;
    k_.layer_norm(middle, n, C, floats(p_.ln2_weight), floats(p_.ln2_bias), normal2,
                  floats(a.statistics2) + 2 * kept);
    for (int64_t c = 0; c < H; c += kColumnsTogether) {
      const int64_t columns = std::min(kColumnsTogether, H - c);
      w_.up.forward(normal2, n, c, columns, y);
      k_.gelu(y, w_.up.shift() + c, n, columns, halves(a.up) + kept * H + c, halves(active) + c, H);
    }
    w_.down.forward(halves(active), n, 0, C, y);
    k_.residual(middle, y, w_.down.shift(), n, C, floats(out) + r * C);
  });
  return out;
}

variable_list Pass::backward(const at::Tensor& dout, const Activations& a,
                             const std::vector<EdgeTerm>& edges) {
  announce_products(2 * operations());  // each product's two factors have a gradient
  const int64_t T = shape_.tokens, C = shape_.width, R = rows(), H = hidden();
  const int64_t together = samples_together() * T;
  WeightGradient into(k_, R, C, 3 * C), proj(k_, R, C, C), up(k_, R, C, H), down(k_, R, H, C);
  const at::Tensor dln1_weight = at::zeros({C}), dln1_bias = at::zeros({C});
  const at::Tensor dln2_weight = at::zeros({C}), dln2_bias = at::zeros({C});
  const at::Tensor no_shift = at::zeros({3 * C});
  const at::Tensor dx = dout.clone(at::MemoryFormat::Contiguous);  // the way past both halves
  const at::Tensor wide = at::empty({together, std::max(3 * C, kColumnsTogether)});
  const at::Tensor narrow = empty_halves(together, 3 * C), own = at::empty({together, C});
  const at::Tensor active = empty_halves(together, H), dup = empty_halves(together, H);
  for_parts([&](int64_t first, int64_t samples, int64_t r, int64_t n) {
    float *d = floats(dx) + r * C, *y = floats(wide);
    Bf16* half = halves(narrow);
    k_.narrow(d, n, C, floats(no_shift), half);
    for (int64_t c = 0; c < H; c += kColumnsTogether) {
      const int64_t columns = std::min(kColumnsTogether, H - c);
      w_.down.backward(half, n, c, columns, y);
      k_.gelu_backward(y, halves(a.up) + r * H + c, n, columns, halves(dup) + c, halves(active) + c,
                       H);
    }
    down.add(r, n, half, halves(active));
    up.add(r, n, halves(dup), halves(a.normal2) + r * C);
    w_.up.backward(halves(dup), n, 0, C, y);
    k_.layer_norm_backward(y, floats(a.middle) + r * C, floats(a.statistics2) + 2 * r, n, C,
                           floats(p_.ln2_weight), d, floats(dln2_weight), floats(dln2_bias));

    k_.narrow(d, n, C, floats(no_shift), half);
    proj.add(r, n, half, halves(a.attended) + r * C);
    w_.proj.backward(half, n, 0, C, floats(own));
    k_.narrow(floats(own), n, C, floats(no_shift), half);
    for (int64_t s = 0; s < samples; ++s) {
      attention_.backward(half + s * T * C, halves(a.qkv) + (r + s * T) * 3 * C,
                          halves(a.shares) + (first + s) * shape_.shares(), edges, first + s,
                          y + s * T * 3 * C);
    }
    k_.narrow(y, n, 3 * C, floats(no_shift), half);
    into.add(r, n, half, halves(a.normal1) + r * C);
    w_.into.backward(half, n, 0, C, y);
    k_.layer_norm_backward(y, floats(x_) + r * C, floats(a.statistics1) + 2 * r, n, C,
                           floats(p_.ln1_weight), d, floats(dln1_weight), floats(dln1_bias));
  });
  const at::Tensor dinto = into.weight(), dinto_bias = into.bias();
  const auto third = [&](const at::Tensor& x, int64_t i) { return x.narrow(0, i * C, C); };
  variable_list gradients = {dx};
  for (const at::Tensor& gradient : list(
           {dln1_weight, dln1_bias, third(dinto, 0), third(dinto_bias, 0), third(dinto, 1),
            third(dinto_bias, 1), third(dinto, 2), third(dinto_bias, 2), proj.weight(), proj.bias(),
            dln2_weight, dln2_bias, up.weight(), up.bias(), down.weight(), down.bias()})) {
    gradients.push_back(gradient);
  }
  return gradients;
}

constexpr size_t kFirstEdge = 1 + kParameters;  // in the list of inputs

// Edges whose weights and features follow one another in `inputs`; `places` has four numbers for
// each: first query, queries, first key, keys. dweights: none in the forward pass.
std::vector<EdgeTerm> edge_terms(const variable_list& inputs, const std::vector<int64_t>& places,
                                 const variable_list& dweights) {
  std::vector<EdgeTerm> terms;
  for (size_t e = 0; 4 * e < places.size(); ++e) {
    const at::Tensor& weights = inputs[kFirstEdge + 2 * e];
    const int64_t* place = &places[4 * e];
    terms.push_back({place[0], place[1], place[2], place[3], weights.size(1),
                     floats(inputs[kFirstEdge + 2 * e + 1]), floats(weights),
                     dweights.empty() ? nullptr : floats(dweights[e])});
  }
  return terms;
}

using SharedWeights = std::shared_ptr<const FusedBlockWeights>;

// In the only form in which a context keeps what is no tensor.
struct KeptWeights : torch::CustomClassHolder {
  explicit KeptWeights(SharedWeights kept) : weights(std::move(kept)) {}
  SharedWeights weights;
};

class Function : public torch::autograd::Function<Function> {
 public:
  // inputs: x, the parameters, then weights and features of each edge.
  static at::Tensor forward(AutogradContext* context, at::TensorList inputs, int64_t heads,
                            const std::vector<int64_t>& places, const SharedWeights& weights) {
    variable_list saved(inputs.begin(), inputs.end());
    Activations activations;
    Pass pass(saved[0], heads, parameters_of({saved.begin() + 1, saved.end()}), *weights);
    const at::Tensor out = pass.forward(edge_terms(saved, places, {}), activations, true);
    for (const at::Tensor& tensor : activations.list()) saved.push_back(tensor);
    context->save_for_backward(saved);
    context->saved_data["heads"] = heads;
    context->saved_data["places"] = places;
    context->saved_data["weights"] =
        c10::IValue::make_capsule(c10::make_intrusive<KeptWeights>(weights));
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& dout) {
    const variable_list saved = context->get_saved_variables();
    const std::vector<int64_t> places = context->saved_data["places"].toIntVector();
    const size_t after_edges = kFirstEdge + places.size() / 2;
    variable_list dweights;
    for (size_t i = kFirstEdge; i < after_edges; i += 2) {
      dweights.push_back(at::zeros_like(saved[i]));
    }
    const auto kept =
        c10::static_intrusive_pointer_cast<KeptWeights>(context->saved_data["weights"].toCapsule());
    Pass pass(saved[0], context->saved_data["heads"].toInt(),
              parameters_of({saved.begin() + 1, saved.end()}), *kept->weights);
    variable_list gradients =
        pass.backward(dout[0].contiguous(), Activations::of(saved, after_edges),
                      edge_terms(saved, places, dweights));
    for (const at::Tensor& gradient : dweights) {
      gradients.push_back(gradient);
      gradients.emplace_back();  // features take none
    }
    gradients.insert(gradients.end(), 3, at::Tensor());  // heads, places, packed weights
    return gradients;
  }
};

}  // namespace

bool can_fuse_block(int64_t width, int64_t heads) {
  constexpr int64_t kLanes = 16;
  return has_small_products() && width % kLanes == 0 && width / heads % 2 == 0;
}

bool fused_block_fits(const at::Tensor& x, int64_t heads) {
  return x.is_cpu() && at::autocast::is_autocast_enabled(at::kCPU) &&
         at::autocast::get_autocast_dtype(at::kCPU) == at::kBFloat16 && small_products_pay() &&
         can_fuse_block(x.size(2), heads);
}

at::Tensor fused_block(const at::Tensor& x, int64_t heads, const FusedBlockParameters& parameters,
                       const std::vector<EdgeBias>& edges, SharedWeights weights) {
  const bool backward = at::GradMode::is_enabled();
  if (!weights) {
    const torch::NoGradGuard no_grad;
    const auto own = std::make_shared<FusedBlockWeights>(parameters);
    for (int64_t part = 0; part < FusedBlockWeights::kParts; ++part) own->pack(part, backward);
    weights = own;
  }
  variable_list inputs = {x.to(at::kFloat).contiguous()};
  for (const at::Tensor& parameter : list(parameters)) inputs.push_back(parameter);
  std::vector<int64_t> places;
  for (const EdgeBias& edge : edges) {
    check(!edge.features.requires_grad(), "fused_block: edges' features take no gradient");
    inputs.push_back(edge.weights);
    inputs.push_back(edge.features.to(at::kFloat).contiguous());
    places.insert(places.end(), {edge.first_query, edge.queries, edge.first_key, edge.keys});
  }
  if (!backward) {
    Activations unused;
    return Pass(inputs[0], heads, parameters, *weights)
        .forward(edge_terms(inputs, places, {}), unused, false);
  }
  return Function::apply(at::TensorList(inputs), heads, places, weights);
}

}  // namespace saltus
