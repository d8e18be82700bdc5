# LibTorch without its own package file, which wants a CUDA toolkit for a CUDA wheel.
# Looks in LIBTORCH_ROOT (a folder with include/ and lib/), then, where the Python package is built,
# in the packages of its Python, then in CMAKE_PREFIX_PATH, then in the Python of .venv. Defines the target saltus::torch: headers, torch_cpu, c10, rpath.
if(NOT LIBTORCH_ROOT)
  set(python_torch "")
  if(SALTUS_PYTHON)
    # Not imported: pip may build in a process that does not see them.
    set(python_torch ${Python_SITEARCH}/torch ${Python_SITELIB}/torch)
  endif()
  file(GLOB venv_torch ${CMAKE_SOURCE_DIR}/.venv/lib/python3.*/site-packages/torch)
  find_path(LIBTORCH_ROOT include/torch/csrc/api/include/torch/torch.h
            HINTS ${python_torch} ${CMAKE_PREFIX_PATH} PATHS ${venv_torch} NO_DEFAULT_PATH)
endif()
if(NOT LIBTORCH_ROOT)
  message(FATAL_ERROR "LibTorch not found: run scripts/setup.sh, or pass -DCMAKE_PREFIX_PATH=/path/to/libtorch")
endif()
find_library(LIBTORCH_CPU torch_cpu PATHS ${LIBTORCH_ROOT}/lib NO_DEFAULT_PATH REQUIRED)
find_library(LIBTORCH_C10 c10 PATHS ${LIBTORCH_ROOT}/lib NO_DEFAULT_PATH REQUIRED)
message(STATUS "LibTorch: ${LIBTORCH_ROOT}")

if(NOT TARGET saltus::torch)
  add_library(saltus::torch INTERFACE IMPORTED)
  target_include_directories(saltus::torch SYSTEM INTERFACE
    ${LIBTORCH_ROOT}/include ${LIBTORCH_ROOT}/include/torch/csrc/api/include)
  # Without it classes of LibTorch's headers have other members than in its library.
  target_compile_definitions(saltus::torch INTERFACE NDEBUG)
  target_link_libraries(saltus::torch INTERFACE ${LIBTORCH_CPU} ${LIBTORCH_C10})
  if(NOT SALTUS_BUNDLE_TORCH)  # a package's programs look beside themselves alone
    target_link_options(saltus::torch INTERFACE -Wl,-rpath,${LIBTORCH_ROOT}/lib)
  endif()
endif()
set(LibTorch_FOUND TRUE)
