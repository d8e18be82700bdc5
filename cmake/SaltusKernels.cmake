# Kernel sources (*.cpp, so that the layer's *.cc glob leaves them alone) are compiled once for each
# instruction set; the code that calls them chooses at run time. See base/isa.h.
# saltus_kernels(LAYER [ONLY isa] source...): call after saltus_layer(LAYER ...).
#   avx512_bf16 is avx512 with bfloat16 instructions, for kernels that make no sense without them.
function(saltus_kernels layer)
  cmake_parse_arguments(ARG "" ONLY "" ${ARGN})
  set(variants baseline)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    list(APPEND variants avx2 avx512)
    if(ARG_ONLY)
      set(variants ${ARG_ONLY})
    endif()
  elseif(ARG_ONLY)
    return()
  endif()
  foreach(isa ${variants})
    set(target saltus_${layer}_${isa})
    add_library(${target} OBJECT ${ARG_UNPARSED_ARGUMENTS})
    target_link_libraries(${target} PRIVATE saltus_warnings)
    target_include_directories(${target} SYSTEM  # for its number types alone
      PRIVATE $<TARGET_PROPERTY:saltus::torch,INTERFACE_INCLUDE_DIRECTORIES>)
    target_compile_definitions(${target} PRIVATE SALTUS_ISA=isa_${isa})
    # Vectors travel only through inlined functions, so their calling convention does not matter.
    target_compile_options(${target} PRIVATE -O3 -ffp-contract=fast -fno-math-errno
                           -fno-trapping-math
                           -fno-signed-zeros -Wno-psabi)
    if(SALTUS_SANITIZE)
      # A check for every lane of every inlined operation makes these files take minutes to compile.
      target_compile_options(${target} PRIVATE -fno-sanitize=all -fno-profile-arcs -fno-test-coverage)
    endif()
    if(isa STREQUAL "avx2")
      target_compile_options(${target} PRIVATE -march=x86-64-v3)
    elseif(isa STREQUAL "avx512")
      target_compile_options(${target} PRIVATE -march=x86-64-v4 -mprefer-vector-width=512)
    elseif(isa STREQUAL "avx512_bf16")
      target_compile_options(${target} PRIVATE -march=x86-64-v4 -mprefer-vector-width=512 -mavx512bf16
                             -Wno-uninitialized -Wno-maybe-uninitialized)  # GCC 12 of its own intrinsics
    endif()
    target_sources(saltus_${layer} PRIVATE $<TARGET_OBJECTS:${target}>)
  endforeach()
endfunction()
