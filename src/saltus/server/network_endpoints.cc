// Networks as files and as numbers.
#include <unistd.h>

#include <cstdlib>

#include "saltus/exchange/network_file.h"
#include "saltus/formats/checkpoint_file.h"
#include "saltus/server/json_values.h"
#include "saltus/server/service.h"

namespace saltus {
namespace {

constexpr int64_t kMostValues = 4000000;  // of one answer in JSON

// A file that only this process sees: the readers of formats map files.
class UploadedFile {
 public:
  explicit UploadedFile(std::string_view bytes) {
    std::string name = (fs::temp_directory_path() / "saltus-upload-XXXXXX").string();
    descriptor_ = mkstemp(name.data());
    if (descriptor_ < 0) http_fail(503, "busy", "upload: cannot make a temporary file");
    unlink(name.c_str());
    while (!bytes.empty()) {
      const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count <= 0) {
        close(descriptor_);
        http_fail(503, "busy", "upload: no room for it on this machine's disk");
      }
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }
  ~UploadedFile() { close(descriptor_); }
  UploadedFile(const UploadedFile&) = delete;
  UploadedFile& operator=(const UploadedFile&) = delete;

  fs::path path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
  int descriptor_ = -1;
};

HttpAnswer upload(Service& service, const HttpRequest& request) {
  const Slots::Place place(service.answers, request.client_gone);
  const ServedModel& model = service.catalogue.model(query_text(request, "model"));
  const UploadedFile file(request.body);
  std::vector<float> theta;
  try {
    theta = read_network(file.path(), model.layout());
  } catch (const Error& error) {
    // Its name means nothing to the client.
    std::string message = error.what();
    const std::string name = file.path().string();
    for (size_t at = message.find(name); at != std::string::npos; at = message.find(name)) {
      message.replace(at, name.size(), "the upload");
    }
    throw HttpFault(400, "bad_request", message);
  }
  return json_answer({{"network", service.networks.put(model.kind, std::move(theta))},
                      {"tensors", tensor_shapes(model.layout())}});
}

HttpAnswer download(Service& service, const HttpRequest& request) {
  const std::string& handle = request.route.at("handle");
  const auto asked = request.query.find("format");
  const std::string format = asked == request.query.end() ? "safetensors" : asked->second;
  std::vector<std::string> formats = written_formats();
  formats.emplace_back("json");
  if (std::ranges::count(formats, format) == 0) {
    bad_request("query: format: expected one of {}, found '{}'", fmt::join(formats, ", "), format);
  }
  const auto kept = service.networks.find(handle);
  if (kept == nullptr) {
    http_fail(404, "gone", "network '{}' is not here, or no longer: make it again", handle);
  }
  if (format == "json") return json_answer(tensor_values(kept->kind->layout, kept->theta));
  std::vector<TensorView> tensors;
  for (const TensorSpec& spec : kept->kind->layout.tensors()) {
    const auto part =
        std::span(kept->theta)
            .subspan(static_cast<size_t>(spec.offset), static_cast<size_t>(spec.size));
    tensors.push_back({spec.name, Dtype::F32, spec.shape, std::as_bytes(part)});
  }
  return {.type = "application/octet-stream",
          .body = encode_checkpoint(format, tensors, {}),
          .headers = {{"Content-Disposition",
                       fmt::format("attachment; filename=\"network-{}.{}\"", handle, format)}}};
}

HttpAnswer show_tensors(Service& service, const HttpRequest& request) {
  const Slots::Place place(service.answers, request.client_gone);
  const Json body = parse_request(request);
  ObjectReader reader(body, "tensors");
  const ServedModel& model = service.catalogue.model(reader.text("model"));
  const auto networks = service.refs(model).read_list(reader, "networks", 64);
  reader.end();
  if (static_cast<int64_t>(networks.size()) * model.layout().parameters() > kMostValues) {
    bad_request("tensors: expected {} numbers or fewer: ask for fewer networks", kMostValues);
  }
  Json list = Json::array();
  for (const NetworkRefs::Named& network : networks) {
    list.push_back(tensor_values(model.layout(), network.theta));
  }
  return json_answer({{"networks", std::move(list)}});
}

}  // namespace

void add_network_routes(Router& router, Service& service) {
  router.add(
      {.method = "POST",
       .pattern = "/v1/networks",
       .handler = [&service](const HttpRequest& request) { return upload(service, request); },
       .content_type = "application/octet-stream",
       .longest_body = kLongestUpload,
       .query = {"model"}});
  router.add(get_route(
      "/v1/networks/{handle}",
      [&service](const HttpRequest& request) { return download(service, request); }, {"format"}));
  router.add(post_route("/v1/tensors", [&service](const HttpRequest& request) {
    return show_tensors(service, request);
  }));
}

}  // namespace saltus
