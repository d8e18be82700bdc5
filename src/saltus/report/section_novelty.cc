// Is it new, and what would simpler methods give?
#include <fmt/format.h>

#include "saltus/report/charts.h"
#include "saltus/report/lookup.h"
#include "saltus/report/markup.h"
#include "saltus/report/page.h"
#include "saltus/report/sections.h"

namespace saltus {
namespace {

std::optional<double> divided(std::optional<double> value, std::optional<double> by) {
  if (!value || !by || *by == 0) return std::nullopt;
  return *value / *by;
}

// The spread over starts in brackets.
std::string median_text(const Json& json, const std::string& path) {
  if (find_value(json, path) == nullptr) return "n/a";
  return fmt::format("{} ({} to {})", text_at(json, path + "/median"), text_at(json, path + "/min"),
                     text_at(json, path + "/max"));
}

}  // namespace

std::string novelty_section(const Json& results) {
  const Json* part = find_value(results, "novelty");
  if (part == nullptr) return "";
  BarChart chart;
  chart.text = {"novelty", "Distance to the nearest training network",
                "Median distance of generated and of held-out networks to the nearest training "
                "network, in units of the held-out median."};
  chart.y.label = "held-out median = 1";
  chart.x_label = "what is compared";
  chart.series = {{"generated", {}, {}, {}}, {"held-out runs", {}, {}, {}}};
  Table table;
  table.caption = "Median distance (smallest to largest) after matching hidden units";
  table.head = {"", "generated", "held-out runs", "ratio of medians"};
  for (const char* what : {"updates", "behaviour", "weights"}) {
    const Json* measure = find_value(*part, what);
    if (measure == nullptr) continue;
    chart.groups.push_back(what);
    const std::optional<double> unit = number_at(*measure, "held_out/median");
    const char* sides[] = {"generated", "held_out"};
    for (size_t s = 0; s < 2; ++s) {
      const std::string side = sides[s];
      chart.series[s].value.push_back(divided(number_at(*measure, side + "/median"), unit));
      chart.series[s].low.push_back(divided(number_at(*measure, side + "/min"), unit));
      chart.series[s].high.push_back(divided(number_at(*measure, side + "/max"), unit));
    }
    table.rows.push_back({what, median_text(*measure, "generated"),
                          median_text(*measure, "held_out"), text_at(*measure, "ratio")});
  }
  if (chart.groups.empty()) return "";
  if (const Json* mistakes = find_value(*part, "mistakes")) {
    table.rows.push_back({"overlap of wrong answers with the most similar (IoU; less is newer)",
                          median_text(*mistakes, "generated"), median_text(*mistakes, "held_out"),
                          text_at(*mistakes, "ratio")});
  }
  table.rows.push_back({"distance / length of the update",
                        text_at(*part, "updates/relative/generated"),
                        text_at(*part, "updates/relative/held_out"), ""});
  table.rows.push_back({"mean " + text_at(results, "metric", "metric"),
                        text_at(*part, "metric/generated"), text_at(*part, "metric/held_out"), ""});
  return draw_paragraph(
             "A network that is as far from every training network as one that nobody trained on "
             "is "
             "no copy. Updates (what was added to the start) and behaviour (outputs on fixed "
             "inputs) "
             "are the tests that count: in weights, an untrained start passes too.") +
         draw_figures({draw_figure(
             draw_chart(chart),
             fmt::format(
                 "{} starts against {} runs of the training split; held-out: {}. Bars: median; "
                 "whiskers: smallest to largest.",
                 text_at(*part, "starts"), text_at(*part, "training_runs"),
                 text_at(*part, "held_out_source")))}) +
         draw_table(table);
}

std::string baselines_section(const Json& results) {
  const Json* part = find_value(results, "baselines");
  if (part == nullptr) return "";
  struct Entry {
    const char *path, *alignment, *name, *cannot;
  };
  constexpr Entry kEntries[] = {
      {"lookup/best", "lookup/alignment/r2", "lookup: nearest training checkpoint",
       "improve the network it is given, or return anything new: it ignores the start"},
      {"mean_network/metric", "", "mean of the last checkpoints",
       "answer a prompt or a start: it is one network"},
      {"conditional_mean/best", "conditional_mean/alignment/r2", "start + mean training update",
       "fit the update to the start"},
      {"aligned_interpolation/half", "", "halfway to the nearest training network",
       "return anything but a blend of two known networks"},
      {"aligned_interpolation/full", "", "all the way to it", "return anything new"},
  };
  Table table;
  table.numeric = false;
  table.caption = fmt::format("{} at the prompt of the zoo's best, mean ± std",
                              text_at(results, "metric", "metric"));
  table.head = {"", text_at(results, "metric", "metric"), "alignment R²", "what it cannot do"};
  table.rows.push_back({"generator, one update", distribution_at(results, "one_update").text(),
                        text_at(results, "alignment/r2"), "leave the zoo's range of metrics"});
  for (const Entry& entry : kEntries) {
    if (find_value(*part, entry.path) == nullptr) continue;
    const Distribution d = distribution_at(*part, entry.path);
    table.rows.push_back({entry.name, d.empty() ? text_at(*part, entry.path) : d.text(),
                          entry.alignment[0] == '\0' ? "–" : text_at(*part, entry.alignment),
                          entry.cannot});
  }
  return draw_paragraph(
             "A lookup wins on score alone: it hands out a network that somebody trained. "
             "The generator has to earn its place by what the last column says.") +
         draw_table(table);
}

}  // namespace saltus
