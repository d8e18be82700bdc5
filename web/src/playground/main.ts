// The page of `saltus serve`: playground and live view under one roof.
import { api, ApiError } from "../api";
import { liveView } from "../live/live";
import { byId, h } from "../page/dom";
import { themeButton } from "../page/theme";
import { playground } from "./playground";
import { fromFragment, type State, toFragment } from "./state";

const main = byId("main", HTMLElement);
const alerts = byId("alerts", HTMLElement);
byId("theme", HTMLElement).append(themeButton());

function failed(error: unknown): void {
  const text =
    error instanceof ApiError && error.code === "gone"
      ? "The server has let go of that network. Make it again: upload the file once more, or move a control."
      : error instanceof TypeError
        ? "The server cannot be reached. Is saltus serve still running?"
        : error instanceof Error
          ? error.message
          : String(error);
  if (!(error instanceof ApiError) && !(error instanceof TypeError)) console.error(error);
  const box = h("p", {}, text);
  box.append(
    h(
      "button",
      { type: "button", class: "quiet", "aria-label": "Dismiss", click: () => box.remove() },
      "✕",
    ),
  );
  alerts.replaceChildren(box);
}

let stop: () => void = () => {};

async function show(state: State): Promise<void> {
  stop();
  stop = () => {};
  alerts.replaceChildren();
  for (const [view, id] of [
    ["playground", "to-playground"],
    ["live", "to-live"],
  ] as const) {
    const link = byId(id, HTMLAnchorElement);
    if (view === state.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (state.view === "live") {
    const live = liveView(await api.jobs(), failed);
    stop = live.stop;
    main.replaceChildren(live.element);
    return;
  }
  const [models, zoos] = await Promise.all([api.models(), api.zoos()]);
  if (models.length === 0) {
    main.replaceChildren(
      h(
        "p",
        { class: "empty" },
        "This server has no generator: start it as saltus serve GENERATOR. What it watches is under Live.",
      ),
    );
    return;
  }
  main.replaceChildren(
    playground(models, zoos, state, failed, (model) => go({ ...fromFragment(""), model })),
  );
}

function go(state: State): void {
  history.pushState(null, "", `#${toFragment(state)}`);
  show(state).catch(failed);
}

for (const [id, view] of [
  ["to-playground", "playground"],
  ["to-live", "live"],
] as const) {
  byId(id, HTMLAnchorElement).addEventListener("click", (event) => {
    event.preventDefault();
    go({ ...fromFragment(location.hash), view });
  });
}
byId("skip", HTMLAnchorElement).addEventListener("click", (event) => {
  event.preventDefault(); // the address keeps the state
  main.focus();
});
window.addEventListener("popstate", () => show(fromFragment(location.hash)).catch(failed));
show(fromFragment(location.hash)).catch(failed);
