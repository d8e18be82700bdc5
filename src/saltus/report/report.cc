#include "saltus/report/report.h"

#include <fmt/format.h>

#include "saltus/base/error.h"
#include "saltus/report/lookup.h"
#include "saltus/report/markup.h"
#include "saltus/report/page.h"
#include "saltus/report/sections.h"

namespace saltus {
namespace {

constexpr std::string_view kFormat = "saltus-results/1";

void add_card(Page& page, std::optional<double> value, std::string label, std::string detail,
              const std::string& unit = "") {
  if (value)
    page.cards.push_back({format_number(value) + unit, std::move(label), std::move(detail)});
}

void add_cards(Page& page, const Json& results, const std::string& metric) {
  const Distribution one = distribution_at(results, "one_update");
  if (!one.empty()) {
    page.cards.push_back(
        {one.spread_text(), metric + " after one update",
         fmt::format("{} starts never trained on, asked for {}", format_number(one.count),
                     text_at(results, "one_update/prompt"))});
  }
  const Distribution start = distribution_at(results, "one_update/start");
  if (!start.empty()) {
    page.cards.push_back({format_number(start.mean), "before it",
                          "mean of the same " + format_number(start.count) + " starts"});
  }
  if (const std::optional<double> seconds = number_at(results, "one_update/seconds_per_update")) {
    add_card(page, 1e3 * *seconds, "an update",
             fmt::format("evaluations of the generator: {}, batch: {}",
                         text_at(results, "one_update/evaluations"),
                         text_at(results, "one_update/batch")),
             " ms");
  }
  add_card(
      page, number_at(results, "alignment/r2"), "prompt alignment, R²",
      fmt::format("a network; {} on prompt means, {} starts",
                  text_at(results, "alignment/r2_means"), text_at(results, "alignment/starts")));
  add_card(page, number_at(results, "novelty/updates/ratio"), "update novelty",
           "distance to training updates, over that of held-out runs");
  const Json* optimisers = find_value(results, "optimisers");
  if (optimisers == nullptr || !optimisers->is_object()) return;
  for (const auto& [name, optimiser] : optimisers->items()) {
    if (name == "tried" || name == "tuned") continue;
    add_card(page, number_at(optimiser, "seconds_to_match"),
             spelled_optimiser(name) + " needs as long",
             fmt::format("{} iterations to the same mean, one start",
                         text_at(optimiser, "steps_to_match")),
             " s");
  }
}

struct SectionEntry {
  const char* id;  // also its key in results.skipped
  const char* title;
  std::string (*render)(const Json&);
};

constexpr SectionEntry kSections[] = {
    {"one_update", "One update", one_update_section},
    {"alignment", "Prompt alignment", alignment_section},
    {"initialisers", "Other initialisers", initialisers_section},
    {"recursion", "Recursion", recursion_section},
    {"start_dependence", "Does the update belong to its start?", start_dependence_section},
    {"diversity", "Diversity", diversity_section},
    {"novelty", "Novelty", novelty_section},
    {"baselines", "Baselines", baselines_section},
    {"samplers", "Evaluations a sample", samplers_section},
    {"zoo", "The zoo", zoo_section},
    {"generator", "The generator", generator_section},
    {"cost", "Cost", cost_section},
    {"environment", "Environment", environment_section},
};

}  // namespace

std::string render_report(const Json& results) {
  if (!results.is_object()) {
    fail(
        "report: expected a JSON object of results, found {}; give it a results.json written by "
        "`saltus evaluate`",
        results.type_name());
  }
  const std::string format = text_at(results, "format", kFormat);
  if (format != kFormat) {
    fail("report: expected format {}, found {}; evaluate again with this version", kFormat, format);
  }
  const std::string metric = text_at(results, "metric", "metric");
  Page page;
  page.title = "Saltus: " + text_at(results, "task", "results");
  page.subtitle =
      fmt::format("Metric: {} ({}). Starts: {}, drawn for this evaluation and never trained on.",
                  metric, text_at(results, "direction"), text_at(results, "scheme"));
  if (text_at(results, "complete", "yes") == "no") {
    page.subtitle += " The evaluation was stopped before its end: some sections are missing.";
  }
  add_cards(page, results, metric);
  for (const SectionEntry& section : kSections) {
    page.sections.push_back({section.id, section.title, section.render(results),
                             text_at(results, std::string("skipped/") + section.id,
                                     "this evaluation has no such section.")});
  }
  return draw_page(page);
}

}  // namespace saltus
