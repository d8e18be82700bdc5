// What the files of the module _core share. They only convert: what users see, with its types and
// documentation, is python/saltus/*.py. Structured values cross as JSON text.
#pragma once

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>
#include <torch/csrc/autograd/python_variable.h>
#include <torch/csrc/utils/pybind.h>

#include <string>

#include "saltus/base/json.h"

namespace saltus {

namespace py = pybind11;

void bind_zoo(py::module_& module);
void bind_imports(py::module_& module);
void bind_task(py::module_& module);
void bind_generator(py::module_& module);
void bind_jobs(py::module_& module);

inline Json json_argument(const std::string& text) { return parse_json(text, "argument"); }

}  // namespace saltus
