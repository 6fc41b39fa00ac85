// What a page needs of the browser that the server cannot do for it. No page needs more script than this.

window.hotshelf = {
  openDialog(element) {
    if (!element.open) element.showModal();
  },
  closeDialog(element) {
    if (element.open) element.close();
  },
};

// --- The connection: try for as long as the page is open, and load anew when the server no longer knows this page -------------------

const notice = document.getElementById('components-reconnect-modal');

const say = text => {
  notice.querySelector('[data-reconnect-text]').textContent = text;
  notice.hidden = false;
};

// A new process answers before the page is asked for, so that the browser's own error page is never shown.
const loadAnew = async () => {
  say('The console was restarted. Loading the page again…');
  for (;;) {
    const alive = await fetch('alive', { cache: 'no-store' }).then(answer => answer.ok, () => false);
    if (alive) break;
    await new Promise(resolve => setTimeout(resolve, 1000));
  }
  location.reload();
};

// A console that knows this browser no longer (a restart with another token, a session whose time is over) refuses each attempt to connect: the page then leads to the sign-in page.
const loadIfSignedOut = async () => {
  const page = await fetch(location.href, { headers: { Accept: 'text/html' }, redirect: 'manual', cache: 'no-store' }).catch(() => null);
  if (page?.type === 'opaqueredirect' || page?.status === 401) location.reload();
};

notice.addEventListener('components-reconnect-state-changed', event => {
  switch (event.detail.state) {
    case 'show':
    case 'retrying':
      say('The connection is lost; what you see is from before. Trying again…');
      if (event.detail.state === 'retrying') loadIfSignedOut();
      break;
    case 'hide':
      notice.hidden = true;
      break;
    case 'failed':
    case 'rejected':
      loadAnew();
      break;
  }
});

Blazor.start({
  circuit: {
    reconnectionOptions: {
      maxRetries: Number.MAX_SAFE_INTEGER,
      retryIntervalMilliseconds: attempt => Math.min(250 * 2 ** attempt, 3000),
    },
  },
});

// --- Times that count on ---------------------------------------------------------------------------------------------------------

// As Humanize.Age on the server.
const age = seconds => {
  if (seconds < 1) return 'now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
};

setInterval(() => {
  for (const element of document.querySelectorAll('time[data-relative]')) {
    const text = age((Date.now() - Date.parse(element.dateTime)) / 1000);
    // Into the text node that Blazor knows, which it goes on using.
    if (element.firstChild && element.firstChild.nodeValue !== text) element.firstChild.nodeValue = text;
  }
}, 1000);

// --- Keyboard and menu -----------------------------------------------------------------------------------------------------------

addEventListener('keydown', event => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, textarea, select')) return;
  const box = document.querySelector('[data-shortcut="/"]');
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});

addEventListener('click', event => {
  const menu = event.target.closest('a') && event.target.closest('[popover]');
  if (menu?.matches(':popover-open')) menu.hidePopover();
});

// --- Charts: a cursor for the pointer, the finger and the arrow keys ----------------------------------------------------------------

const cursorAt = (chart, index) => {
  const data = JSON.parse(chart.dataset.chart || '{}');
  if (!data.x?.length) return;
  const at = Math.max(0, Math.min(data.x.length - 1, index));
  chart.cursorIndex = at;
  const plot = chart.querySelector('.chart-plot');
  const cursor = chart.querySelector('[data-chart-cursor]');
  const tip = chart.querySelector('[data-chart-tip]');
  const left = data.x[at] * plot.clientWidth;
  cursor.style.left = `${left}px`;
  cursor.hidden = false;
  const rows = data.s.map(series => {
    const row = document.createElement('div');
    row.className = 'chart-tip-row';
    const key = document.createElement('span');
    key.className = `chart-tip-key series-${series.c}`;
    row.append(key, series.n, Object.assign(document.createElement('b'), { textContent: series.v[at] }));
    return row;
  });
  tip.replaceChildren(Object.assign(document.createElement('div'), { className: 'muted', textContent: data.t[at] }), ...rows);
  tip.hidden = false;
  // Beside the cursor, on the side that has room.
  const x = plot.offsetLeft + left;
  tip.style.left = x > chart.clientWidth / 2 ? `${Math.max(0, x - tip.offsetWidth - 12)}px` : `${x + 12}px`;
};

const nearest = (chart, clientX) => {
  const data = JSON.parse(chart.dataset.chart || '{}');
  const box = chart.querySelector('.chart-plot').getBoundingClientRect();
  const share = (clientX - box.left) / box.width;
  let best = 0;
  (data.x ?? []).forEach((x, i) => { if (Math.abs(x - share) < Math.abs(data.x[best] - share)) best = i; });
  return best;
};

const hideCursor = chart => {
  chart.cursorIndex = undefined;
  chart.querySelector('[data-chart-cursor]').hidden = true;
  chart.querySelector('[data-chart-tip]').hidden = true;
};

let pointed = null;
addEventListener('pointermove', event => {
  const chart = event.target.closest?.('[data-chart]') ?? null;
  if (pointed && pointed !== chart) hideCursor(pointed);
  pointed = chart;
  if (chart) cursorAt(chart, nearest(chart, event.clientX));
});

addEventListener('keydown', event => {
  const chart = event.target.matches?.('[data-chart]') ? event.target : null;
  if (!chart || !['ArrowLeft', 'ArrowRight', 'Home', 'End', 'Escape'].includes(event.key)) return;
  event.preventDefault();
  if (event.key === 'Escape') return hideCursor(chart);
  const last = (JSON.parse(chart.dataset.chart || '{}').x ?? []).length - 1;
  const from = chart.cursorIndex ?? last + (event.key === 'ArrowLeft' ? 1 : 0);
  cursorAt(chart, event.key === 'Home' ? 0 : event.key === 'End' ? last : from + (event.key === 'ArrowLeft' ? -1 : 1));
});

addEventListener('focusout', event => {
  if (event.target.matches?.('[data-chart]')) hideCursor(event.target);
});
