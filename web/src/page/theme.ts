// Light, dark, or as the system has it: a choice that is remembered where the browser lets us.

const names = ["system", "light", "dark"] as const;
type Theme = (typeof names)[number];
const key = "saltus-theme";

function remembered(): Theme {
  try {
    const stored = localStorage.getItem(key);
    return names.find((name) => name === stored) ?? "system";
  } catch {
    return "system"; // a page opened from a file may have no storage
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // The choice then holds for this page alone.
  }
}

export function themeButton(): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  let theme = remembered();
  const show = () => {
    if (theme === "system") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.setAttribute("data-theme", theme);
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener("click", () => {
    theme = names[(names.indexOf(theme) + 1) % names.length]!;
    remember(theme);
    show();
  });
  show();
  return button;
}
