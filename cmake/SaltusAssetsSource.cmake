# Writes OUTPUT, the source of saltus_assets (SaltusAssets.cmake), from NAME and FILES (joined by "|").
string(REPLACE "|" ";" FILES "${FILES}")
set(arrays "")
set(entries "")
set(place 0)
foreach(file ${FILES})
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  get_filename_component(base ${file} NAME)
  # A last zero, so that an empty file is an array, too.
  string(APPEND arrays "constexpr unsigned char k${NAME}${place}[] = {  // ${base}\n${bytes}0};\n")
  string(APPEND entries "    {\"${base}\", text_of(k${NAME}${place}, sizeof k${NAME}${place} - 1)},\n")
  math(EXPR place "${place} + 1")
endforeach()
file(WRITE ${OUTPUT} "// Written by cmake/SaltusAssetsSource.cmake.
#include \"saltus/base/asset.h\"

namespace saltus {
namespace {

${arrays}
std::string_view text_of(const unsigned char* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

std::span<const Asset> ${NAME}_assets();
std::span<const Asset> ${NAME}_assets() {
  static const Asset assets[] = {
${entries}  };
  return assets;
}

}  // namespace saltus
")
