// What the server says of itself: health, counters, the API, its models.
#include <yaml-cpp/yaml.h>

#include <charconv>

#include "saltus/base/asset.h"
#include "saltus/server/service.h"

namespace saltus {

std::span<const Asset> description_assets();  // openapi.yaml

namespace {

// By YAML 1.2's core schema.
Json scalar_of(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // it was quoted
  if (text == "true" || text == "false") return text == "true";
  if (text == "null" || text == "~") return {};
  const char* end = text.data() + text.size();
  int64_t integer = 0;
  if (std::from_chars(text.data(), end, integer).ptr == end && !text.empty()) return integer;
  double number = 0;
  if (std::from_chars(text.data(), end, number).ptr == end && !text.empty()) return number;
  return text;
}

Json json_of(const YAML::Node& node) {
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = json_of(entry.second);
    return object;
  }
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const YAML::Node& element : node) list.push_back(json_of(element));
    return list;
  }
  return node.IsScalar() ? scalar_of(node) : Json();
}

HttpHandler fixed(const Json& json) {
  return [text = json_text(json)](const HttpRequest&) { return HttpAnswer{.body = text}; };
}

}  // namespace

void add_description_routes(Router& router, Service& service) {
  Route health = get_route("/healthz", fixed({{"status", "ok"}, {"version", SALTUS_VERSION}}));
  health.open = true;
  router.add(std::move(health));
  router.add(get_route("/metrics", [&service](const HttpRequest&) {
    return HttpAnswer{.type = "text/plain; version=0.0.4; charset=utf-8",
                      .body = service.counters.page()};
  }));
  const YAML::Node description = YAML::Load(std::string(description_assets().front().bytes));
  router.add(get_route("/v1/openapi.json", fixed(json_of(description))));
  Json models = Json::array();
  for (const auto& model : service.catalogue.models()) models.push_back(describe_model(*model));
  router.add(get_route("/v1/models", fixed({{"models", models}})));
}

}  // namespace saltus
