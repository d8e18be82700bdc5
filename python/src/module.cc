// The module saltus._core. Import torch first: it brings the libraries that this one links.
#include <torch/version.h>

#include "bindings.h"
#include "saltus/base/error.h"

PYBIND11_MODULE(_core, module) {
  namespace py = pybind11;
  module.doc() = "Saltus's C++ library; use the classes of the package saltus.";
  module.attr("version") = SALTUS_VERSION;
  module.attr("built_with_torch") = TORCH_VERSION;
  py::register_exception<saltus::Error>(module, "Error");
  saltus::bind_zoo(module);
  saltus::bind_imports(module);
  saltus::bind_task(module);
  saltus::bind_generator(module);
  saltus::bind_jobs(module);
}
