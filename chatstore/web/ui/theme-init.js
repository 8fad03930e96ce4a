// Before the first paint, so that a chosen theme never flashes. A classic script: modules run too late for that.
try {
  const theme = localStorage.getItem('chatstore.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing: the system's theme it is.
}
