# Files that a program carries within itself: web pages, their scripts and styles.
#
# saltus_assets(TARGET NAME file...) adds to TARGET a source that defines
#   std::span<const saltus::Asset> saltus::NAME_assets();      // base/asset.h; declare it where you use it
# with the files' bytes under their names without folder, in the given order. It is written anew when one changes.
set(SALTUS_ASSETS_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/SaltusAssetsSource.cmake)

function(saltus_assets target name)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}_assets.cc)
  list(TRANSFORM ARGN REPLACE "^([^/].*)$" "${CMAKE_CURRENT_SOURCE_DIR}/\\1" OUTPUT_VARIABLE files)
  string(REPLACE ";" "|" joined "${files}")
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DFILES=${joined} -DOUTPUT=${source} -P ${SALTUS_ASSETS_SCRIPT}
    DEPENDS ${files} ${SALTUS_ASSETS_SCRIPT}
    COMMENT "Embedding ${name} assets"
    VERBATIM)
  set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
  target_sources(${target} PRIVATE ${source})
endfunction()
