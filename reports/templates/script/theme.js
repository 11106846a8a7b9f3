// Light or dark: as the system has it, until somebody chooses.

const themes = ["", "light", "dark"],
  themeNames = [t("Theme: system"), t("Theme: light"), t("Theme: dark")];
const stored = () => {
  try {
    return localStorage.getItem("holdfast-theme") ?? "";
  } catch {
    return "";
  }
};
function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  byId("theme").textContent = themeNames[themes.indexOf(theme)] ?? themeNames[0];
  try {
    localStorage.setItem("holdfast-theme", theme);
  } catch {
    /* a browser may forbid it for files */
  }
}
byId("theme").addEventListener("click", () =>
  setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme ?? "") + 1) % 3]),
);
byId("theme").hidden = false;
setTheme(themes.includes(stored()) ? stored() : "");
