// Files that are part of the program; cmake/SaltusEmbed.cmake puts them there.
#pragma once

#include <string_view>
#include <vector>

namespace saltus {

struct EmbeddedFile {
  std::string_view name;  // "index.html", "assets/app.js"
  std::string_view bytes;
};

const std::vector<EmbeddedFile>& page_files();         // of web/dist; none where it was not built
const std::vector<EmbeddedFile>& description_files();  // openapi.yaml

}  // namespace saltus
