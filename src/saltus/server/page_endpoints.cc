// The page and its files.
#include "saltus/base/asset.h"
#include "saltus/server/service.h"

namespace saltus {

std::span<const Asset> page_assets();  // the playground of web/dist

namespace {

std::string_view media_type(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"}};
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

HttpHandler file_handler(std::string_view bytes, std::string_view name) {
  return [bytes, type = std::string(media_type(name))](const HttpRequest&) {
    return HttpAnswer{.type = type, .body = std::string(bytes)};
  };
}

}  // namespace

void add_page_routes(Router& router, Service&) {
  for (const Asset& file : page_assets()) {
    router.add(get_route(fmt::format("/{}", file.name), file_handler(file.bytes, file.name)));
    if (file.name == "index.html") {
      router.add(get_route("/", file_handler(file.bytes, file.name)));
    }
  }
}

}  // namespace saltus
