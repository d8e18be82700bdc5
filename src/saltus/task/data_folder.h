// Where a task's data files are.
#pragma once

#include <filesystem>
#include <string>

namespace saltus {

// `given` when it is not empty, else $SALTUS_DATA/TASK. Error saying where it looked, which `files`
// it wants and how to name the folder, unless that is a folder.
std::filesystem::path data_folder(const std::string& task, const std::string& given,
                                  const std::string& files);

}  // namespace saltus
