// For tests: a strict reader of the markup that the report writes.
#pragma once

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace saltus {

// What is wrong with `markup`: tags that do not nest, attributes without quotes, bare & or <,
// an id used twice, a reference to an id that is not there. Empty when nothing is.
inline std::vector<std::string> markup_problems(std::string_view markup) {
  std::vector<std::string> problems, open;
  std::set<std::string> ids, wanted;
  auto name_at = [&](size_t i) {
    size_t end = i;
    while (end < markup.size() && (std::isalnum(static_cast<unsigned char>(markup[end])) != 0))
      ++end;
    return std::string(markup.substr(i, end - i));
  };
  auto attribute = [&](const std::string& name, const std::string& value) {
    if (name == "id" && !ids.insert(value).second) problems.push_back("id twice: " + value);
    if (name == "href" && value.starts_with("#")) wanted.insert(value.substr(1));
    if (name == "aria-labelledby") {
      wanted.insert(value.substr(0, value.find(' ')));
      if (value.find(' ') != std::string::npos) wanted.insert(value.substr(value.find(' ') + 1));
    }
    if (name == "clip-path") wanted.insert(value.substr(5, value.size() - 6));
  };
  // The place behind the next `what`; the end of the text when there is none.
  auto behind = [&](std::string_view what, size_t from) {
    const size_t at = markup.find(what, from);
    if (at != std::string_view::npos) return at + what.size();
    problems.push_back("no " + std::string(what) + " before the end");
    return markup.size();
  };
  size_t i = 0;
  while (i < markup.size()) {
    const char c = markup[i];
    if (c == '&') {
      const std::string_view rest = markup.substr(i, 7);
      const bool known = rest.starts_with("&amp;") || rest.starts_with("&lt;") ||
                         rest.starts_with("&gt;") || rest.starts_with("&quot;") ||
                         rest.starts_with("&#39;");
      if (!known) problems.push_back("bare & at " + std::string(markup.substr(i, 20)));
      ++i;
    } else if (c != '<') {
      ++i;
    } else if (markup.substr(i).starts_with("<!DOCTYPE html>")) {
      i += 15;
    } else if (markup.substr(i).starts_with("</")) {
      const std::string name = name_at(i + 2);
      if (open.empty() || open.back() != name) problems.push_back("stray </" + name + ">");
      if (!open.empty()) open.pop_back();
      i = behind(">", i);
    } else {
      const std::string name = name_at(i + 1);
      if (name.empty()) {
        problems.push_back("bare < at " + std::string(markup.substr(i, 20)));
        ++i;
        continue;
      }
      i += 1 + name.size();
      while (i < markup.size() && markup[i] != '>' && markup[i] != '/') {
        if (std::isspace(static_cast<unsigned char>(markup[i])) != 0) {
          ++i;
          continue;
        }
        const size_t equals = markup.find('=', i);
        if (equals == std::string_view::npos || !markup.substr(equals).starts_with("=\"")) {
          problems.push_back("attribute without quotes in <" + name + ">");
          return problems;
        }
        const size_t end = markup.find('"', equals + 2);
        attribute(std::string(markup.substr(i, equals - i)),
                  std::string(markup.substr(equals + 2, end - equals - 2)));
        i = behind("\"", equals + 2);
      }
      const bool closed = i < markup.size() && markup[i] == '/';
      i = behind(">", i);
      if (closed || name == "meta") continue;
      if (name == "style" || name == "script") {  // raw text up to its end tag
        i = behind("</" + name + ">", i);
        continue;
      }
      open.push_back(name);
    }
  }
  for (const std::string& name : open) problems.push_back("never closed: " + name);
  for (const std::string& id : wanted) {
    if (!ids.contains(id)) problems.push_back("no element has id " + id);
  }
  return problems;
}

}  // namespace saltus
