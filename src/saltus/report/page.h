// The HTML page around the charts: one file, no network, dark and light, printable.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace saltus {

struct PageSection {
  std::string id, title;
  std::string body;  // markup; "" becomes a note that the section was not measured
  std::string why_absent;
};

// A headline figure on top of the page.
struct Card {
  std::string value, label, detail;
};

struct Page {
  std::string title, subtitle;
  std::vector<Card> cards;
  std::vector<PageSection> sections;
};

std::string draw_page(const Page& page);

// Markup pieces. All text arguments are escaped here; `svg` and bodies are markup already.
std::string draw_paragraph(const std::string& text);
std::string draw_figure(const std::string& svg, const std::string& caption);
std::string draw_figures(const std::vector<std::string>& figures);  // side by side where they fit

// The first column holds names; the others are aligned right when `numeric`. An empty table is "".
struct Table {
  std::string caption;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  bool numeric = true;
};
std::string draw_table(const Table& table);

}  // namespace saltus
