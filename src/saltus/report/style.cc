#include "saltus/report/style.h"

namespace saltus {

// Series colours differ in lightness as well as hue, for readers who do not see all hues; marker
// shapes, dashes and hatches repeat the distinction. Text contrast is at least 4.5 to 1.
const std::string_view kStyleSheet = R"css(
:root { color-scheme: light; --page: #fbfaf7; --card: #ffffff; --ink: #1d2430; --soft: #556070;
  --rule: #dcdfe4; --accent: #0b5f8a; --shade: #0b5f8a14;
  --s0: #0b66a0; --s1: #c65a00; --s2: #0b7f62; --s3: #a33a86; --s4: #7a6a00; --s5: #5a6270; }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { color-scheme: dark;
  --page: #14171c; --card: #1c2027; --ink: #e8eaee; --soft: #a5afbd; --rule: #353c47;
  --accent: #7cc4f0; --shade: #7cc4f01c;
  --s0: #62b6ef; --s1: #f2a14e; --s2: #4fcaa6; --s3: #e59bd0; --s4: #d9c94f; --s5: #b3bcc9; } }
:root[data-theme="dark"] { color-scheme: dark;
  --page: #14171c; --card: #1c2027; --ink: #e8eaee; --soft: #a5afbd; --rule: #353c47;
  --accent: #7cc4f0; --shade: #7cc4f01c;
  --s0: #62b6ef; --s1: #f2a14e; --s2: #4fcaa6; --s3: #e59bd0; --s4: #d9c94f; --s5: #b3bcc9; }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.2rem; position: relative; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 5.5rem .3rem 0; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem; padding-top: .8rem; border-top: 1px solid var(--rule); }
p { max-width: 46rem; margin: .5rem 0 .9rem; }
.subtitle, figcaption, caption, .card small, .absent, footer { color: var(--soft); }
a { color: var(--accent); }
nav { margin: 1rem 0 1.4rem; display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .92rem; }
#theme { position: absolute; right: 1.25rem; top: 2.2rem; font: inherit; font-size: .88rem;
  color: var(--ink); background: var(--card); border: 1px solid var(--rule); border-radius: 999px;
  padding: .3rem .9rem; cursor: pointer; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); gap: .8rem; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
  padding: .8rem 1rem; }
.card b { display: block; font-size: 1.55rem; line-height: 1.25; font-weight: 650;
  font-variant-numeric: tabular-nums; }
.card span { display: block; } .card small { display: block; line-height: 1.4; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr));
  gap: 1rem; align-items: start; }
figure { margin: .6rem 0; background: var(--card); border: 1px solid var(--rule);
  border-radius: 10px; padding: .8rem .9rem; max-width: 42rem; }
figcaption { font-size: .88rem; line-height: 1.45; margin-top: .4rem; }
.table { overflow-x: auto; margin: .8rem 0 1.2rem; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .88rem; padding-bottom: .35rem; }
th, td { padding: .34rem .9rem .34rem 0; border-bottom: 1px solid var(--rule); text-align: left;
  vertical-align: top; }
th { font-weight: 600; } tbody th { font-weight: 500; min-width: 8.5rem; }
.numeric td, .numeric thead th:not(:first-child) { text-align: right; white-space: nowrap; }
td:nth-child(4) { min-width: 14rem; } .numeric td:nth-child(4) { min-width: 0; }
.numeric td { padding-left: .9rem; padding-right: 0; }
.numeric thead th:not(:first-child) { padding-left: .9rem; padding-right: 0; }
footer { font-size: .88rem; padding-top: 1.5rem; padding-bottom: 2.5rem; }
.chart { display: block; width: 100%; height: auto; overflow: visible; }
.chart text { fill: var(--ink); font-size: 13px; font-family: inherit; }
.chart .tick, .chart .level-label { fill: var(--soft); font-size: 12.5px; }
.chart .level-label { paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
.grid { stroke: var(--rule); stroke-width: 1; }
.axis { stroke: var(--soft); stroke-width: 1; }
.level { stroke: var(--soft); stroke-width: 1.4; stroke-dasharray: 5 4; }
.shaded { fill: var(--shade); }
.line { fill: none; stroke: var(--c); stroke-width: 2.2; stroke-linejoin: round; }
.mark { fill: var(--c); stroke: var(--card); stroke-width: .8; }
.band { fill: var(--c); fill-opacity: .17; }
.bar { fill: var(--c); stroke: var(--c); stroke-width: 1; }
.bar.s1, .bar.s4 { fill-opacity: .45; } .bar.s2, .bar.s5 { fill-opacity: .12; }
.bar.s1, .line.s1 { stroke-dasharray: 6 3; } .bar.s2, .line.s2 { stroke-dasharray: 2 2.5; }
.line.s3 { stroke-dasharray: 9 3 2 3; }
.overlay { fill-opacity: .7; } .overlay.s1 { fill-opacity: .35; }
.error { fill: none; stroke: var(--ink); stroke-width: 1.2; }
.s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); }
.s3 { --c: var(--s3); } .s4 { --c: var(--s4); } .s5 { --c: var(--s5); }
@media (max-width: 640px) { body { font-size: 15px; } main, header, footer { padding: 0 .9rem; }
  header { padding-top: 1.2rem; } #theme { top: 1.2rem; right: .9rem; } h1 { font-size: 1.45rem; }
  figure { padding: .6rem .4rem; } .chart text, .chart .tick, .chart .level-label { font-size: 14px; }
  .cards { grid-template-columns: 1fr 1fr; } .card { padding: .6rem .7rem; }
  .card b { font-size: 1.25rem; } }
@media print { :root, :root[data-theme="dark"] { color-scheme: light; --page: #fff; --card: #fff;
    --ink: #000; --soft: #444; --rule: #bbb; --accent: #000; --shade: #00000010;
    --s0: #0b66a0; --s1: #c65a00; --s2: #0b7f62; --s3: #a33a86; --s4: #7a6a00; --s5: #5a6270; }
  #theme, nav { display: none; } figure, .card, tr { break-inside: avoid; }
  h2 { break-after: avoid; } body { font-size: 11pt; } .table { overflow: visible; } }
)css";

const std::string_view kThemeScript = R"js(
(function () {
  var names = ["system", "light", "dark"], button = document.getElementById("theme"), now = "system";
  try { now = localStorage.getItem("saltus-theme") || now; } catch (error) { now = "system"; }
  function show() {
    if (now === "system") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.setAttribute("data-theme", now);
    button.textContent = "Theme: " + now;
  }
  button.addEventListener("click", function () {
    now = names[(names.indexOf(now) + 1) % names.length];
    try { localStorage.setItem("saltus-theme", now); } catch (error) { button.title = "not remembered"; }
    show();
  });
  show();
})();
)js";

}  // namespace saltus
