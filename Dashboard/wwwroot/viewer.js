// Runs before anything is drawn: tells the server the viewer's zone, and keeps the theme that was chosen.
(() => {
  const year = 31536000;
  const keep = (name, value) => {
    document.cookie = `${name}=${value}; path=/; max-age=${year}; samesite=lax`;
  };

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  keep('hotshelf-zone', `${zone} ${-new Date().getTimezoneOffset()}`);

  addEventListener('change', event => {
    if (!event.target.matches('[data-theme-choice]')) return;
    keep('hotshelf-theme', event.target.value);
    document.documentElement.dataset.theme = event.target.value;
  });
})();
