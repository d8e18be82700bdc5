// Images of a task, and what networks answer to them.
#include <ATen/ATen.h>

#include "saltus/server/json_values.h"
#include "saltus/server/service.h"
#include "saltus/task/image_task.h"

namespace saltus {
namespace {

const ImageTask& image_task_of(const ServedModel& model, const char* where) {
  const auto* task = dynamic_cast<const ImageTask*>(model.task.get());
  if (task == nullptr) {
    bad_request("{}: expected a model of an image task, found one of {}", where,
                model.description().task);
  }
  return *task;
}

// Base64 of RFC 4648.
std::string base64(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k) word = word << 8 | (k < count ? bytes[i + k] : 0u);
    for (size_t k = 0; k < 4; ++k) {
      text.push_back(k <= count ? kDigits[word >> (18 - 6 * k) & 63] : '=');
    }
  }
  return text;
}

// Test images [n, C, H, W]; a fault when they begin behind the last.
at::Tensor test_images(const ImageTask& task, int64_t first, int64_t count, const char* where) {
  const int64_t total = task.test().size();
  if (first >= total) {
    bad_request("{}: first: expected less than {}, the test images, found {}", where, total, first);
  }
  return task.test().pixels.narrow(0, first, std::min(count, total - first));
}

HttpAnswer show_images(Service& service, const HttpRequest& request) {
  const ServedModel& model = service.catalogue.model(query_text(request, "model"));
  const ImageTask& task = image_task_of(model, "images");
  const int64_t first = query_integer(request, "first", {0, 1e9}, 0);
  const at::Tensor pixels =
      test_images(task, first, query_integer(request, "count", {1, 256}, 16), "images")
          .contiguous();
  const int64_t size = task.test().input_size();
  Json images = Json::array();
  for (int64_t i = 0; i < pixels.size(0); ++i) {
    images.push_back({{"label", task.test().labels.const_data_ptr<int64_t>()[first + i]},
                      {"pixels", base64({pixels.const_data_ptr<uint8_t>() + i * size,
                                         static_cast<size_t>(size)})}});
  }
  return json_answer({{"images", std::move(images)},
                      {"channels", pixels.size(1)},
                      {"height", pixels.size(2)},
                      {"width", pixels.size(3)}});
}

// Pixels of a request's own images, as test images have them.
at::Tensor given_images(const ImageTask& task, ObjectReader& reader) {
  const Json& list = reader.list("pixels", 1, 64);
  const int64_t size = task.test().input_size();
  std::vector<int64_t> shape = task.test().pixels.sizes().vec();
  shape[0] = static_cast<int64_t>(list.size());
  at::Tensor pixels = at::empty(shape, at::kByte);
  auto* to = pixels.mutable_data_ptr<uint8_t>();
  for (const Json& image : list) {
    if (!image.is_array() || static_cast<int64_t>(image.size()) != size) {
      bad_request("{}: expected {} pixels an image", reader.place("pixels"), size);
    }
    for (const Json& pixel : image) {
      *to++ = static_cast<uint8_t>(checked_integer(pixel, {0, 255}, reader.place("pixels")));
    }
  }
  return pixels;
}

at::Tensor read_images(const ImageTask& task, ObjectReader& outer) {
  ObjectReader reader(outer.at("images"), outer.place("images"));
  at::Tensor pixels;
  if (reader.find("pixels") != nullptr) {
    pixels = given_images(task, reader);
  } else {
    const int64_t first = reader.integer("first", {0, 1e9});
    pixels = test_images(task, first, reader.integer("count", {1, 256}), "answers");
  }
  reader.end();
  return pixels;
}

HttpAnswer answer_images(Service& service, const HttpRequest& request) {
  const Json body = parse_request(request);
  ObjectReader reader(body, "answers");
  const ServedModel& model = service.catalogue.model(reader.text("model"));
  const ImageTask& task = image_task_of(model, "answers");
  const at::Tensor pixels = read_images(task, reader);
  const at::Tensor theta = stack(service.refs(model).read_list(reader, "networks", 16));
  reader.end();
  const ClientWatch::Guard guard(service.clients, request.client_gone);
  at::Tensor probabilities;  // [K, N, classes]
  service.updates.run(
      [&] {
        const c10::InferenceMode no_gradients;
        const at::Tensor inputs = network_inputs(task.test(), pixels);
        probabilities = task.architecture()
                            .respond(theta, inputs)
                            .output.softmax(1)
                            .transpose(1, 2)
                            .contiguous();
      },
      guard.stop());
  Json networks = Json::array();
  const auto* values = probabilities.const_data_ptr<float>();
  const auto classes = static_cast<size_t>(probabilities.size(2));
  for (int64_t k = 0; k < probabilities.size(0); ++k) {
    Json images = Json::array();
    for (int64_t i = 0; i < probabilities.size(1); ++i, values += classes) {
      images.push_back(json_numbers({values, classes}));
    }
    networks.push_back(std::move(images));
  }
  return json_answer({{"probabilities", std::move(networks)}});
}

}  // namespace

void add_image_routes(Router& router, Service& service) {
  router.add(
      get_route("/v1/images",
                [&service](const HttpRequest& request) { return show_images(service, request); },
                {"model", "first", "count"}));
  router.add(post_route("/v1/answers", [&service](const HttpRequest& request) {
    return answer_images(service, request);
  }));
}

}  // namespace saltus
