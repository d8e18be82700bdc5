#include "saltus/report/page.h"

#include <fmt/format.h>

#include "saltus/report/markup.h"
#include "saltus/report/style.h"

namespace saltus {

std::string draw_paragraph(const std::string& text) {
  return "<p>" + escape_markup(text) + "</p>\n";
}

std::string draw_figure(const std::string& svg, const std::string& caption) {
  return "<figure>\n" + svg + "<figcaption>" + escape_markup(caption) +
         "</figcaption>\n</figure>\n";
}

std::string draw_figures(const std::vector<std::string>& figures) {
  std::string out;
  for (const std::string& figure : figures) out += figure;
  return out.empty() ? "" : "<div class=\"figures\">\n" + out + "</div>\n";
}

std::string draw_table(const Table& table) {
  if (table.rows.empty()) return "";
  std::string out =
      fmt::format("<div class=\"table\"><table{}>\n", table.numeric ? " class=\"numeric\"" : "");
  if (!table.caption.empty()) out += "<caption>" + escape_markup(table.caption) + "</caption>\n";
  if (!table.head.empty()) {
    out += "<thead><tr>";
    for (const std::string& name : table.head) {
      out += "<th scope=\"col\">" + escape_markup(name) + "</th>";
    }
    out += "</tr></thead>\n";
  }
  out += "<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    out += "<tr>";
    for (size_t i = 0; i < row.size(); ++i) {
      out += i == 0 ? "<th scope=\"row\">" + escape_markup(row[i]) + "</th>"
                    : "<td>" + escape_markup(row[i]) + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

namespace {

std::string draw_header(const Page& page) {
  std::string out = fmt::format(
      "<header>\n<h1>{}</h1>\n<button id=\"theme\" type=\"button\">Theme</button>\n"
      "<div class=\"subtitle\">{}</div>\n<nav aria-label=\"Sections\">\n",
      escape_markup(page.title), escape_markup(page.subtitle));
  for (const PageSection& section : page.sections) {
    out += fmt::format("<a href=\"#{}\">{}</a>\n", section.id, escape_markup(section.title));
  }
  out += "</nav>\n<div class=\"cards\">\n";
  for (const Card& card : page.cards) {
    out += fmt::format("<div class=\"card\"><span>{}</span><b>{}</b><small>{}</small></div>\n",
                       escape_markup(card.label), escape_markup(card.value),
                       escape_markup(card.detail));
  }
  return out + "</div>\n</header>\n";
}

}  // namespace

std::string draw_page(const Page& page) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n",
      escape_markup(page.title), kStyleSheet);
  out += draw_header(page) + "<main>\n";
  for (const PageSection& section : page.sections) {
    out +=
        fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", section.id, escape_markup(section.title));
    if (section.body.empty()) {
      out += "<p class=\"absent\">Not measured: " + escape_markup(section.why_absent) + "</p>\n";
    } else {
      out += section.body;
    }
    out += "</section>\n";
  }
  out +=
      "</main>\n<footer>Every number is a mean ± population standard deviation over the stated "
      "number of networks unless it says otherwise.</footer>\n";
  return out + fmt::format("<script>{}</script>\n</body>\n</html>\n", kThemeScript);
}

}  // namespace saltus
