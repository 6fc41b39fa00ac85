// Runs before anything is drawn: tells the server the viewer's zone, and keeps the theme that was chosen.
(() => {
  const year = 31536000;
  const keep = (name, value) => {
    document.cookie = `${name}=${value}; path=/; max-age=${year}; samesite=lax`;
  };

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  keep('hotshelf-zone', `${zone}:${-new Date().getTimezoneOffset()}`);
  // The very first page was drawn without knowing: drawn again before anybody sees it, unless cookies are off.
  const drawnFor = document.documentElement.dataset.zone;
  if (drawnFor !== undefined && drawnFor !== zone && document.cookie.includes(zone)) location.reload();

  addEventListener('change', event => {
    if (!event.target.matches('[data-theme-choice]')) return;
    keep('hotshelf-theme', event.target.value);
    document.documentElement.dataset.theme = event.target.value;
  });
})();
