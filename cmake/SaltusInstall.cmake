# `cmake --install`: the programs, and the library for find_package(saltus). `cpack`: both as a package
# (scripts/package.sh).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
option(SALTUS_BUNDLE_TORCH "install LibTorch beside the programs, for machines that have none" OFF)

# The programs find each other, and a bundled LibTorch, in one folder of their own.
set(saltus_program_dir ${CMAKE_INSTALL_LIBDIR}/saltus)

# saltus_install_programs(target...): once they are declared.
function(saltus_install_programs)
  set(rpath "$ORIGIN")
  if(NOT SALTUS_BUNDLE_TORCH)
    list(APPEND rpath ${LIBTORCH_ROOT}/lib)
  endif()
  foreach(target ${ARGN})
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "${rpath}")
    install(TARGETS ${target} COMPONENT programs
            RUNTIME DESTINATION ${saltus_program_dir} LIBRARY DESTINATION ${saltus_program_dir})
  endforeach()
  install(CODE "
    set(bin \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
    file(MAKE_DIRECTORY \"\${bin}\")
    file(CREATE_LINK ../${saltus_program_dir}/saltus \"\${bin}/saltus\" SYMBOLIC)
    foreach(shell bash:bash-completion/completions/saltus fish:fish/vendor_completions.d/saltus.fish)
      string(REPLACE \":\" \";\" shell \${shell})
      list(GET shell 0 name)
      list(GET shell 1 place)
      set(place \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/\${place}\")
      execute_process(COMMAND $<TARGET_FILE:saltus> completion \${name} OUTPUT_VARIABLE script
                      COMMAND_ERROR_IS_FATAL ANY)
      file(WRITE \"\${place}\" \"\${script}\")
    endforeach()" COMPONENT programs)
  if(SALTUS_BUNDLE_TORCH)
    install(CODE "
      file(GET_RUNTIME_DEPENDENCIES EXECUTABLES $<TARGET_FILE:saltus-engine>
           RESOLVED_DEPENDENCIES_VAR libraries UNRESOLVED_DEPENDENCIES_VAR missing
           POST_INCLUDE_REGEXES \"^${LIBTORCH_ROOT}/\" \"/nvidia/\" POST_EXCLUDE_REGEXES \".*\")
      foreach(library \${libraries})
        file(INSTALL \"\${library}\" DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${saltus_program_dir}\"
             FOLLOW_SYMLINK_CHAIN)
      endforeach()" COMPONENT programs)
  endif()
endfunction()

# saltus_install_library(layer...): headers, static libraries, and a package file that finds what
# they link. saltus::saltus is all of them.
function(saltus_install_library)
  add_library(saltus_library INTERFACE)
  set_target_properties(saltus_library PROPERTIES EXPORT_NAME saltus)
  set(targets saltus_library)
  foreach(layer ${ARGN})
    target_link_libraries(saltus_library INTERFACE saltus_${layer})
    list(APPEND targets saltus_${layer})
  endforeach()
  install(TARGETS ${targets} EXPORT saltus COMPONENT library
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/src/saltus DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
          COMPONENT library FILES_MATCHING PATTERN "*.h" PATTERN "*_test.h" EXCLUDE
          PATTERN testdata EXCLUDE)
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/saltus)
  install(EXPORT saltus NAMESPACE saltus:: FILE saltusTargets.cmake DESTINATION ${package}
          COMPONENT library)
  configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/saltusConfig.cmake.in saltusConfig.cmake
                                INSTALL_DESTINATION ${package})
  write_basic_package_version_file(saltusConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/saltusConfig.cmake
                ${CMAKE_CURRENT_BINARY_DIR}/saltusConfigVersion.cmake
                ${CMAKE_SOURCE_DIR}/cmake/FindLibTorch.cmake
          DESTINATION ${package} COMPONENT library)
endfunction()

set(CPACK_PACKAGE_NAME saltus)
set(CPACK_PACKAGE_VENDOR saltus)
set(CPACK_PACKAGE_CONTACT saltus)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Learns to optimise small networks from their checkpoints")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_GENERATOR "TGZ;DEB")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
