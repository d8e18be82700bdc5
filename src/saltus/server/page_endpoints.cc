// The page and its files.
#include "saltus/server/embedded.h"
#include "saltus/server/service.h"

namespace saltus {
namespace {

constexpr const char* kNoPage =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Saltus</title>"
    "<h1>Saltus</h1><p>This program was built without its page (web/dist). The API is at "
    "<a href=\"/v1/openapi.json\">/v1/openapi.json</a>.</p></html>\n";

std::string_view media_type(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"},
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
  bool has_page = false;
  for (const EmbeddedFile& file : page_files()) {
    router.add(get_route(fmt::format("/{}", file.name), file_handler(file.bytes, file.name)));
    if (file.name != "index.html") continue;
    has_page = true;
    router.add(get_route("/", file_handler(file.bytes, file.name)));
  }
  if (!has_page) router.add(get_route("/", file_handler(kNoPage, ".html")));
}

}  // namespace saltus
