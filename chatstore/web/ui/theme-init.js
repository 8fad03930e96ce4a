// Sets the theme before the first paint, so that it never flashes. A classic script: modules run too late.
try {
  const theme = localStorage.getItem('chatstore.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: use the system's theme.
}
