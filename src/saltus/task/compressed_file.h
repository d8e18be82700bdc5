// Data files as their publishers ship them: plain, gzip (.gz) or xz (.xz).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace saltus {

// The first of NAME, NAME.gz and NAME.xz, for each of `names` in order, that is in the folder.
std::optional<std::filesystem::path> find_data_file(const std::filesystem::path& folder,
                                                    const std::vector<std::string>& names);

// The whole content, decompressed as the file's ending says. Error naming the file when it cannot
// be read, or its stream is damaged, cut short or followed by something else.
std::string read_data_file(const std::filesystem::path& file);

}  // namespace saltus
