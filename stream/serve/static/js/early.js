// Before the first paint, so that a page which was set to dark does not flash white.
try {
  const theme = localStorage.getItem("vitals-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be denied: then the system's theme it is.
}
