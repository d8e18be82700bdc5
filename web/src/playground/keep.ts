// Taking it home: the weights as a file, the state as a link.
import { api } from "../api";
import { h } from "../page/dom";
import type { Workbench } from "./workbench";

export function keepPanel(bench: Workbench): HTMLElement {
  const formats = ["safetensors", "pt", "npz"] as const;
  const links = formats.map((format) =>
    h(
      "a",
      { class: "button", download: true, "aria-disabled": "true", id: `download-${format}` },
      `.${format}`,
    ),
  );
  bench.onShown(({ after }) => {
    formats.forEach((format, i) => {
      const link = links[i]!;
      if (!("network" in after)) {
        link.removeAttribute("href");
        return;
      }
      link.href = api.fileUrl(after.network, format);
      link.removeAttribute("aria-disabled");
    });
  });
  const said = h("span", { "aria-live": "polite", class: "hint" });
  const copy = h("button", { type: "button", id: "copy-link" }, "Copy link");
  copy.addEventListener("click", () => {
    navigator.clipboard.writeText(location.href).then(
      () => {
        said.textContent = "copied";
      },
      () => {
        said.textContent = "the address bar has it: the browser allows no copying here";
      },
    );
  });
  return h(
    "section",
    { class: "control keep" },
    h("h2", {}, "Keep"),
    h("div", { class: "tools" }, ...links, copy, said),
  );
}
