#include "saltus/report/report.h"

#include <fmt/format.h>

#include "saltus/base/asset.h"
#include "saltus/base/error.h"
#include "saltus/base/json.h"

namespace saltus {

std::span<const Asset> report_assets();  // web/dist/report.*

namespace {

constexpr std::string_view kFormat = "saltus-results/1";

// Nothing may be loaded, from this file's folder neither; what is inline may run.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: "
    "blob:";

std::string text_or(const Json& json, std::string_view key, std::string otherwise) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

void check_input(const ReportInput& input) {
  const Json& results = input.results;
  if (!results.is_object()) {
    fail(
        "report: {}: expected a JSON object of results, found {}; give it a results.json written "
        "by `saltus evaluate`",
        input.name, results.type_name());
  }
  const auto format = results.find("format");
  if (format != results.end() && *format != Json(kFormat)) {
    fail("report: {}: expected format \"{}\", found {}; evaluate again with this version",
         input.name, kFormat, json_excerpt(*format));
  }
  const auto zoo = results.find("zoo");
  if (!input.zoo.is_object() || zoo == results.end() || !zoo->is_object()) return;
  const std::string given = text_or(input.zoo, "hash", ""), evaluated = text_or(*zoo, "hash", "");
  if (!evaluated.empty() && given != evaluated) {
    fail(
        "report: --zoo: expected the zoo that {} was evaluated with, of hash {}, found hash {}; "
        "give that zoo, or leave --zoo away",
        input.name, evaluated, given);
  }
}

// JSON that no HTML parser takes for markup, whatever stands in its strings.
std::string embedded_json(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::string escape_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

std::string render_report(const std::vector<ReportInput>& inputs) {
  if (inputs.empty()) fail("report: expected one or more results files, found none");
  Json files = Json::array();
  for (const ReportInput& input : inputs) {
    check_input(input);
    files.push_back({{"name", input.name},
                     {"results", input.results},
                     {"zoo", input.zoo},
                     {"training", input.training}});
  }
  const std::string title = "Saltus: " + text_or(inputs.front().results, "task", "results");
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n"
      "<noscript>This page draws its charts with a script of its own, and needs one allowed to "
      "run.</noscript>\n"
      "<script type=\"application/json\" id=\"saltus-data\">{}</script>\n"
      "<script>{}</script>\n</body>\n</html>\n",
      kPolicy, escape_text(title), asset_bytes(report_assets(), "report.css"),
      embedded_json({{"format", "saltus-report/1"}, {"files", std::move(files)}}),
      asset_bytes(report_assets(), "report.js"));
}

}  // namespace saltus
