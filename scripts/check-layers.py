#!/usr/bin/env python3
"""Holds the sources to the architecture that the build files declare.

  scripts/check-layers.py [ROOT]      check the tree (default: this repository)
  scripts/check-layers.py --self-test prove that each rule can fail

Rules:
  1. A file in src/saltus/LAYER includes "saltus/X/..." only for X = LAYER or X in LAYER's DEPENDS
     (its CMakeLists.txt), and every dependency is itself declared earlier: no cycles.
  2. The layers in TORCH_FREE neither include nor name LibTorch, but for its 16-bit number types;
     nor does any layer that is declared without TORCH.
"""

import pathlib
import re
import sys
import tempfile

# Reports and file formats must be usable, and quick to compile, without LibTorch.
TORCH_FREE = {"base", "formats", "zoo", "report"}

LAYER = re.compile(r"^saltus_layer\(\s*(\w+)([^)]*)\)", re.MULTILINE)
KEYWORDS = {"TORCH", "DEPENDS", "LIBRARIES"}
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]saltus/(\w+)/')
TORCH_INCLUDE = re.compile(r'^\s*#\s*include\s*["<](torch|ATen|c10)/')
TORCH_NAME = re.compile(r"\b(torch|at|c10)::")
# Header-only number types, which need nothing of LibTorch to link.
TORCH_SCALARS = re.compile(r"c10/util/(BFloat16|Half)\.h|\bc10::(BFloat16|Half)\b")


def read_layers(root):
    """Returns {layer: (dependencies, has_torch)} and the problems found in the declarations."""
    layers, problems = {}, []
    for path in sorted((root / "src/saltus").glob("*/CMakeLists.txt")):
        match = LAYER.search(path.read_text())
        if not match:
            problems.append(f"{path.relative_to(root)}: declares no saltus_layer(...)")
            continue
        name, words = match.group(1), match.group(2).split()
        if name != path.parent.name:
            problems.append(f"{path.relative_to(root)}: declares layer {name}, expected {path.parent.name}")
        section, depends = None, set()
        for word in words:
            if word in KEYWORDS:
                section = word
            elif section == "DEPENDS":
                depends.add(word)
        layers[name] = (depends, "TORCH" in words)
    return layers, problems


def find_cycles(layers):
    """Layers whose dependencies cannot be put in order."""
    left = dict(layers)
    while True:
        ready = [name for name, (depends, _) in left.items() if not depends & left.keys()]
        if not ready:
            break
        for name in ready:
            del left[name]
    return [f"src/saltus/{name}/CMakeLists.txt: layer {name} depends on itself through others" for name in left]


def check_file(path, root, layer, layers):
    depends, has_torch = layers[layer]
    allowed = depends | {layer}
    problems = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        where = f"{path.relative_to(root)}:{number}"
        used = INCLUDE.match(line)
        if used and used.group(1) not in allowed:
            problems.append(
                f"{where}: layer {layer} uses layer {used.group(1)}; allowed: {', '.join(sorted(allowed))}"
            )
        code = TORCH_SCALARS.sub("", line.split("//")[0])
        if layer in TORCH_FREE or not has_torch:
            if TORCH_INCLUDE.match(code) or TORCH_NAME.search(code):
                problems.append(f"{where}: layer {layer} uses LibTorch, which it must do without")
    return problems


def check_tree(root):
    layers, problems = read_layers(root)
    for name, (depends, _) in layers.items():
        for unknown in sorted(depends - layers.keys()):
            problems.append(f"src/saltus/{name}/CMakeLists.txt: unknown layer {unknown}")
    problems += find_cycles(layers)
    for layer in layers:
        for path in sorted((root / "src/saltus" / layer).rglob("*")):
            if path.suffix in {".h", ".cc"}:
                problems += check_file(path, root, layer, layers)
    return layers, problems


def self_test():
    """Builds small trees that break one rule each and expects exactly that complaint."""
    low = "saltus_layer(low LIBRARIES fmt::fmt)"
    high = "saltus_layer(high TORCH DEPENDS low LIBRARIES x::y)"
    cases = [
        ("a good tree", {"high/a.cc": '#include "saltus/low/b.h"\n#include <torch/types.h>\nat::Tensor t;\n'}, None),
        ("an upward include", {"low/b.h": '\n#include "saltus/high/a.h"\n'}, "low/b.h:2: layer low uses layer high"),
        ("a torch include", {"low/b.h": "#include <ATen/ATen.h>\n"}, "low/b.h:1: layer low uses LibTorch"),
        ("a torch name", {"low/b.cc": "torch::Tensor t;\n"}, "low/b.cc:1: layer low uses LibTorch"),
        ("16-bit numbers", {"low/b.cc": "#include <c10/util/Half.h>\nc10::Half h;\n"}, None),
        ("another c10 name", {"low/b.cc": "c10::Device d;\n"}, "low/b.cc:1: layer low uses LibTorch"),
        ("a comment on torch", {"low/b.cc": "int x;  // as in torch::nn\n"}, None),
        ("an unknown layer", {"high/CMakeLists.txt": "saltus_layer(high DEPENDS gone)"}, "unknown layer gone"),
        ("a cycle", {"low/CMakeLists.txt": "saltus_layer(low DEPENDS high)"}, "depends on itself"),
        ("no declaration", {"low/CMakeLists.txt": ""}, "declares no saltus_layer"),
    ]
    failed = 0
    for title, files, expected in cases:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            tree = {"low/CMakeLists.txt": low, "high/CMakeLists.txt": high, **files}
            for name, text in tree.items():
                path = root / "src/saltus" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            _, problems = check_tree(root)
        good = not problems if expected is None else any(expected in p for p in problems)
        if not good:
            failed += 1
            print(f"self-test: {title}: expected {expected!r}, found {problems}")
    print(f"check-layers self-test: {len(cases) - failed} of {len(cases)} cases right")
    return failed


def main(arguments):
    if arguments == ["--self-test"]:
        return 1 if self_test() else 0
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parent.parent).resolve()
    layers, problems = check_tree(root)
    for problem in problems:
        print(problem)
    if not layers:
        print(f"check-layers: no layers under {root}/src/saltus")
    print(f"check-layers: {len(layers)} layers, {len(problems)} problems")
    return 1 if problems or not layers else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
